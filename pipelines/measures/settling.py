"""How long a reported figure still moves: measured from what the same period said at each later look.

A period's *final* figure is what it said at the last look, and it is known only where that look came at least the
declared settling days after the period's end and was not the only one. What is younger is left out, however still it
looks: it had no time yet to move. A figure is no evidence about itself, so that the last look says nothing of its age.
Which periods count so follows from the calendar and never from what they said.

Only looks at exactly an age tell of that age; nothing is read off the line between two looks. The ranges are free of
any distribution. The periods are taken as independent: those of 28 days overlap, but what of them still moves, their
last days, does not.
"""

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import bdtr, betaincinv

from pipelines.measures.proportions import Floats

TOLERANCE = 0.005
"""A figure that stays within this share of its final value does not move."""

SETTLED_SHARE = 0.9
"""Of the periods that must not move any more before an age counts as settled."""

CONFIDENCE = 0.95
FEWEST_PERIODS = 29
"""With fewer, not even periods without a single move show that nine in ten are still, at 95 % confidence."""

NEWEST_PERIODS = 120
"""Of an age; what came before says little of how long it takes today."""

ENOUGH_TO_DOUBT = 10
"""From so many on, periods that moved after the declared days put the settling off."""

_SERIES = ["report", "grain", "metric"]
_PERIOD = [*_SERIES, "property_id", "period_start_on"]


def settling_curve(said: pl.DataFrame, declared: pl.DataFrame, level: float = CONFIDENCE) -> pl.DataFrame:
    """The share of the final figure that was already there at each age.

    Args:
        said: one row per look at a period: `report`, `grain`, `metric`, `property_id`, `period_start_on`, `age_days`
            (days since the period's last day, 1 or more), `pulled_at`, `value`. Of several looks at one age the last
            counts.
        declared: `report`, `grain`, `metric`, `settling_days`.
        level: coverage of the range, strictly between 0 and 1.

    Returns:
        `report`, `grain`, `metric`, `age_days`, `n` (periods), `share_median` with `share_low` and `share_high` (1 =
        the final figure), in that order. The range is that of the median, from the periods' own shares by their order
        (null below six periods at 95 %). A final figure of 0 has no share unless it was 0 before.

    Source: sign-test interval of a median, Hahn and Meeker (1991), Statistical Intervals, chapter 5.2.
    """
    shares = _evidence(said, declared).filter(pl.col("share").is_not_null())
    curve = (
        shares.group_by(*_SERIES, "age_days")
        .agg(n=pl.len().cast(pl.Int64), share_median=pl.median("share"), shares=pl.col("share").sort())
        .sort(*_SERIES, "age_days")
    )
    ends = [_median_range(np.asarray(each), level) for each in curve["shares"].to_list()]
    return curve.drop("shares").with_columns(
        share_low=pl.Series([low for low, _ in ends], dtype=pl.Float64),
        share_high=pl.Series([high for _, high in ends], dtype=pl.Float64),
    )


def settled_after(said: pl.DataFrame, declared: pl.DataFrame) -> pl.DataFrame:
    """The smallest age from which on a figure does not move by more than half a percent of its final value.

    Ages at which at least `FEWEST_PERIODS` were looked at are tested from the oldest down, each for "at least nine in
    ten periods do not move from here on" (the one-sided 95 % bound of Clopper and Pearson), until one fails. The order
    is fixed beforehand, so that all tests together err in at most 5 of 100 series. Where no age passes, the declared
    days hold, or a day more than the oldest age at which fewer than nine in ten of ten or more periods were still.

    Args:
        said: as for `settling_curve`.
        declared: as for `settling_curve`, one row for every series that is asked for.

    Returns:
        `report`, `grain`, `metric`, `settled_after_days`, `is_measured`, `n`: the periods that were looked at at that
        age where it is measured, else those whose final figure is known.

    Source: Clopper and Pearson (1934), Biometrika 26, 404-413; fixed-sequence testing, Maurer, Hothorn and Lehmacher
        (1995), in Biometrie in der chemisch-pharmazeutischen Industrie 6, 3-18.
    """
    evidence = _evidence(said, declared)
    known = evidence.group_by(_SERIES).agg(known=pl.struct(_PERIOD).n_unique())
    ages = (
        evidence.group_by(*_SERIES, "age_days")
        .agg(looked=pl.len().cast(pl.Int64), still=pl.col("is_still").sum().cast(pl.Int64))
        .sort(*_SERIES, "age_days", descending=[False] * len(_SERIES) + [True])
    )
    ages = ages.with_columns(
        least_share=pl.Series(_lower_bound(ages["still"].to_numpy(), ages["looked"].to_numpy()))
    )
    passes = (pl.col("least_share") >= SETTLED_SHARE).cast(pl.Int64).cum_min().over(_SERIES) == 1
    measured = (
        ages.filter(pl.col("looked") >= FEWEST_PERIODS)
        .filter(passes)
        .group_by(_SERIES)
        .agg(
            measured_days=pl.col("age_days").min(), looked=pl.col("looked").get(pl.col("age_days").arg_min())
        )
    )
    doubted = (
        ages.filter(pl.col("looked") >= ENOUGH_TO_DOUBT, pl.col("still") < SETTLED_SHARE * pl.col("looked"))
        .group_by(_SERIES)
        .agg(moved_days=pl.col("age_days").max())
    )
    told = declared.join(known, on=_SERIES, how="left").join(measured, on=_SERIES, how="left")
    return (
        told.join(doubted, on=_SERIES, how="left")
        .select(
            *_SERIES,
            settled_after_days=pl.col("measured_days")
            .fill_null(pl.max_horizontal("settling_days", pl.col("moved_days") + 1))
            .cast(pl.Int64),
            is_measured=pl.col("measured_days").is_not_null(),
            n=pl.coalesce("looked", "known", pl.lit(0)).cast(pl.Int64),
        )
        .sort(_SERIES)
    )


def _evidence(said: pl.DataFrame, declared: pl.DataFrame) -> pl.DataFrame:
    """Every look but the last at periods whose final figure is known: _PERIOD, age_days, share, is_still.

    `is_still`: this look and all after it are within the tolerance of the final figure.
    """
    value, final = pl.col("value"), pl.col("final")
    looks = (
        said.filter(pl.col("age_days") >= 1)
        .sort(*_PERIOD, "pulled_at")
        .group_by(*_PERIOD, "age_days", maintain_order=True)
        .agg(value.last())
        .join(declared, on=_SERIES, maintain_order="left")
        .with_columns(final=value.last().over(_PERIOD), last_age=pl.col("age_days").max().over(_PERIOD))
        .filter(pl.col("last_age") >= pl.col("settling_days"), pl.col("age_days") < pl.col("last_age"))
        .with_columns(
            share=pl.when(value == final).then(1.0).when(final != 0).then(value / final),
            is_near=(value - final).abs() <= TOLERANCE * final.abs(),
        )
        .with_columns(is_still=pl.col("is_near").cast(pl.Int8).cum_min(reverse=True).over(_PERIOD) == 1)
    )
    newest = pl.col("period_start_on").rank("ordinal", descending=True).over(*_SERIES, "age_days")
    return looks.filter(newest <= NEWEST_PERIODS).select(*_PERIOD, "age_days", "share", "is_still")


def _lower_bound(successes: npt.ArrayLike, n: npt.ArrayLike) -> Floats:
    """The share that is exceeded at one-sided confidence, by inverting the binomial test."""
    successes, n = np.asarray(successes, dtype=float), np.asarray(n, dtype=float)
    found = betaincinv(np.maximum(successes, 1), n - successes + 1, 1 - CONFIDENCE)
    return np.where(successes > 0, found, 0.0)


def _median_range(ordered: Floats, level: float) -> tuple[float | None, float | None]:
    """The innermost pair of order statistics that holds the median at least so often; none where there is none."""
    n = len(ordered)
    places = np.arange(n // 2)
    enough = places[bdtr(places, n, 0.5) <= (1 - level) / 2]
    if not enough.size:
        return None, None
    place = int(enough[-1])
    return float(ordered[place]), float(ordered[n - 1 - place])
