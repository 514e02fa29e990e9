"""Weeks that a series does not have: a line that ran across them would show what nobody said."""

from datetime import timedelta

import polars as pl

_WEEK = timedelta(days=7)
_KEPT = ("by", "panel")


def broken(points: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Points by week, with one that has no value where weeks are missing, so that a path ends there and begins anew.

    Args:
        points: day, value, by, panel and more, sorted by day; a series for every `by` and `panel`.

    Returns:
        The points, and how many different weeks lack between the first and the last of any series.
    """
    known = points.filter(pl.col("value").is_not_null() & pl.col("day").is_not_null())
    ends = known.select("day", *_KEPT, next=pl.col("day").shift(-1).over(_KEPT)).filter(
        pl.col("next") > pl.col("day") + _WEEK
    )
    if ends.is_empty():
        return points, 0
    lacking = ends.select(
        pl.date_ranges(pl.col("day") + _WEEK, pl.col("next") - _WEEK, "7d").explode()
    ).to_series()
    breaks = ends.select(pl.col("day") + _WEEK, *_KEPT, is_final=pl.lit(True), is_open=pl.lit(False))
    return pl.concat([points, breaks], how="diagonal").sort("day", maintain_order=True), lacking.n_unique()


def told(missing: int, is_one_series: bool) -> str:
    """That weeks are not shown, as a sentence; empty where none is missing."""
    if not missing:
        return ""
    weeks, they = ("1 week is", "it") if missing == 1 else (f"{missing:,} weeks are", "them")
    whose = "" if is_one_series else " in every line"
    return f"{weeks} not shown{whose}: too few people in {they}, or nobody."
