"""Answers that still come in: a week's numbers at first look, beside the newest week whose answers are all in."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboard import builds, kpi, weeks, words
from dashboard.kpi import BEHAVIOURS, FEELINGS, SCORES, Definition
from dashboard.weeks import Week
from pipelines.snapshot import Snapshot, SnapshotError

NAMES = (*FEELINGS, *BEHAVIOURS, *SCORES)


@dataclass(frozen=True)
class Unsettled:
    """One number: at first look in the week on screen, in the newest week that is final, and that one's first look.

    Each is a row of n, value, low, high; `began` is None where nobody froze that week.
    """

    about: Definition
    first: dict[str, Any]
    final: dict[str, Any]
    began: dict[str, Any] | None


def of(week: Week) -> tuple[str, list[Unsettled]]:
    """The newest final week before this one, and the numbers of this one that are not; nothing if all are settled."""
    histories = {name: kpi.trend(name) for name in NAMES if kpi.is_known(name)}
    settling, settled = {}, []
    for name, history in histories.items():
        shown = history.filter(pl.col("value").is_not_null() & (pl.col("iso_week") <= week.iso_week))
        at_week = shown.filter((pl.col("iso_week") == week.iso_week) & (pl.col("maturity") == "provisional"))
        final = shown.filter(pl.col("maturity") == "final")
        if at_week.height and final.height:
            settling[name] = (at_week.row(0, named=True), final)
            settled.append(final["iso_week"].max())
    if not settling:
        return "", []
    newest = min(str(name) for name in settled)
    before = _kept(newest)
    rows = []
    for name, (first, final) in settling.items():
        then = final.filter(pl.col("iso_week") == newest)
        if then.height:
            began = _first_look(name, newest, before) if before else None
            rows.append(Unsettled(kpi.definitions()[name], first, then.row(0, named=True), began))
    return newest, rows


def as_table(week: Week, final_week: str, rows: list[Unsettled]) -> pl.DataFrame:
    """The two columns, and how the final week read at its own first look where that was frozen."""
    frame = pl.DataFrame(
        {
            "Number": [one.about.label for one in rows],
            heading(week.iso_week, "first look"): [figure(one.about, one.first) for one in rows],
            heading(final_week, "final"): [figure(one.about, one.final) for one in rows],
        }
    )
    if not any(one.began for one in rows):
        return frame
    began = [figure(one.about, one.began) if one.began else "–" for one in rows]
    return frame.with_columns(pl.Series(heading(final_week, "its first look"), began))


def heading(iso_week: str, which: str) -> str:
    """`Week 46, first look`."""
    return f"Week {int(iso_week[-2:])}, {which}"


def figure(about: Definition, row: dict[str, Any]) -> str:
    """`60 of 100, probably between 57 and 64; 742 answers`."""
    value, ends = words.of_100(row["value"], row["high"] - row["low"]), words.between(row["low"], row["high"])
    unit = "points" if about.is_net else "of 100"
    return f"{value} {unit}, probably between {ends}; {words.count(row['n'])} answers"


def _kept(iso_week: str) -> Snapshot | None:
    """The frozen week of that name; a later one on screen may know it."""
    try:
        return builds.week_kept(iso_week)
    except SnapshotError:
        return None


def _first_look(name: str, iso_week: str, then: Snapshot) -> dict[str, Any] | None:
    about = kpi.definitions()[name]
    found = then.query(
        """
        select n, successes, opposites from kpi_window
        where kpi = $kpi and iso_week = $week and weeks = $weeks and dimension = 'all'
        """,
        {"kpi": name, "week": iso_week, "weeks": about.clock_weeks},
    )
    return kpi.with_range(found, about).row(0, named=True) if found.height else None


def in_words(week: Week, final_week: str) -> str:
    """Why there are two columns."""
    return (
        f"Answers about week {int(week.iso_week[-2:])} still come in, so its numbers are a first look. Those of week "
        f"{int(final_week[-2:])} ({words.period(*_days(final_week))}) are the newest that are all in."
    )


def _days(iso_week: str) -> tuple[Any, Any]:
    named = weeks.named(iso_week)
    return named.starts_on, named.ends_on
