"""The effect where an event of the customer set it off: incidents compared with incidents of the same kind."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.measures.impact.effect import Effect, Floats, HasEffect
from pipelines.measures.impact.judgement import NotIdentifiable
from pipelines.measures.impact.ladder import LEAST_MATCHED


@dataclass(frozen=True)
class Matched(HasEffect):
    """The effect on the incidents treated that could be matched.

    `share_matched`, 0 to 1, is their share of all treated; `effective_n` how many untreated, weighed equally, would
    tell as much as those used do. `balance`: one row per covariate with its standardised mean difference before
    matching (`smd_before`) and after (`smd_after`); above 0.1 either way the groups differ.
    """

    share_matched: float
    effective_n: float
    balance: pl.DataFrame


def incident_matched(
    frame: pl.DataFrame,
    outcome: str,
    treated: str,
    strata: str | Sequence[str],
    cluster: str | None = None,
    *,
    covariates: Sequence[str] = (),
    level: float = 0.95,
) -> Matched:
    """The mean outcome after treated incidents less that after untreated ones of the very same kind.

    Whoever is chosen because something went wrong mostly feels better later, treated or not. So the baseline is
    never the customer's own bad month but another customer's bad month.

    Whoever gets the act late must first have waited for it, and what happened meanwhile is not its doing. So both
    groups are told apart on a landmark, some fixed days after the incident, and compared by what comes after it only.
    An act after the landmark counts as none: the effect is that of an act by then, against none yet.

    Args:
        frame: one row per incident.
        outcome: column of the outcome in some fixed time after the landmark, a number or yes-or-no.
        treated: column, true (or 1) where the act followed the incident by the landmark.
        strata: column or columns that must agree exactly, all known at the incident: trigger, severity, month,
            value band.
        cluster: column of the customer (or the team that chose); customers may have several incidents.
        covariates: columns of numbers known before the incident, for the balance table.
        level: coverage of the range, strictly between 0 and 1.

    Returns:
        The effect on the treated: the difference within each stratum, weighted by its treated incidents. Strata
        count where at least one incident was treated and two were not. Errors by cluster; Student's t with the
        effective number of clusters.

    Raises:
        NotIdentifiable: fewer than half of the treated have two untreated incidents of their kind; so it is where
            everyone above a threshold got it.
        ValueError: a column is missing or holds nulls, or `treated` is not yes-or-no.

    Source: Imbens and Rubin (2015), Causal Inference, chapters 17 to 19 (subclassification, effect on the treated);
        Lunceford and Davidian (2004), Statistics in Medicine 23, 2937-2960; Austin (2009), Statistics in Medicine
        28, 3083-3107 (balance); Anderson, Cain and Gelber (1983), Journal of Clinical Oncology 1, 710-719 (landmark).
    """
    kinds = [strata] if isinstance(strata, str) else list(strata)
    needed = [outcome, treated, *kinds, *covariates, *([cluster] if cluster is not None else [])]
    if missing := [column for column in needed if column not in frame.columns]:
        raise ValueError(f"the frame has no column {missing}; it has {frame.columns}")
    if holes := [column for column in needed if column not in covariates and frame[column].null_count()]:
        raise ValueError(f"every incident must be known, found nulls in {holes}")
    if not frame[treated].cast(pl.Float64).is_in([0.0, 1.0]).all():
        raise ValueError(f"expected {treated} to be yes-or-no (0 or 1)")
    rows = (
        frame.select(
            outcome=pl.col(outcome).cast(pl.Float64),
            treated=pl.col(treated).cast(pl.Float64),
            cluster=pl.col(cluster) if cluster is not None else pl.int_range(pl.len()),
            stratum=pl.struct(*kinds),
            **{f"covariate {name}": pl.col(name).cast(pl.Float64) for name in covariates},
        )
        .with_columns(
            n1=pl.col("treated").sum().over("stratum"),
            n0=(1 - pl.col("treated")).sum().over("stratum"),
            others=pl.col("outcome").filter(pl.col("treated") == 0).mean().over("stratum"),
        )
        .with_columns(weight=pl.when(pl.col("treated") == 1).then(1.0).otherwise(pl.col("n1") / pl.col("n0")))
    )
    matched = rows.filter(pl.col("n1") >= 1, pl.col("n0") >= 2)
    n_treated, n_matched = float(rows["treated"].sum()), float(matched["treated"].sum())
    share = n_matched / n_treated if n_treated else 0.0
    if n_matched == 0 or share < LEAST_MATCHED:
        raise NotIdentifiable(
            f"for {n_matched:.0f} of {n_treated:.0f} treated incidents two untreated ones agree in {kinds}; at least"
            f" {LEAST_MATCHED:.0%} are needed. Where everyone above a threshold gets it, nobody can be compared."
            " Next time let a share of them, drawn by lot, wait"
        )
    return Matched(
        _effect_on_the_treated(matched, cluster is not None, level),
        share,
        _effective(matched.filter(pl.col("treated") == 0)["weight"].to_numpy()),
        _balance(rows, matched, covariates),
    )


def _effect_on_the_treated(matched: pl.DataFrame, is_clustered: bool, level: float) -> Effect:
    """Each incident's pull on the estimate, corrected for the mean of its stratum being estimated from it."""
    is_treated = pl.col("treated") == 1
    gap, n0 = pl.col("outcome") - pl.col("others"), pl.col("n0")
    n = matched["treated"].sum()
    estimate = float(matched.filter(is_treated).select(gap.mean()).item())
    pull = (
        pl.when(is_treated)
        .then((gap - estimate) * (n0 / (n0 + 1)).sqrt())
        .otherwise(-gap * pl.col("weight") * (n0 / (n0 - 1)).sqrt())
    )
    clusters = matched.group_by("cluster").agg(pull=pull.sum() / n, share=pl.col("weight").pow(2).sum())
    return Effect(
        estimate,
        float(np.linalg.norm(clusters["pull"].to_numpy())),
        estimate,
        estimate,
        int(n),
        int(matched.height - n),
        "incidents matched exactly, effect on the treated",
        clusters=clusters.height if is_clustered else None,
        degrees_of_freedom=max(_effective(clusters["share"].to_numpy()) - 1, 1.0),
    ).at(level)


def _effective(weights: Floats) -> float:
    """How many units of equal weight would tell as much."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def _balance(rows: pl.DataFrame, matched: pl.DataFrame, covariates: Sequence[str]) -> pl.DataFrame:
    """Mean differences in standard deviations of all treated and untreated incidents; nulls are left out."""
    found = []
    for name in covariates:
        (all_treated, _), (all_others, _) = (_known(rows, name, arm) for arm in (1, 0))
        (treated, _), (others, weights) = (_known(matched, name, arm) for arm in (1, 0))
        spread = math.sqrt((all_treated.var(ddof=1) + all_others.var(ddof=1)) / 2)
        gaps = (all_treated.mean() - all_others.mean(), treated.mean() - np.average(others, weights=weights))
        found.append((name, *(float(gap / spread) if spread > 0 else 0.0 for gap in gaps)))
    schema = {"covariate": pl.String, "smd_before": pl.Float64, "smd_after": pl.Float64}
    return pl.DataFrame(found, schema=schema, orient="row")


def _known(rows: pl.DataFrame, name: str, arm: int) -> tuple[Floats, Floats]:
    """A covariate of one arm where it is known, and the weights there."""
    own = rows.filter(pl.col("treated") == arm, pl.col(f"covariate {name}").is_not_null())
    return own[f"covariate {name}"].to_numpy(), own["weight"].to_numpy()
