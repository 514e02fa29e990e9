"""What a number should be: the goal of a group now, and the one that counted on each day."""

from datetime import date

import polars as pl

from dashboard import builds
from dashboard.kpi import EVERYONE, Group
from pipelines.measures.goals import target_at


def now(kpi: str, group: Group = EVERYONE) -> tuple[float, date, str] | None:
    """What we want to reach: share, by when, whose goal; None where none is set for this group."""
    found = _of_group(builds.rows("select * from goal where kpi = $kpi order by due_on", kpi=kpi), group)
    return (
        found.select("target_share", "due_on", pl.col("owner").fill_null("")).row(0) if found.height else None
    )


def on(kpi: str, days: pl.Series, group: Group = EVERYONE) -> pl.DataFrame:
    """The target that counts on each of some days, as `measures.goals.target_at` returns it."""
    if not builds.has("goal_target"):
        return pl.DataFrame(schema={"on": pl.Date, "target": pl.Float64, "due_on": pl.Date})
    return target_at(
        _of_group(builds.rows("select * from goal_target where kpi = $kpi", kpi=kpi), group), days
    )


def _of_group(goals: pl.DataFrame, group: Group) -> pl.DataFrame:
    """The goals of a group; builds made before goals had one know those of everybody."""
    if "dimension" not in goals.columns:
        return goals if group.is_everyone else goals.clear()
    return goals.filter(pl.col("dimension") == group.dimension, pl.col("member") == group.member)
