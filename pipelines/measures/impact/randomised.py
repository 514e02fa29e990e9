"""Did it work? The effect of an initiative whose customers were drawn by lot.

Everybody is counted in the arm they were drawn for, whatever became of the act itself (intention to treat).
"""

import math
from functools import partial

import numpy as np
import polars as pl
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import binomtest

from pipelines.measures.impact.effect import Effect, least_squares
from pipelines.measures.proportions import critical_value, newcombe_difference


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
    rows = by_role(frame, {role: column for role, column in used.items() if column is not None})
    drawn = pl.col("treated") == 1
    (n1, x1), (n0, x0) = (
        rows.filter(arm).select(pl.col("count").sum(), x=(pl.col("outcome") * pl.col("count")).sum()).row(0)
        for arm in (drawn, ~drawn)
    )
    is_binary = bool(rows["outcome"].is_in([0.0, 1.0]).all())
    degrees, range_at = None, None
    if is_binary and before is cluster is strata is None:
        estimate = x1 / n1 - x0 / n0
        se = math.sqrt(x1 * (n1 - x1) / n1**3 + x0 * (n0 - x0) / n0**3)
        range_at = partial(newcombe_difference, x1, n1, x0, n0)
        method = "difference of shares, hybrid score range"
    else:
        estimate, se, degrees = least_squares(rows)
        method = "difference of means" if before is None else "adjusted for before, arm by arm"
        method += " within strata" if strata is not None else ""
        method += ", CR2 by cluster" if cluster is not None else ", HC2"
    return Effect(
        estimate,
        se,
        estimate,
        estimate,
        int(n1),
        int(n0),
        method,
        successes_treated=int(x1) if is_binary else None,
        successes_control=int(x0) if is_binary else None,
        clusters=None if cluster is None else rows["cluster"].n_unique(),
        degrees_of_freedom=degrees,
        range_at=range_at,
    ).at(level)


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


def by_role(frame: pl.DataFrame, used: dict[str, str]) -> pl.DataFrame:
    """The distinct rows of two arms under the names that `least_squares` knows.

    Args:
        frame: one row per unit, or per distinct row with its `count`.
        used: role (outcome, treated, before, cluster, stratum, or another number) -> column of the frame.

    Returns:
        One column per role and `count`; `before` is centred with its nulls at the mean.

    Raises:
        ValueError: as for `randomised`.
    """
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
