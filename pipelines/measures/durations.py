"""How long people wait, counting those who gave up or are waiting still."""

import math

import numpy as np
import polars as pl

from pipelines.measures.proportions import critical_value

_ROUNDING = 1e-12


def kaplan_meier(frame: pl.DataFrame, level: float = 0.95) -> pl.DataFrame:
    """The share still waiting after so many seconds.

    Args:
        frame: one row per wait, or per distinct wait: `seconds` (0 or more), `finished` (true: reached a
            person; false: gave up, or not yet, so the full wait is unknown) and, optionally, `count` and
            `entered_seconds`: how long it had lasted when we began to watch (0 where left out; a wait that
            ended before is not in the data and not to be missed).
        level: pointwise coverage of the range, strictly between 0 and 1.

    Returns:
        One row per distinct `seconds`, in order: `seconds`, `at_risk` (waits that had lasted as long),
        `finished`, `censored`, `still_waiting_share` with `_low` and `_high` (0 to 1). Before the first
        finish no low end is known (null).

    Raises:
        ValueError: a column is missing, or a value is null or negative.

    Source: Kaplan and Meier (1958), JASA 53, 457-481; Greenwood's variance on the log(-log) scale after
        Kalbfleisch and Prentice (2002), The Statistical Analysis of Failure Time Data, chapter 1.4.
    """
    at_risk, done = pl.col("at_risk"), pl.col("finished")
    share = pl.col("still_waiting_share")
    waits = _waits(frame)
    curve = (
        waits.group_by("seconds")
        .agg(
            finished=pl.col("count").filter(pl.col("finished")).sum(),
            censored=pl.col("count").filter(~pl.col("finished")).sum(),
        )
        .sort("seconds")
        .with_columns(at_risk=(pl.col("finished") + pl.col("censored")).cum_sum(reverse=True))
        .with_columns(at_risk=pl.col("at_risk") - _not_yet_watched(waits, pl.col("seconds")))
        .with_columns(
            still_waiting_share=(1 - done / at_risk).cum_prod(),
            greenwood=(done / (at_risk * (at_risk - done))).cum_sum(),
        )
    )
    spread = critical_value(level) * pl.col("greenwood").sqrt() / share.log().abs()
    return curve.select(
        "seconds",
        "at_risk",
        "finished",
        "censored",
        "still_waiting_share",
        still_waiting_share_low=pl.when(share >= 1)
        .then(None)
        .when(share <= 0)
        .then(0.0)
        .otherwise(share.pow(spread.exp())),
        still_waiting_share_high=pl.when(share >= 1)
        .then(1.0)
        .when(share <= 0)
        .then(None)
        .otherwise(share.pow((-spread).exp()))
        .forward_fill()
        .fill_null(1.0),
    )


def median(frame: pl.DataFrame, level: float = 0.95) -> tuple[float, float, float]:
    """The wait that half the people have behind them: `quantile` at one half."""
    return quantile(frame, 0.5, level)


def quantile(frame: pl.DataFrame, share: float, level: float = 0.95) -> tuple[float, float, float]:
    """The wait that a share of the people have behind them, such as nine in ten.

    Args:
        frame: as for `kaplan_meier`, at least one row.
        share: of the people, strictly between 0 and 1.
        level: coverage of the range, strictly between 0 and 1.

    Returns:
        `(quantile, low, high)` in seconds. Infinite where the data end before the curve (or the upper end of
        its range) has fallen so far. Without unfinished waits it is the ordinary quantile.

    Raises:
        ValueError: as for `kaplan_meier`, there is no wait at all, or the share is out of bounds.

    Source: Brookmeyer and Crowley (1982), Biometrics 38, 29-41, by the log(-log) transform; a curve that
        rests at exactly the share gives the middle of the rest, as R's survival package does.
    """
    if not 0 < share < 1:
        raise ValueError(f"expected a share strictly between 0 and 1, found {share!r}")
    curve = kaplan_meier(frame, level)
    if curve.is_empty():
        raise ValueError("a quantile needs at least one wait, found none")
    left = 1 - share
    reached = _first(curve, pl.col("still_waiting_share") <= left + _ROUNDING)
    passed = _first(curve, pl.col("still_waiting_share") < left - _ROUNDING)
    middle = (reached + passed) / 2 if math.isfinite(passed) else reached
    low = _first(curve, pl.col("still_waiting_share_low") <= left)
    high = _first(curve, pl.col("still_waiting_share_high") <= left)
    return middle, low, high


def _first(curve: pl.DataFrame, condition: pl.Expr) -> float:
    seconds = curve.filter(condition)["seconds"]
    return float(seconds[0]) if len(seconds) else math.inf


def _waits(frame: pl.DataFrame) -> pl.DataFrame:
    missing = {"seconds", "finished"} - set(frame.columns)
    if missing:
        raise ValueError(f"waits need the columns seconds and finished, missing: {sorted(missing)}")
    count = pl.col("count") if "count" in frame.columns else pl.lit(1)
    entered = pl.col("entered_seconds") if "entered_seconds" in frame.columns else pl.lit(0)
    waits = frame.select(
        "seconds",
        pl.col("finished").cast(pl.Boolean),
        count.cast(pl.Float64).alias("count"),
        entered.cast(pl.Float64).alias("entered"),
    )
    if any(waits.null_count().row(0)):
        raise ValueError(
            "waits must not hold nulls: an unknown end is finished = false with the seconds so far"
        )
    wrong = waits.filter((pl.col("seconds") < 0) | (pl.col("count") < 0)).height
    if wrong:
        raise ValueError(f"expected seconds and count of 0 or more, found {wrong} row(s) below 0")
    was_watched = (pl.col("entered") <= 0) | (pl.col("entered") < pl.col("seconds"))
    return waits.filter(pl.col("count") > 0, was_watched)


def _not_yet_watched(waits: pl.DataFrame, seconds: pl.Expr) -> pl.Expr:
    """How many were watched only from some later time on."""
    late = waits.filter(pl.col("entered") > 0).sort("entered")
    if late.is_empty():
        return pl.lit(0.0)
    after = np.append(late["count"].to_numpy()[::-1].cumsum()[::-1], 0.0)
    return seconds.map_batches(
        lambda times: pl.Series(
            after[late["entered"].search_sorted(times.cast(pl.Float64), side="left").to_numpy()]
        ),
        return_dtype=pl.Float64,
    )
