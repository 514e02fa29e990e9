"""How far silence can fool us, when those drawn answer more (or less) often than those not drawn."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.optimize import brentq
from scipy.special import ndtr

from pipelines.measures.impact.effect import Effect, Floats
from pipelines.measures.impact.randomised import randomised


@dataclass(frozen=True)
class Bounds:
    """The least and the largest effect that the silent allow, each with its error, and the range of the effect."""

    lower: float
    upper: float
    se_lower: float
    se_upper: float
    low: float
    high: float
    response: Effect
    level: float = 0.95

    @property
    def is_response_different(self) -> bool:
        """Whether the arms surely differ in how often they answered, so that the bounds must be shown."""
        return not self.response.low <= 0 <= self.response.high


def lee_bounds(
    frame: pl.DataFrame, outcome: str, treated: str, answered: str, *, level: float = 0.95
) -> Bounds:
    """The effect on those who answer in either arm, between the bounds that non-response leaves.

    Holds if being drawn moves everybody's readiness to answer in one direction (or not at all). The arm that
    answers more is trimmed, from the bottom and from the top, until both arms answer alike.

    Args:
        frame: one row per unit drawn or not drawn, or per distinct row with its `count`.
        outcome: column of the outcome, a number; used only where answered.
        treated: column, true (or 1) where drawn.
        answered: column, true (or 1) where the outcome is known.
        level: coverage of the range, strictly between 0 and 1.

    Returns:
        `lower` and `upper` in the outcome's unit; `low` to `high` is Imbens and Manski's range of the effect
        itself; `response` is the effect on answering, with its p-value (the response-rate test).

    Raises:
        ValueError: as for `randomised`; an arm has fewer than two answers, or an answer is null.

    Source: Lee (2009), Review of Economic Studies 76, 1071-1102; Imbens and Manski (2004), Econometrica 72,
        1845-1857. A trimmed mean is an expected shortfall, so ties are split exactly.
    """
    response = randomised(frame, answered, treated, level=level)
    count = pl.col("count") if "count" in frame.columns else pl.lit(1)
    rows = frame.select(
        outcome=pl.col(outcome).cast(pl.Float64),
        treated=pl.col(treated).cast(pl.Float64),
        answered=pl.col(answered).cast(pl.Float64),
        count=count.cast(pl.Float64),
    )
    answers = rows.filter(pl.col("answered") == 1)
    if answers["outcome"].null_count():
        raise ValueError(f"expected {outcome} to be known where {answered} is true, found nulls")
    arms = []
    for arm in (1.0, 0.0):
        own = answers.filter(pl.col("treated") == arm)
        if own["count"].sum() < 2:
            raise ValueError("each arm needs at least two answers")
        total = float(rows.filter(pl.col("treated") == arm)["count"].sum())
        arms.append((own["outcome"].to_numpy(), own["count"].to_numpy() / total, total))
    more, less = arms if response.estimate >= 0 else arms[::-1]
    best, se_best = _trimmed_difference(*more, *less)
    worst, se_worst = _trimmed_difference(-more[0], *more[1:], -less[0], *less[1:])
    is_treated_trimmed = response.estimate >= 0
    ends = (-worst, best, se_worst, se_best) if is_treated_trimmed else (-best, worst, se_best, se_worst)
    return Bounds(*ends, *_imbens_manski(*ends, level), response, level)


def _trimmed_difference(
    more: Floats, more_share: Floats, more_n: float, less: Floats, less_share: Floats, less_n: float
) -> tuple[float, float]:
    """The highest that `more` can beat `less`, and its error; shares are of the whole arm, answered or not."""
    answering = less_share.sum()
    order = np.argsort(-more, kind="stable")
    above = np.cumsum(more_share[order])
    edge = more[order][min(int(np.searchsorted(above, answering * (1 - 1e-12))), len(order) - 1)]
    excess = np.clip(more - edge, 0.0, None)
    mean_excess = more_share @ excess
    trimmed = edge + mean_excess / answering
    mean_less = less_share @ less / answering
    own = (more_share @ excess**2 - mean_excess**2) / more_n
    moves = (trimmed - edge) + (less - mean_less)
    other = (less_share @ moves**2 - (less_share @ moves) ** 2) / less_n
    return float(trimmed - mean_less), float(np.sqrt(own + other) / answering)


def _imbens_manski(
    lower: float, upper: float, se_lower: float, se_upper: float, level: float
) -> tuple[float, float]:
    """The range that holds the effect, wherever between the bounds it lies, so often."""
    widest = max(se_lower, se_upper)
    if widest == 0:
        return lower, upper
    width = (upper - lower) / widest
    reach = brentq(lambda c: float(ndtr(c + width) - ndtr(-c)) - level, 0.0, 10.0)
    return lower - reach * se_lower, upper + reach * se_upper
