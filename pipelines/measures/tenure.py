"""How long customers under contract will stay, from how long others stayed."""

from itertools import pairwise

import numpy as np
import polars as pl

from pipelines.measures.durations import kaplan_meier
from pipelines.measures.maximum_likelihood import Floats

DAY_SECONDS = 86_400
STEP_DAYS = 30.0


def staying_curve(tenures: pl.DataFrame) -> pl.DataFrame:
    """The share of customers still with us after so many days.

    Args:
        tenures: one row per customer, or per distinct row with its `count`: `tenure_days`, `has_left` and
            `entered_days` (how long it had lasted when we began to see who leaves).

    Returns:
        `tenure_days`, `share` and `at_risk`, in order.

    Raises:
        ValueError: as for `durations.kaplan_meier`.
    """
    count = pl.col("count") if "count" in tenures.columns else pl.lit(1)
    curve = kaplan_meier(
        tenures.select(
            seconds=pl.col("tenure_days") * DAY_SECONDS,
            entered_seconds=pl.col("entered_days") * DAY_SECONDS,
            finished=pl.col("has_left"),
            count=count,
        )
    )
    return curve.select(
        "at_risk",
        tenure_days=pl.col("seconds") / DAY_SECONDS,
        share=pl.col("still_waiting_share"),
    )


def discounted_days(
    curve: pl.DataFrame, tenure_days: Floats, horizon_days: float, discount_rate: float
) -> Floats:
    """How many of the days to come each customer will probably stay, later ones counting less.

    Args:
        curve: as `staying_curve` gives it. Beyond its end nobody is known to leave, so nobody does.
        tenure_days: how long each customer has been one.
        horizon_days: how far to look, above 0.
        discount_rate: a year, 0 or more.

    Returns:
        Days, 0 to `horizon_days`; 0 where nobody of that tenure is known to have stayed.
    """
    tenures, place = np.unique(tenure_days, return_inverse=True)
    days, shares = curve["tenure_days"].to_numpy(), np.append(1.0, curve["share"].to_numpy())

    def staying(after: Floats) -> Floats:
        return shares[np.searchsorted(days, tenures + after, side="right")]

    edges = np.append(np.arange(0.0, horizon_days, STEP_DAYS), horizon_days)
    now = staying(np.array(0.0))
    total = np.zeros_like(now)
    for start, end in pairwise(edges):
        middle = (start + end) / 2
        total += staying(np.array(middle)) * (end - start) / (1 + discount_rate) ** (middle / 365)
    return np.divide(total, now, out=np.zeros_like(now), where=now > 0)[place]
