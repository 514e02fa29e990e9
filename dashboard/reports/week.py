"""A week as a report: what the pages *This week* and *Did it work?* say, from the same objects, worked out once.

Everything is ready to be set: sentences as runs of text, ranges as places on an axis. HTML, PDF and workbook add
nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import polars as pl

from dashboard import (
    arrivals,
    builds,
    decisions,
    events,
    goals,
    initiatives,
    kpi,
    locales,
    margins,
    targets,
    this_week,
    timeline,
    weekly_review,
    words,
    written,
)
from dashboard.charts import events as marks
from dashboard.charts.colours import Role
from dashboard.decided import MOST_LINES
from dashboard.initiatives import Judged
from dashboard.kpi import EVERYONE, Group, Reading
from dashboard.parts import certainty, changes, decided, head, number, states, verdict
from dashboard.reports import appendix, tried
from dashboard.reports.appendix import Definition
from dashboard.reports.blocks import Changed, Marked, Need, Numbers, Part, Row, told
from dashboard.reports.paper import Imprint, Lines
from dashboard.reports.places import Axis, Place, axis, place
from dashboard.reports.sentences import say, text
from dashboard.reports.tried import Tried
from dashboard.this_week import ThisWeek
from dashboard.weeks import closed
from pipelines.settings import Settings
from pipelines.snapshot import Snapshot
from pipelines.store import Build, StoreError

MOST_WRITTEN = 8
_STATES: dict[str, Role] = {"kept": "better", "overdue": "worse"}


@dataclass(frozen=True)
class WeekReport:
    """All that is said of a week. What comes after `sure` is the appendix.

    Attributes:
        axis: the one that the ranges of all `numbers` are drawn on. board: what care costs and brings, in a line.
            decided, happened, written, tried: the first few, and `…_more` the rest, which the appendix holds.
            minutes: what its meeting kept, line by line, and `minutes_kept` by whom and when. restated: how figures of
            an earlier week read by now.
    """

    iso_week: str
    is_earlier: bool
    first_line: str
    headline: str
    lead: str
    needs: list[Need]
    changed: Changed | None
    numbers: list[Numbers]
    axis: Axis
    tried_says: str
    board: str
    tried: list[Tried]
    decided: list[Marked]
    happened: list[Marked]
    written: list[Marked]
    goals: list[Marked]
    sure: list[Lines]
    definitions: list[Definition]
    tried_more: list[Tried]
    decided_more: list[Marked]
    happened_more: list[Marked]
    written_more: list[Marked]
    minutes: list[Lines]
    minutes_kept: str
    facts: dict[str, str]
    restated: list[str]
    judged: list[Judged]
    imprint: Imprint

    @property
    def title(self) -> str:
        """`Sample company · Week 46 · 9–15 November 2026`."""
        return f"{self.imprint.company} · {self.facts['Week']}"

    @property
    def rows(self) -> list[Row]:
        """Every number, in order."""
        return [row for block in self.numbers for row in block.rows]


@contextmanager
def shown(settings: Settings, build: Build) -> Iterator[None]:
    """Look at a build or a frozen week as its company reads it: how many are on the list is counted, and no more."""
    scope: builds.Scope = "aggregates" if isinstance(build, Snapshot) else "people"
    with builds.showing(settings, build, scope), locales.using(locales.of_company(settings.company)):
        yield


def of(
    settings: Settings,
    build: Build,
    iso_week: str | None = None,
    group: Group = EVERYONE,
    restated: Sequence[str] = (),
) -> WeekReport:
    """The report of a build, or of a frozen week, on a closed week; absent means the last one.

    Raises:
        StoreError: there is no such week or group; says which there are.
    """
    if isinstance(build, Snapshot):
        settings = builds.settings_then(settings, build)
    with shown(settings, build):
        known = {week.iso_week: week for week in closed()}
        if not known:
            raise StoreError("No week is over yet, so there is nothing to report.")
        if iso_week and iso_week not in known:
            raise StoreError(f"There is no week {iso_week} here. There are {min(known)} to {max(known)}.")
        if not group.is_everyone and group.member not in kpi.groups(group.dimension):
            there = words.listed(kpi.groups(group.dimension)) or "none"
            raise StoreError(f"There is no {group.dimension} {group.member!r}. There are: {there}.")
        week = known[iso_week] if iso_week else next(iter(known.values()))
        return _report(settings, build, this_week.of(week, group), group, list(restated))


def _report(
    settings: Settings, build: Build, said: ThisWeek, group: Group, restated: list[str]
) -> WeekReport:
    week = said.week
    judged = tried.ranked(initiatives.judged())
    all_tried = tried.every(judged)
    lines = [
        Marked(
            _STATES.get(line.state, "steady"), say(decided.told(replace(line, owner=""), week)), say(_owned(line.owner))
        )
        for line in decided.known(week, now=said.is_latest)
    ]  # fmt: skip
    first_lines, more_lines = told(lines, MOST_LINES)
    happened, happened_more = told(_written(written.happened(week)), MOST_WRITTEN)
    wrote, wrote_more = told(_written(written.about(week, now=said.is_latest)), MOST_WRITTEN)
    minutes = written.minutes(week)
    facts = appendix.facts(settings, build, said, group)
    ranges = axis([one for one in said.shown.values() if not one.about.is_net and not one.about.is_counted])
    headline, lead = (text(say(sentence)) for sentence in _headline(said))
    return WeekReport(
        week.iso_week,
        not said.is_latest,
        _first_line(build, said, facts),
        headline,
        lead,
        [Need(say(need.title), say(need.facts), say(need.owner)) for need in said.needs],
        _changed(said),
        _numbers(said, group, ranges),
        ranges,
        text(say(initiatives.headline(judged))) if judged else "",
        text(say(margins.board_words(margins.board(judged, decisions.today())))),
        all_tried[: tried.MOST],
        first_lines,
        happened,
        wrote,
        _goals() if said.is_latest else [],
        [say(line) for line in certainty.told(week, said.whole.get("emotion"), now=said.is_latest)],
        [appendix.definition(reading) for reading in said.shown.values()],
        all_tried[tried.MOST :],
        more_lines,
        happened_more,
        wrote_more,
        [say(line) for line in minutes_of(minutes.says)] if minutes else [],
        text(say(minutes.whose)) if minutes else "",
        facts,
        restated,
        judged,
        appendix.imprint(build, said.week, facts),
    )


def _first_line(build: Build, said: ThisWeek, facts: dict[str, str]) -> str:
    fresh, late = head.freshness(said.week)
    state = fresh if said.is_latest else "an earlier week, as its numbers stand today"
    told = [
        facts["Company"], facts["Week"], facts["Filters"] if facts["Filters"] != "all customers" else "",
        "frozen week" if isinstance(build, Snapshot) else "", state,
        "survey answers still coming in" if said.is_settling else "", late if said.is_latest else "",
    ]  # fmt: skip
    return " · ".join(part for part in told if part)


def _written(found: list[written.Line]) -> list[Marked]:
    return [Marked(one.role, say(one.says), say(one.whose)) for one in found]


def _headline(said: ThisWeek) -> tuple[str, str]:
    if arrivals.through_on() is None:
        return "Nothing to show yet: no file has arrived.", ""
    return said.headline


def _numbers(said: ThisWeek, group: Group, ranges: Axis) -> list[Numbers]:
    felt = [name for name in said.felt if name in said.shown]
    blocks = (
        ("How customers are", felt, this_week.ONLY_SAID if said.asked else "" if felt else states.not_felt()),
        ("How we looked after them", [name for name in said.looked_after if name in said.shown],
         said.promise),
    )  # fmt: skip
    found = [
        Numbers(heading, [_row(said, said.shown[name], group, ranges) for name in names], note)
        for heading, names, note in blocks
        if names or note
    ]
    days = [row.history["week_ends_on"] for block in found for row in block.rows]
    told = marks.names(events.shown(pl.concat(days), group)) if days else ""
    if told:
        found[-1] = replace(found[-1], note=f"{found[-1].note} Dotted in the lines: {told}.".strip())
    return found


def _row(said: ThisWeek, reading: Reading, group: Group, ranges: Axis) -> Row:
    aim = targets.now(reading.about.kpi, group)
    unfinished = said.is_latest and group.is_everyone and reading.about.clock_weeks == 1
    missing = arrivals.hurting(reading.about, said.late)
    refused = arrivals.unread(reading.about) if said.is_latest else []
    history = timeline.drawn(reading.about.kpi, reading.iso_week, group, unfinished=unfinished)
    happened = events.shown(history["week_ends_on"], group, reading.about.kpi)
    moved = "  \n".join(
        [
            weekly_review.moved(said, reading),
            *([arrivals.on_the_card(others)] if (others := arrivals.without(refused, missing)) else []),
            *(one.says for one in refused),
        ]
    )
    return Row(
        reading, reading.about.label, number.figure(reading), say(number.basis(reading, group)),
        say(moved),
        number.goal_in_words(reading, aim) if aim else "",
        " ".join(filter(None, (number.spoken(reading), marks.spoken(happened)))),
        "waiting" if missing else verdict.role(reading),
        None if reading.about.is_net or reading.about.is_counted else place(reading, ranges),
        events.with_weeks(history, happened),
    )  # fmt: skip


def _changed(said: ThisWeek) -> Changed | None:
    moved = changes.most_pressing(said.readings)
    if not moved:
        return None
    frame = changes.by_channel(moved[0], said.week)
    found = [Reading(moved[0].about, said.week.iso_week, value=row["value"], low=row["low"], high=row["high"])
             for row in frame.iter_rows(named=True)]  # fmt: skip
    ranges = axis(found, frame["usual"].drop_nulls().to_list())
    parts = [
        Part(
            row["label"], f"{words.of_100(row['value'], row['high'] - row['low'])} of 100",
            words.between(row["low"], row["high"]),
            "" if row["usual"] is None else words.of_100(row["usual"]), words.count(row["n"]), row["role"],
            Place.on(ranges, row["low"], row["value"], row["high"], row["usual"]),
        )
        for row in frame.iter_rows(named=True)
    ]  # fmt: skip
    sentences = [say(sentence) for sentence in changes.sentences(moved, said.week)]
    return Changed(sentences, moved[0].about.label, parts, ranges, frame)


def minutes_of(markdown: str) -> Iterator[str]:
    """The lines of minutes, their headings in bold, their items with a dot."""
    for line in markdown.splitlines():
        head, _, said = line.partition(" ")
        if line.strip():
            yield f"**{said}**" if head.strip("#") == "" else f"• {said}" if head == "-" else line


def _goals() -> list[Marked]:
    found = []
    for one in goals.known():
        told = f"**{words.safe(one.name)}** {words.capital(one.status)}  \n{goals.in_words(one)}"
        found.append(Marked(one.role, say(told), say(_owned(words.safe(one.owner)))))
    return [*found, *(Marked("steady", say(line), []) for line in goals.to_come())]


def _owned(owner: str) -> str:
    return f"Owner: {owner}." if owner else ""
