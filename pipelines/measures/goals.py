"""Will a number be where we want it by the day we want it there?

A straight line through the last half year of closed weeks, weighted by their answers, is carried on to the due date.
How much of its slope is believed in shrinks to nothing as it can not be told from chance: the slope is multiplied by
1 - 1 / F, at least 0, where F is its squared t value (the positive-part rule of James and Stein 1961). The prediction
range keeps the whole uncertainty of the slope, so that far ahead it is wide and says so; it also holds the chance of
the answers that will be counted then, the scatter of weeks beyond chance, and how far weeks hang together (Draper and
Smith 1998, Applied Regression Analysis, chapters 1.4 and 9; the first-order correction for correlated residuals is
Wilks 2011, Statistical Methods in the Atmospheric Sciences, section 5.2.4).
"""

import math
from typing import Literal, NamedTuple

import numpy as np
import polars as pl
from scipy.special import stdtrit

from pipelines.measures.proportions import Floats

Status = Literal["reached", "on track", "behind", "missed", "can't tell yet"]

TREND_WEEKS = 26
FEWEST_WEEKS = 8


class Level(NamedTuple):
    """A share (net: -1 to 1) and the range it is probably in."""

    value: float
    low: float
    high: float


def target_at(targets: pl.DataFrame, days: pl.Series) -> pl.DataFrame:
    """Which target counts on each day: of those in force the one that is due next, else the one that was due last.

    Args:
        targets: goal_id, target_share, due_on, from_on (null: since ever), until_on (null: still).
        days: dates.

    Returns:
        on (each day once, in order), target, due_on; a day on which none counts is not there.
    """
    begun = pl.col("from_on").is_null() | (pl.col("from_on") <= pl.col("on"))
    counts = begun & (pl.col("until_on").is_null() | (pl.col("until_on") >= pl.col("on")))
    ahead = (pl.col("due_on") - pl.col("on")).dt.total_days()
    in_force = days.drop_nulls().unique().alias("on").to_frame().join(targets, how="cross").filter(counts)
    first = in_force.sort("on", ahead < 0, ahead.abs(), "goal_id", nulls_last=True).group_by(
        "on", maintain_order=True
    )
    return first.first().select("on", pl.col("target_share").cast(pl.Float64).alias("target"), "due_on")


def expected_level(
    n: Floats, difference: Floats, extreme: Floats, weeks: Floats, due: float, *, answers_then: float,
    is_counted: bool = False, lowest: float = 0.0, level: float = 0.95,
) -> Level | None:  # fmt: skip
    """Where a series will probably be on its due date.

    Args:
        n: answers of each closed week, above 0; the last 26 are used.
        difference: successes, less opposites of a net share.
        extreme: successes, plus opposites of a net share.
        weeks: when each week was, in weeks.
        due: when the goal is due, in weeks.
        answers_then: how many answers the number will rest on then.
        is_counted: everyone is counted, so that only the scatter of the weeks is chance.
        lowest: 0 of a share, -1 of a net share; the highest is 1.
        level: coverage of the range.

    Returns:
        The expected level with its prediction range; None with fewer than 8 weeks.

    Source: see the module.
    """
    n, difference, extreme, weeks = (
        np.asarray(each, dtype=float)[-TREND_WEEKS:] for each in (n, difference, extreme, weeks)
    )
    if n.size < FEWEST_WEEKS:
        return None
    weight = np.ones_like(n) if is_counted else n
    total, freedom = weight.sum(), n.size - 2
    share = difference / n
    centre, middle = float(weight @ share / total), float(weight @ weeks / total)
    spread = float(weight @ (weeks - middle) ** 2)
    slope = float(weight @ ((weeks - middle) * (share - centre))) / spread
    residual = share - centre - slope * (weeks - middle)
    pooled = difference.sum() / n.sum()
    chance = 0.0 if is_counted else (extreme.sum() + 1.5) / (n.sum() + 3) - pooled**2
    variance = max(float(weight @ residual**2) / freedom, chance) * _hanging_together(
        residual, least=chance * n.size / n.mean()
    )
    then = 1 / answers_then if not is_counted else 1.0
    ahead = due - middle
    error = math.sqrt(variance * (1 / total + ahead**2 / spread + then))
    slope_variance = variance / spread
    believed = max(0.0, 1 - slope_variance / slope**2) if slope else 0.0
    value = centre + believed * slope * ahead
    reach = float(stdtrit(freedom, (1 + level) / 2)) * error
    return Level(*(min(1.0, max(lowest, each)) for each in (value, value - reach, value + reach)))


def status(
    target: float, now: Level | None, expected: Level | None, *, is_due: bool, better: str = "up"
) -> Status:
    """The word for a goal, read off the ranges.

    Args:
        target: where the number should be.
        now: where it is, or was on the due date; of a count, the range is the value.
        expected: where it will probably be on the due date.
        is_due: the due date has passed.
        better: `up`, or `down` where less is better.

    Returns:
        `reached` where the whole range of now is at the target or beyond; `missed` where the goal is due and none of
        it is; before that `on track` or `behind` where the whole range of the expected level is, or none of it; else
        `can't tell yet`.
    """
    held = None if now is None else _held(target, now, better)
    if held:
        return "reached"
    if is_due:
        return "missed" if held is False else "can't tell yet"
    hoped = None if expected is None else _held(target, expected, better)
    return "can't tell yet" if hoped is None else "on track" if hoped else "behind"


def _held(target: float, found: Level, better: str) -> bool | None:
    """Whether a level is at the target or beyond; None where its range does not tell."""
    least, most = (found.low, found.high) if better == "up" else (-found.high, -found.low)
    aim = target if better == "up" else -target
    return True if least >= aim else False if most < aim else None


def _hanging_together(residual: Floats, least: float) -> float:
    """By how much neighbouring weeks that are alike tell less than as many independent ones."""
    power = max(float(residual @ residual), least)
    alike = float(residual[1:] @ residual[:-1]) / power if power > 1e-12 else 0.0
    alike = min(max(0.0, alike), 0.8)
    return (1 + alike) / (1 - alike)
