"""Did it work? The effect of an initiative whose customers were drawn by lot.

Everybody is counted in the arm they were drawn for, whatever became of the act itself (intention to treat).
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy.optimize import brentq
from scipy.special import ndtr, stdtrit
from scipy.stats import binomtest

from pipelines.measures.proportions import critical_value, newcombe_difference

_SATURATED = 1e-9

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True)
class Effect:
    """An effect with its range, in the outcome's unit; what does not apply to the method is None."""

    estimate: float
    se: float
    low: float
    high: float
    n_treated: int
    n_control: int
    method: str
    level: float = 0.95
    successes_treated: int | None = None
    successes_control: int | None = None
    clusters: int | None = None
    degrees_of_freedom: float | None = None


def randomised(
    frame: pl.DataFrame,
    outcome: str,
    treated: str,
    before: str | None = None,
    *,
    cluster: str | None = None,
    strata: str | None = None,
    level: float = 0.95,
) -> Effect:
    """The mean outcome of those drawn, less that of those not drawn.

    Args:
        frame: one row per unit drawn or not drawn, or per distinct row with its `count`.
        outcome: column of the outcome, a number or yes-or-no, known for every row.
        treated: column, true (or 1) where drawn.
        before: column of the same or another outcome before the draw; makes the range narrower. Where it is
            null (a new customer) the mean is put in.
        cluster: column of the unit that was drawn (team, store) or that holds repeated rows.
        strata: column of the groups within which the lot was drawn.
        level: coverage of the range, strictly between 0 and 1.

    Returns:
        An `Effect` on the units of the frame. A yes-or-no outcome without further columns has Newcombe's
        hybrid score range. Everything else is least squares with the range from Student's t: `before` enters
        centred and interacted with the arm; `strata` as fixed effects, so that the effect is the mean of the
        differences within strata, each weighted by n·p·(1-p), 0 where a stratum holds one arm only; the
        errors are HC2, or CR2 by cluster, with Bell and McCaffrey's degrees of freedom.

    Raises:
        ValueError: a column is missing or holds nulls, `treated` is not yes-or-no, an arm has fewer than two
            units (or clusters), or no stratum holds both arms.

    Source: Newcombe (1998), Statistics in Medicine 17, 873-890; Lin (2013), Annals of Applied Statistics 7,
        295-318; Bell and McCaffrey (2002), Survey Methodology 28, 169-181; Imbens and Rubin (2015), Causal
        Inference, chapters 7 and 9; Gerber and Green (2012), Field Experiments, chapters 3 and 4.
    """
    used = {"outcome": outcome, "treated": treated, "before": before, "cluster": cluster, "stratum": strata}
    rows = _checked(frame, {role: column for role, column in used.items() if column is not None})
    drawn = pl.col("treated") == 1
    (n1, x1), (n0, x0) = (
        rows.filter(arm).select(pl.col("count").sum(), x=(pl.col("outcome") * pl.col("count")).sum()).row(0)
        for arm in (drawn, ~drawn)
    )
    is_binary = bool(rows["outcome"].is_in([0.0, 1.0]).all())
    degrees = None
    if is_binary and before is cluster is strata is None:
        estimate = x1 / n1 - x0 / n0
        se = math.sqrt(x1 * (n1 - x1) / n1**3 + x0 * (n0 - x0) / n0**3)
        low, high = newcombe_difference(x1, n1, x0, n0, level)
        method = "difference of shares, hybrid score range"
    else:
        estimate, se, degrees = _least_squares(rows)
        half_width = float(stdtrit(degrees, (1 + level) / 2)) * se
        low, high = estimate - half_width, estimate + half_width
        method = "difference of means" if before is None else "adjusted for before, arm by arm"
        method += " within strata" if strata is not None else ""
        method += ", CR2 by cluster" if cluster is not None else ", HC2"
    effect = Effect(estimate, se, low, high, int(n1), int(n0), method, level, degrees_of_freedom=degrees)
    if is_binary:
        effect = replace(effect, successes_treated=int(x1), successes_control=int(x0))
    return effect if cluster is None else replace(effect, clusters=rows["cluster"].n_unique())


def verdict(effect: float, low: float, high: float, smallest_effect: float, level: float = 0.95) -> str:
    """What may be said about an effect that is meant to be positive.

    Args:
        effect: the estimate.
        low: lower end of its range.
        high: upper end of its range.
        smallest_effect: the smallest effect worth having, same unit, 0 or more.
        level: coverage of the range given, strictly between 0 and 1.

    Returns:
        The first that holds: `harmful`: the range is below 0. `no relevant effect`: the 90 % range, which is
        the range given with both arms shortened in the ratio of the normal quantiles, lies within
        ±`smallest_effect` (two one-sided tests at 5 %); also where the effect is surely above 0 but too small
        to be worth having. `works`: the range is above 0. `inconclusive`: everything else.

    Raises:
        ValueError: `low <= effect <= high` does not hold, or `smallest_effect` is negative.

    Source: Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680.
    """
    if not low <= effect <= high or not smallest_effect >= 0:
        raise ValueError(
            "expected low <= effect <= high and a smallest effect of 0 or more, found"
            f" effect={effect}, low={low}, high={high}, smallest_effect={smallest_effect}"
        )
    shortened = critical_value(0.90) / critical_value(level)
    if high < 0:
        return "harmful"
    if (
        effect - shortened * (effect - low) > -smallest_effect
        and effect + shortened * (high - effect) < smallest_effect
    ):
        return "no relevant effect"
    return "works" if low > 0 else "inconclusive"


def fair_draw(n_treated: int, n_control: int, probability: float) -> float:
    """How likely a draw at least as lopsided is, if the lot was fair (sample-ratio check).

    Args:
        n_treated: units drawn.
        n_control: units not drawn; at least one unit in all.
        probability: of being drawn, strictly between 0 and 1.

    Returns:
        The two-sided exact binomial p-value, 0 to 1. Below 0.001 the draw is not to be trusted.

    Raises:
        ValueError: a count is negative, nobody took part, or the probability is out of bounds.

    Source: Fabijan et al. (2019), Diagnosing sample ratio mismatch in online controlled experiments, KDD.
    """
    if min(n_treated, n_control) < 0 or n_treated + n_control == 0 or not 0 < probability < 1:
        raise ValueError(
            "expected counts of 0 or more, at least one unit and a probability strictly between 0 and 1,"
            f" found {n_treated}, {n_control}, {probability}"
        )
    return float(binomtest(n_treated, n_treated + n_control, probability).pvalue)


def smallest_detectable_effect(
    n_treated: int, n_control: int, base_share: float, power: float = 0.8, level: float = 0.95
) -> float:
    """The smallest rise of a share that such a draw would most likely show.

    Args:
        n_treated: units drawn, above 0.
        n_control: units not drawn, above 0.
        base_share: share of successes without the initiative, 0 to 1.
        power: what "most likely" means, strictly between 0 and 1.
        level: coverage of the range that has to exclude 0, strictly between 0 and 1.

    Returns:
        The rise as a share (0.03 = 3 in 100); infinite if not even a rise to 1 would most likely show.

    Raises:
        ValueError: an argument is outside its bounds.

    Source: Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, chapter 4.
    """
    if min(n_treated, n_control) <= 0 or not 0 <= base_share <= 1 or not 0 < power < 1:
        raise ValueError(
            "expected counts above 0, a base share from 0 to 1 and a power strictly between 0 and 1; found"
            f" {n_treated}, {n_control}, {base_share}, {power}"
        )
    quantile = critical_value(level)

    def lacking_power(rise: float) -> float:
        share = base_share + rise
        pooled = (n_treated * share + n_control * base_share) / (n_treated + n_control)
        error_without = math.sqrt(pooled * (1 - pooled) * (1 / n_treated + 1 / n_control))
        error_with = math.sqrt(share * (1 - share) / n_treated + base_share * (1 - base_share) / n_control)
        margin = rise - quantile * error_without
        return power - (float(ndtr(margin / error_with)) if error_with else float(margin > 0))

    if lacking_power(1 - base_share) > 0:
        return math.inf
    return float(brentq(lacking_power, 0.0, 1 - base_share, xtol=1e-8))


def _checked(frame: pl.DataFrame, used: dict[str, str]) -> pl.DataFrame:
    """The distinct rows, by role: outcome, treated (0 or 1), before (centred), cluster, stratum; count."""
    missing = [column for column in used.values() if column not in frame.columns]
    if missing:
        raise ValueError(f"the frame has no column {missing}; it has {frame.columns}")
    holes = [column for role, column in used.items() if role != "before" and frame[column].null_count()]
    if holes:
        raise ValueError(f"everybody drawn must be counted, found nulls in {holes}")
    kinds = {"cluster": pl.String, "stratum": pl.String}
    count = pl.col("count") if "count" in frame.columns else pl.lit(1)
    rows = frame.select(
        *(pl.col(column).cast(kinds.get(role, pl.Float64)).alias(role) for role, column in used.items()),
        count.cast(pl.Float64).alias("count"),
    ).filter(pl.col("count") > 0)
    if not rows["treated"].is_in([0.0, 1.0]).all():
        raise ValueError(f"expected {used['treated']} to be yes-or-no (0 or 1)")
    for arm, name in ((1.0, "treated"), (0.0, "control")):
        units = rows.filter(pl.col("treated") == arm)
        if (units["cluster"].n_unique() if "cluster" in used else units["count"].sum()) < 2:
            unit = "clusters" if "cluster" in used else "units"
            raise ValueError(f"the {name} arm needs at least two {unit}")
    if "stratum" in used and rows.group_by("stratum").agg(pl.col("treated").n_unique())["treated"].max() == 1:
        raise ValueError(f"no stratum in {used['stratum']} holds both arms: nothing to compare")
    if "before" in used:
        known = rows.drop_nulls("before")
        mean = np.average(known["before"], weights=known["count"]) if len(known) else 0.0
        rows = rows.with_columns((pl.col("before") - mean).fill_null(0.0))
    return rows.group_by(list(used)).agg(pl.col("count").sum()).sort(list(used))


def _least_squares(rows: pl.DataFrame) -> tuple[float, float, float]:
    """The coefficient of `treated`, its standard error and degrees of freedom."""
    treated, outcome, count = (rows[name].to_numpy() for name in ("treated", "outcome", "count"))
    columns = [treated[:, None], np.ones_like(treated)[:, None]]
    if "stratum" in rows.columns:
        columns[1] = rows["stratum"].to_dummies().to_numpy().astype(float)
    if "before" in rows.columns:
        columns.append(rows["before"].to_numpy()[:, None] * np.column_stack([np.ones_like(treated), treated]))
    design = np.hstack(columns)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError(
            "nothing tells the arms apart: is `before` the same for everybody, or a copy of `treated`?"
        )
    inverse = np.linalg.inv(design.T @ (design * count[:, None]))
    coefficients = inverse @ design.T @ (count * outcome)
    residuals = outcome - design @ coefficients
    if "cluster" in rows.columns:
        errors, squares, moments = _clusters(design, residuals, count, inverse, rows["cluster"].to_numpy())
        count = np.ones_like(errors)
    else:
        errors, squares, moments = _units(design, residuals, inverse)
    spread = np.einsum("gi,ij,gj->g", moments, inverse, moments)
    together = inverse @ moments.T @ (moments * count[:, None])
    trace = count @ (squares - spread)
    trace_of_square = count @ (squares**2 - 2 * squares * spread) + np.trace(together @ together)
    return float(coefficients[0]), math.sqrt(count @ errors**2), float(trace**2 / trace_of_square)


_Parts = tuple[Floats, Floats, Floats]
"""Per unit, p being its adjusted weights in the first coefficient: p'e, p'p and X'p."""


def _units(design: Floats, residuals: Floats, inverse: Floats) -> _Parts:
    """HC2: a residual is divided by the root of one less its leverage."""
    room = 1 - np.einsum("ni,ij,nj->n", design, inverse, design)
    weights = design @ inverse[:, 0] * _inverse_root(room)
    return weights * residuals, weights**2, design * weights[:, None]


def _clusters(design: Floats, residuals: Floats, count: Floats, inverse: Floats, names: Floats) -> _Parts:
    """CR2 from each cluster's cross-products: (I - H)^(-1/2) acts only in the span of its columns."""
    root = np.linalg.cholesky(inverse)
    parts = []
    _, codes = np.unique(names, return_inverse=True)
    order = np.argsort(codes, kind="stable")
    for own in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1):
        rows, own_count = design[own], count[own]
        cross = rows.T @ (rows * own_count[:, None])
        leverage, vectors = np.linalg.eigh(root.T @ cross @ root)
        turned = root @ vectors
        stretch = (_inverse_root(1 - leverage) - 1) / leverage.clip(_SATURATED)
        weights = inverse[:, 0] + (turned * stretch) @ turned.T @ cross @ inverse[:, 0]
        parts.append(
            (weights @ (rows.T @ (own_count * residuals[own])), weights @ cross @ weights, cross @ weights)
        )
    errors, squares, moments = zip(*parts, strict=True)
    return np.array(errors), np.array(squares), np.array(moments)


def _inverse_root(room: Floats) -> Floats:
    """1 / sqrt(room), and 0 where a unit alone decides a coefficient and leaves no room."""
    return np.where(room > _SATURATED, 1 / np.sqrt(room.clip(_SATURATED)), 0.0)
