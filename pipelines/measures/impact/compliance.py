"""What the act did for those who got it because they were drawn, when not everybody drawn got it."""

import math
from functools import partial

import polars as pl
from scipy.special import stdtrit

from pipelines.measures.impact.effect import Effect, least_squares
from pipelines.measures.impact.randomised import by_role
from pipelines.measures.proportions import Interval


def complier_effect(
    frame: pl.DataFrame,
    outcome: str,
    treated: str,
    received: str,
    before: str | None = None,
    *,
    cluster: str | None = None,
    strata: str | None = None,
    level: float = 0.95,
) -> Effect:
    """The effect by the lot divided by how much more often those drawn got the act (CACE; second to `randomised`).

    Holds if being drawn does nothing but through the act, and nobody got it *because* they were not drawn.

    Args:
        frame: as for `randomised`.
        outcome: as for `randomised`.
        treated: column, true (or 1) where drawn.
        received: column, true (or 1) where the act arrived, in either arm.
        before: as for `randomised`.
        cluster: as for `randomised`.
        strata: as for `randomised`.
        level: coverage of the range, strictly between 0 and 1.

    Returns:
        The Wald ratio on the outcome's unit, with the delta-method error. The range is Anderson and Rubin's: every
        effect β for which outcome - β·received does not differ between the arms. It keeps its level however few
        got the act, and is unbounded where being drawn made no clear difference to getting it.

    Raises:
        ValueError: as for `randomised`; `received` is not yes-or-no; or those drawn got it no more often.

    Source: Angrist, Imbens and Rubin (1996), JASA 91, 444-455; Anderson and Rubin (1949), Annals of Mathematical
        Statistics 20, 46-63.
    """
    columns = {"outcome": outcome, "treated": treated, "received": received}
    columns |= {"before": before} if before is not None else {}
    columns |= {"cluster": cluster} if cluster is not None else {}
    columns |= {"stratum": strata} if strata is not None else {}
    rows = by_role(frame, columns)
    if not rows["received"].is_in([0.0, 1.0]).all():
        raise ValueError(f"expected {received} to be yes-or-no (0 or 1)")
    rise, rise_error, degrees = least_squares(rows)
    uptake, uptake_error, _ = least_squares(rows.with_columns(outcome=pl.col("received")))
    if uptake <= 0:
        raise ValueError(
            f"those drawn received it no more often than those not drawn (difference {uptake:.3f}):"
            " there is nothing to divide the effect by; look at `randomised` alone"
        )
    _, error_apart, _ = least_squares(rows.with_columns(outcome=pl.col("outcome") - pl.col("received")))
    shared = (rise_error**2 + uptake_error**2 - error_apart**2) / 2
    estimate = rise / uptake
    se = math.sqrt(max(rise_error**2 - 2 * estimate * shared + (estimate * uptake_error) ** 2, 0.0)) / uptake
    count = dict(rows.group_by("treated").agg(pl.col("count").sum()).iter_rows())
    return Effect(
        estimate,
        se,
        estimate,
        estimate,
        int(count[1.0]),
        int(count[0.0]),
        "Wald ratio, Anderson-Rubin range",
        clusters=rows["cluster"].n_unique() if cluster is not None else None,
        degrees_of_freedom=degrees,
        range_at=partial(_anderson_rubin, rise, uptake, rise_error**2, shared, uptake_error**2, degrees),
    ).at(level)


def _anderson_rubin(
    rise: float,
    uptake: float,
    rise_variance: float,
    shared: float,
    uptake_variance: float,
    degrees: float,
    level: float,
) -> Interval:
    """Every β with (rise - β·uptake)² <= t²·Var(rise - β·uptake), a quadratic in β."""
    t_squared = float(stdtrit(degrees, (1 + level) / 2)) ** 2
    squared = uptake**2 - t_squared * uptake_variance
    if squared <= 0:
        return -math.inf, math.inf
    half_linear = rise * uptake - t_squared * shared
    root = math.sqrt(max(half_linear**2 - squared * (rise**2 - t_squared * rise_variance), 0.0))
    return (half_linear - root) / squared, (half_linear + root) / squared
