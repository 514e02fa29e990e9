"""This week's care: who waits for something owed, who was drawn for something extra, and what may be said of both.

What people do is read from the journal on every run and never cached; what is known of a customer comes from the
build. Nobody has a name here: rows carry aliases.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import polars as pl

from dashboard import builds, words
from dashboard.weeks import local
from pipelines.care.held import held_back
from pipelines.care.plan import CareError, owed_acts
from pipelines.journal import CLOSED, OPEN, ActChanged, Journal, JournalError
from pipelines.journal.past import PastJournal

Filter = Literal["mine", "all", "done this week"]
FILTERS: dict[Filter, str] = {"mine": "Mine", "all": "All", "done this week": "Done this week"}
DONE_DAYS = 7
_STATES = {
    "planned": "",
    "taken": "{by} took this at {at}",
    "not_reached": "{by} couldn't reach the customer, {at}",
    "done": "{by} did this, {at}",
    "wrong_address": "{by} found a wrong address, {at}",
    "never_again": "{by} noted at {at}: never again",
    "cancelled": "{by} took this off the list, {at}",
}
_FIRST = {**_STATES, "planned": "{by} put this back at {at}"}


def has_proposals() -> bool:
    """Whether the build knows with whom it is time, and the viewer may see it; older builds do not know."""
    if builds.scope() != "people":
        return False
    tables = builds.people_rows("select table_name from information_schema.tables")
    return "care_proposal" in tables["table_name"]


def today() -> date:
    """The day by the company's clock: a fixed one for the sample company."""
    return local(builds.settings().as_of()).date()


def journal() -> Journal:
    """The company's journal; that of then while a frozen week is on screen."""
    then = builds.frozen()
    return Journal(builds.store()) if then is None else PastJournal(builds.store(), then.received_by)


def proposals() -> pl.DataFrame:
    """With whom it is time and who may be approached now, oldest due first."""
    return builds.people_rows("select * from care_proposal order by due_on, customer_key, occasion")


@dataclass(frozen=True)
class Item:
    """An act as the list shows it; `held` says why it must not be done now, if so."""

    act_id: str
    version: int
    state: str
    care_class: str
    occasion: str | None
    initiative_id: str | None
    customer_key: str
    alias: str
    kind: str
    reason: str
    due_on: date
    by: str
    changed_at: datetime
    taken_by: str | None
    note: str | None
    held: str = ""

    @property
    def is_open(self) -> bool:
        """There is still something to do."""
        return self.state in OPEN

    def is_taken_by_another(self, me: str) -> bool:
        """Somebody else looks after it."""
        return bool(self.taken_by) and self.is_open and not same(self.taken_by, me)


def same(one: str | None, other: str | None) -> bool:
    """Whether two people said the same name."""
    return (one or "").casefold() == (other or "").casefold()


def held() -> dict[str, str]:
    """The open acts that must not be done now, and why, by what is published and written at this moment."""
    build, settings = builds.newest(), builds.settings()
    if build is None:
        return {}
    return dict(held_back(build, journal(), settings.as_of(), settings.zone).iter_rows())


def known(acts: pl.DataFrame) -> list[Item]:
    """The acts of the journal with the aliases of the build, oldest due first."""
    called = aliases(tuple(sorted(acts["customer_key"].unique())))
    waits = held()
    wanted = [name for name in Item.__dataclass_fields__ if name not in ("alias", "held")]
    return [
        Item(
            **{name: row[name] for name in wanted},
            alias=called.get(row["customer_key"]) or row["customer_key"][:4].upper(),
            held=waits.get(row["act_id"], ""),
        )
        for row in acts.sort("due_on", "act_id").iter_rows(named=True)
    ]


def with_owed(acts: pl.DataFrame) -> pl.DataFrame:
    """The acts of the journal and, as they will be, those owed that nobody has taken up yet; nothing is written.

    Raises:
        CareError, JournalError: see `owed_acts`.
    """
    listed = set(acts["act_id"])
    new = [asdict(act) for act in owed_acts(builds.store(), builds.settings()) if act.act_id not in listed]
    if not new:
        return acts
    at = builds.settings().as_of()
    planned = pl.DataFrame(new).with_columns(
        state=pl.lit("planned"), version=pl.lit(1), by=pl.lit(""), changed_at=pl.lit(at), planned_at=pl.lit(at),
        taken_by=pl.lit(None, pl.String), note=pl.lit(None, pl.String),
    )  # fmt: skip
    return pl.concat([acts, planned.select(acts.columns).cast(acts.schema)])


def listed() -> frozenset[str]:
    """The keys of everybody who is on the list and still waits; nobody where no list can be made."""
    try:
        acts = with_owed(journal().acts())
    except (CareError, JournalError):
        return frozenset()
    return frozenset(acts.filter(pl.col("state").is_in(OPEN))["customer_key"])


@builds.worked_out_once
def aliases(keys: tuple[str, ...]) -> dict[str, str]:
    """What customers are called on a page: key -> alias."""
    return dict(
        builds.people_rows(
            "select customer_key, alias from customer_value where list_contains($keys, customer_key)",
            keys=list(keys),
        ).iter_rows()
    )


def chosen(found: Iterable[Item], which: Filter, me: str, kept: Iterable[str] = ()) -> list[Item]:
    """The acts under a filter; those in `kept` stay in their place though they are done, so that they can be undone."""
    stay = set(kept)
    if which == "done this week":
        since = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=DONE_DAYS)
        done = [one for one in found if one.state in CLOSED and one.state != "cancelled"]
        return sorted(
            (one for one in done if one.changed_at >= since), key=lambda one: one.changed_at, reverse=True
        )
    shown = [one for one in found if one.is_open or one.act_id in stay]
    if which == "mine":
        return [one for one in shown if same(one.taken_by, me) or one.act_id in stay]
    return shown


def occasion_names() -> dict[str, str]:
    """What occasions are called: file name -> name."""
    return dict(builds.people_rows("select distinct occasion, occasion_name from care_proposal").iter_rows())


def sizes(found: Iterable[Item]) -> dict[str, int]:
    """How many acts each occasion has, most first."""
    return dict(Counter(one.occasion or "" for one in found).most_common())


def matching(found: Iterable[Item], text: str, occasion: str | None, names: Mapping[str, str]) -> list[Item]:
    """The acts of an occasion whose alias, reason, kind or occasion holds every word of a text, in the same order."""
    wanted = text.casefold().split()

    def holds(one: Item) -> bool:
        told = f"{one.alias} {one.kind} {one.reason} {names.get(one.occasion or '', '')}".casefold()
        return all(word in told for word in wanted)

    return [one for one in found if occasion in (None, one.occasion) and holds(one)]


# Sentences


def due_words(due_on: date, at: date) -> str:
    """`due today`, `due Friday 20 November`, `was due 12 Nov, 4 days ago`."""
    if due_on == at:
        return "due today"
    if due_on > at:
        return f"due {words.day(due_on, year=due_on.year != at.year)}"
    late = words.plural((at - due_on).days, "day")
    return f":orange[was due {words.short_day(due_on, year=due_on.year != at.year)}, {late} ago]"


def state_words(one: Item) -> str:
    """Who has it, or what became of it; nothing if nobody did anything yet."""
    return _STATES.get(one.state, "").format(by=words.safe(one.by), at=moment_words(one.changed_at))


def was_first(error: ActChanged) -> str:
    """Who was first, and that nothing was lost or doubled."""
    told = _FIRST.get(error.state, "{by} changed this at {at}").format(
        by=words.safe(error.by), at=moment_words(error.at)
    )
    return f"{told}. Yours was not written."


def moment_words(at: datetime) -> str:
    """`10:42`, or with the day if it was not today; by the company's clock."""
    then, now = local(at), local(datetime.now(UTC).replace(tzinfo=None))
    clock = f"{then:%H:%M}"
    return clock if then.date() == now.date() else f"{clock} on {words.short_day(then, year=False)}"
