"""What we decided, and what became of it: promises and decisions of the last quarter, each with its day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import polars as pl

from dashboard import decisions, words
from dashboard.decisions import Decision

REACH = timedelta(weeks=13)
MOST_LINES = 6

State = Literal["kept", "overdue", "under way", "decided"]


@dataclass(frozen=True)
class Line:
    """One decision: the day that counts, what it is about, what became of it, whose it is, the initiative if any."""

    on: date
    state: State
    theme: str
    became: str
    owner: str
    initiative_id: str = ""


def of_initiatives(found: Iterable[Decision], names: Mapping[str, str], at: date) -> list[Line]:
    """What was decided about initiatives in the quarter up to a day, newest first; each with what was done since.

    Args:
        names: initiative_id -> what it is called.
    """
    told = []
    for one in found:
        if not at - REACH < one.on <= at:
            continue
        due = f" by {words.month_day(one.by_when)}" if one.by_when else ""
        since = f" {decisions.became(one)}".rstrip(". ")
        became = f"{decisions.SAID[one.choice].lower()}{due}. {decisions.sentence(one.why)}{since}".rstrip(
            ". "
        )
        name = words.safe(names.get(one.initiative_id, one.initiative_id))
        told.append(Line(one.on, "decided", name, became, words.safe(one.who), one.initiative_id))
    return sorted(told, key=lambda line: line.on, reverse=True)


def lines(promises: pl.DataFrame, at: date) -> list[Line]:
    """The decisions as they stood on a day, newest first: kept in the quarter before it, overdue, or under way.

    Args:
        promises: theme, owner, promised_on, due_on, done_on, what_changed; sort where not all are promises.
        at: the last day of the week on the page.
    """
    known = promises.filter(pl.col("promised_on") <= at)
    told = [line for row in known.iter_rows(named=True) if (line := _line(row, at))]
    return sorted(told, key=lambda line: (line.on, line.theme), reverse=True)


def started(initiatives: pl.DataFrame, promises: pl.DataFrame, first: date, last: date) -> list[str]:
    """What began or was kept in some days: it coincides with a change, and is not thereby its cause.

    Args:
        initiatives: name, starts_on.
        promises: theme, done_on.
        first: the first of the days.
        last: the last of them.
    """
    begun = [
        (day, f"“{words.safe(name)}” began on {words.month_day(day)}")
        for name, day in initiatives.select("name", "starts_on").drop_nulls("starts_on").iter_rows()
        if first <= day <= last
    ]
    kept = [
        (day, f"the promise “{words.safe(theme)}” was kept on {words.month_day(day)}")
        for theme, day in promises.select("theme", "done_on").drop_nulls("done_on").iter_rows()
        if first <= day <= last
    ]
    return [said for _, said in sorted(begun + kept)]


def _line(row: dict[str, object], at: date) -> Line | None:
    promised_on, due_on, done_on = (_day(row[name]) for name in ("promised_on", "due_on", "done_on"))
    theme, owner = words.safe(str(row["theme"])), words.safe(str(row["owner"] or ""))
    is_decision = row.get("sort") == "decision"
    kept = "done" if is_decision else "kept"
    if done_on and done_on <= at:
        if done_on <= at - REACH:
            return None
        changed = words.safe(str(row["what_changed"] or "")).rstrip(".")
        return Line(
            done_on,
            "kept",
            theme,
            f"{kept} {_punctual(done_on, due_on, 'decided' if is_decision else 'promised')}"
            f"{f'. {changed}' if changed else ''}",
            owner,
        )
    if due_on and due_on <= at:
        return Line(due_on, "overdue", theme, f"was due on {words.month_day(due_on)}, not {kept} yet", owner)
    if promised_on is None:
        return None
    said, to = ("decided", ", due") if is_decision else ("promised", " for")
    due = f"{said}{to} {words.month_day(due_on)}" if due_on else f"{said}, without a day"
    return Line(promised_on, "under way", theme, due, owner)


def _punctual(done_on: date, due_on: date | None, said: str) -> str:
    if due_on is None:
        return f"as {said}"
    days = (due_on - done_on).days
    if days == 0:
        return "on the day"
    return f"{words.plural(abs(days), 'day')} {'before it was due' if days > 0 else 'late'}"


def _day(value: object) -> date | None:
    return value if isinstance(value, date) else None
