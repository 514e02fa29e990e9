"""What a report's reader needs to trust it without the app: every definition, the filters, the settings, the build."""

from dataclasses import dataclass
from datetime import datetime

from dashboard import arrivals, breakdowns, words
from dashboard.kpi import Group, Reading
from dashboard.parts import about, number
from dashboard.reports.paper import Imprint, Lines
from dashboard.reports.sentences import say, text
from dashboard.this_week import ThisWeek
from dashboard.weeks import Week, local
from pipelines.settings import Settings
from pipelines.snapshot import Snapshot
from pipelines.store import Build


@dataclass(frozen=True)
class Definition:
    """A number in full."""

    label: str
    question: Lines
    definition: Lines
    facts: list[Lines]
    sql: str


def definition(reading: Reading) -> Definition:
    """What a number means, how it is counted, and this week's in the field's own words."""
    told = reading.about
    facts = [
        *about.facts(told),
        *(f"Mind: {words.safe(caveat)}" for caveat in told.caveats),
        *number.terms(reading),
    ]
    if not reading.is_shown:
        facts.append(text(say(number.basis(reading))))
    return Definition(
        told.label, say(told.question), say(told.definition), [say(fact) for fact in facts], told.sql
    )


def facts(settings: Settings, build: Build, said: ThisWeek, group: Group) -> dict[str, str]:
    """What the figures rest on, and with what settings they were counted."""
    manifest, care = build.manifest, settings.care
    through = arrivals.through_on()
    only = f"{breakdowns.named(group.dimension)} {group.member} only; the numbers, all else is about all customers"
    told = {
        "Company": "Sample company: nobody in it exists" if manifest.get("sample") else settings.company.name,
        "Week": said.week.name,
        "Filters": "all customers" if group.is_everyone else only,
        "Data through": words.day(through, year=True) if through else "no day yet",
        "Late": words.listed([arrivals.on_the_card([one]) for one in said.late]) or "nothing",
        "Survey answers": "still coming in" if said.is_settling else "all in",
        "Frozen" if isinstance(build, Snapshot) else "Published": words.instant(
            local(datetime.fromisoformat(manifest["created_at"]))
        ),
        "Counted as of": words.instant(local(datetime.fromisoformat(manifest["as_of"]))),
        "Build": build.id,
        "Time zone, currency": f"{settings.company.time_zone}, {settings.company.currency}",
        "The promise": f"a person within {words.promise(care.promise_seconds)}",
        "Top customers": f"the first {words.count(care.top_customers)}; without care after "
        f"{words.plural(care.care_gap_days, 'day')}",
        "Hidden below": words.plural(care.minimum_n, "person", "people"),
    }
    hidden = [reading.about.label for reading in said.shown.values() if not reading.is_shown]
    return told | ({"Too few to show here": words.listed(hidden)} if hidden else {})


def imprint(build: Build, week: Week, told: dict[str, str]) -> Imprint:
    """The foot of every page."""
    manifest = build.manifest
    state = "Frozen" if "Frozen" in told else "Published"
    reach = f"data through {told['Data through']}" if arrivals.through_on() else "no data yet"
    only = words.capital(told["Filters"].split(";", maxsplit=1)[0])
    return Imprint(
        str(manifest["company"]), bool(manifest.get("sample")),
        f"{week.name} · {only} · What each number means, and the settings: see the appendix", "",
        reach, f"{state.lower()} {told[state]}", build.id,
        datetime.fromisoformat(f"{manifest['created_at']}+00:00"),
    )  # fmt: skip
