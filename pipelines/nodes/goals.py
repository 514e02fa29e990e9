"""How far every goal is: where its number stands, and where it will probably be on the due date."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from pipelines.engine.graph import Frames, Measure
from pipelines.measures.goals import Level, expected_level, status
from pipelines.measures.scores import net_score, share_score

STALE_AFTER = timedelta(weeks=13)
"""A number that was last counted so long before tells nothing of today."""

_SCHEMA = {
    "goal_id": pl.String, "kpi": pl.String, "status": pl.String, "value": pl.Float64, "value_low": pl.Float64,
    "value_high": pl.Float64, "expected": pl.Float64, "expected_low": pl.Float64, "expected_high": pl.Float64,
    "n": pl.Int64,
}  # fmt: skip


def _progress(frames: Frames) -> dict[str, pl.DataFrame]:
    """Closed weeks up to the due date only, of the goal's own group.

    A goal for a number that the build does not define can't be told yet.
    """
    closed = frames["dates"].filter("is_closed").group_by("iso_week").agg(pl.col("week_ends_on").max())
    last_closed = closed["week_ends_on"].max() if closed.height else None
    windows = frames["kpi_window"].join(closed, on="iso_week")
    breaks = frames["series_break"].join(closed, on="iso_week").select("kpi", "week_ends_on")
    about = {row["kpi"]: row for row in frames["definition"].iter_rows(named=True)}
    records = []
    for goal in frames["goal"].sort("goal_id").iter_rows(named=True):
        told = {"goal_id": goal["goal_id"], "kpi": goal["kpi"], "status": "can't tell yet"}
        meaning, target, due_on = about.get(goal["kpi"]), goal["target_share"], goal["due_on"]
        if meaning is None or target is None or due_on is None or not isinstance(last_closed, date):
            records.append(told)
            continue
        until_due = (pl.col("kpi") == goal["kpi"]) & (pl.col("week_ends_on") <= due_on)
        broken_on = breaks.filter(until_due)["week_ends_on"].max()
        whose = (pl.col("dimension") == (goal.get("dimension") or "all")) & (
            pl.col("member") == (goal.get("member") or "all")
        )
        weeks = windows.filter(whose & until_due & (pl.col("week_ends_on") >= (broken_on or date.min)))
        weeks = weeks.sort("week_ends_on")
        is_due = last_closed >= due_on
        if weeks.height and weeks["week_ends_on"][-1] <= min(last_closed, due_on) - STALE_AFTER:
            weeks = weeks.clear()
        records.append(told | _standing(weeks, meaning, float(target), due_on, is_due=is_due))
    return {"goal_progress": pl.DataFrame(records, schema=_SCHEMA)}


def _standing(
    weeks: pl.DataFrame, about: dict[str, Any], target: float, due_on: date, *, is_due: bool
) -> dict[str, Any]:
    is_net, is_counted = about["interval"] == "nps", about["kind"] == "count"
    now, n, bears = _now(weeks, about["clock_weeks"], is_net=is_net, is_counted=is_counted)
    expected = None
    if now is not None and not is_due:
        weekly = weeks.filter(pl.col("weeks") == 1)
        opposites = weekly["opposites"] if is_net else pl.zeros(weekly.height, eager=True)
        each = weekly["effective_n"] / weekly["n"]
        expected = expected_level(
            weekly["effective_n"].to_numpy(),
            ((weekly["successes"] - opposites) * each).to_numpy(),
            ((weekly["successes"] + opposites) * each).to_numpy(),
            weekly["week_ends_on"].cast(pl.Int32).to_numpy() / 7,
            (due_on - date(1970, 1, 1)).days / 7,
            answers_then=bears,
            is_counted=is_counted,
            lowest=-1.0 if is_net else 0.0,
        )
    word = status(target, now, expected, is_due=is_due, better=about["better"])
    ranges = {"value": now, "expected": expected}
    return {"status": word, "n": n} | {
        name + end: found and found[place]
        for name, found in ranges.items()
        for place, end in enumerate(("", "_low", "_high"))
    }


def _now(
    weeks: pl.DataFrame, clock: int | None, *, is_net: bool, is_counted: bool
) -> tuple[Level | None, int, float]:
    """The last shown level over the number's own clock, how many it rests on, and how many independent ones."""
    last = weeks.filter(pl.col("weeks") == (1 if is_counted or clock is None else clock)).tail(1)
    if last.is_empty():
        return None, 0, 0.0
    n, successes, opposites, bears = last.select("n", "successes", "opposites", "effective_n").row(0)
    if is_counted:
        share = successes / n
        return Level(share, share, share), n, bears
    found = (
        net_score(n, successes, opposites, effective_n=bears)
        if is_net
        else share_score(n, successes, effective_n=bears)
    )
    return Level(found.value, found.low, found.high), n, bears


MEASURE = Measure(
    "goals",
    frozenset({"goal", "kpi_window", "dates", "definition", "series_break"}),
    ("goal_progress",),
    _progress,
    publish="careful",
)
