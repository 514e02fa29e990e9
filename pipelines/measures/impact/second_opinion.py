"""Somebody else's answer: another estimator, and how unlike the groups' ways could have been, through diff-diff."""

import math
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import polars as pl

from pipelines.measures.impact.averages import averages
from pipelines.measures.impact.cohorts import CohortSums, as_relation, quoted
from pipelines.measures.impact.contrasts import Control, comparable, contrasts, covariance
from pipelines.measures.impact.effect import Effect, Floats
from pipelines.measures.impact.staggered import staggered

MAGNITUDES = (0.5, 1.0)
_MOST_UNITS = 4000


@dataclass(frozen=True)
class SecondOpinion:
    """The effect by imputation (`estimate`, `se`) and by `staggered` (`ours`) on the same `n_units` drawn units."""

    estimate: float
    se: float
    ours: Effect
    n_units: int

    @property
    def agrees(self) -> bool:
        """Whether the two lie within one standard error of ours."""
        return abs(self.estimate - self.ours.estimate) <= self.ours.se


@dataclass(frozen=True)
class Honest:
    """What is left of an effect if the groups would have drifted apart after the start as they did before.

    `bounds`: magnitude, low, high: the range if the steps after the start, from one block of `periods_a_block`
    periods to the next, may be up to `magnitude` times the largest step before it. `breakdown`: the magnitude at which
    the range takes in 0: 0 if it does anyway, infinite above 10. `blocks_before`: how many blocks the largest step was
    found in, the one compared with included.
    """

    bounds: pl.DataFrame
    breakdown: float
    periods_a_block: int
    blocks_before: int


def second_opinion(
    rows: pl.DataFrame | duckdb.DuckDBPyRelation,
    unit: str,
    period: str,
    outcome: str,
    start: str,
    control: Control = "not_yet_treated",
    baseline_periods: int = 1,
    cluster: str | None = None,
    strata: str | None = None,
    *,
    most_units: int = _MOST_UNITS,
    seed: int = 0,
) -> SecondOpinion:
    """The effect by imputation: what untreated rows predict for the treated ones, from unit and period averages.

    Args:
        rows: as for `staggered`, and so are all columns and options that it shares.
        most_units: about so many units are drawn where there are more; whole clusters, where there are.
        seed: of that draw.

    Returns:
        Both answers. Within strata every stratum has its own period averages, and those without anybody untreated
        do not count.

    Raises:
        ValueError: as for `staggered`.

    Source: Borusyak, Jaravel and Spiess (2024), Review of Economic Studies 91, 3253-3285.
    """
    drawn = _drawn(as_relation(rows), unit, cluster, most_units, seed)
    ours = staggered(drawn, unit, period, outcome, start, control, baseline_periods, cluster, strata).simple
    roles = {"unit": unit, "period": period, "outcome": outcome, "start": start}
    roles |= {
        role: column for role, column in (("cluster", cluster), ("stratum", strata)) if column is not None
    }
    panel = _panel(drawn.select(pl.col(column).alias(role) for role, column in roles.items()))
    parts = panel.partition_by("stratum") if strata is not None else [panel]
    answers = np.array(
        [answer for part in parts if (answer := _imputed(part, cluster is not None)) is not None]
    )
    shares = answers[:, 2] / answers[:, 2].sum()
    return SecondOpinion(
        estimate=float(shares @ answers[:, 0]),
        se=float(np.sqrt(shares**2 @ answers[:, 1] ** 2)),
        ours=ours,
        n_units=panel["unit"].n_unique(),
    )


def honest_bounds(
    sums: CohortSums,
    control: Control = "not_yet_treated",
    baseline_periods: int = 1,
    *,
    magnitudes: tuple[float, ...] = MAGNITUDES,
    level: float = 0.95,
) -> Honest | None:
    """How far the effect depends on the groups moving alike, had nothing been done.

    Args:
        sums: as for `staggered_from_sums`, and so are control, baseline_periods and level. Periods are put together
            in blocks of as many as the baseline has, since single periods differ by chance alone.
        magnitudes: of steps after the start, in largest steps before it.

    Returns:
        Ranges of the effect averaged over the periods since the start by units treated; None where there is no block
        before the baseline. They take the largest step seen before the start at face value.

    Source: Rambachan and Roth (2023), Review of Economic Studies 90, 2555-2591 (relative magnitudes).
    """
    from diff_diff import HonestDiD  # noqa: PLC0415  (two seconds that no other measure needs)

    contrast, found = comparable(sums, contrasts(sums, control, baseline_periods))
    average = averages(contrast)
    is_event = (average.labels["kind"] == "event").to_numpy()
    effect = (average.weights(found.n_treated) @ found.value)[is_event]
    errors = covariance(sums, average.influence(found)[:, :, is_event])
    block = np.floor_divide(average.events, baseline_periods)
    blocks = np.array([label for label in np.unique(block) if label != -1])
    if not (blocks < 0).any():
        return None
    treated = average.in_event @ found.n_treated
    weights = (block == blocks[:, None]) * treated
    together = weights / weights.sum(axis=1, keepdims=True)
    after = weights.sum(axis=1)[blocks >= 0]
    results = _event_study(blocks, together @ effect, together @ errors @ together.T)
    if sums.clusters is not None:
        results.df_inference = sums.clusters.n - 1
    honest = HonestDiD(alpha=1 - level, l_vec=after / after.sum())
    bounds = [honest.fit(results, M=magnitude) for magnitude in magnitudes]
    breakdown = honest.breakdown_value(results)
    return Honest(
        bounds=pl.DataFrame(
            {
                "magnitude": magnitudes,
                "low": [bound.ci_lb for bound in bounds],
                "high": [bound.ci_ub for bound in bounds],
            }
        ),
        breakdown=math.inf if breakdown is None else float(breakdown),
        periods_a_block=baseline_periods,
        blocks_before=int((blocks < 0).sum()) + 1,
    )


def _drawn(
    source: duckdb.DuckDBPyRelation, unit: str, cluster: str | None, most_units: int, seed: int
) -> pl.DataFrame:
    """The rows of some units, the same for the same seed."""
    ((units,),) = source.aggregate(f"count(distinct {quoted(unit)})").fetchall()
    parts = math.ceil(units / most_units)
    if parts == 1:
        return source.pl()
    return source.filter(f"hash({quoted(cluster or unit)}, {int(seed)}) % {parts} = 0").pl()


def _panel(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with numbered units and periods, first treated period 0 where never; units that can be judged."""
    periods = rows["period"].unique().sort()
    before = pl.col("start").is_null() | (pl.col("start") > periods[0])
    complete = pl.col("outcome").count().over("unit") == len(periods)
    rows = rows.filter(before & complete)
    first = pl.when(pl.col("start") <= periods[-1]).then(periods.search_sorted(rows["start"]) + 1)
    return rows.with_columns(
        pl.col("unit").rank("dense").cast(pl.Int64),
        pl.Series("period", periods.search_sorted(rows["period"]) + 1).cast(pl.Int64),
        first.fill_null(0).cast(pl.Int64).alias("start"),
        pl.col("outcome").cast(pl.Float64),
    )


def _imputed(rows: pl.DataFrame, has_clusters: bool) -> tuple[float, float, float] | None:
    """Effect, standard error and treated rows of one stratum; None where nobody is left to learn from."""
    from diff_diff import ImputationDiD  # noqa: PLC0415  (two seconds that no other measure needs)

    last_untreated = rows.select(
        pl.when(pl.col("start") == 0)
        .then(pl.col("period").max().over("unit"))
        .otherwise(pl.col("start") - 1)
        .max()
    ).item()
    judged = rows.filter(pl.col("period") <= last_untreated).with_columns(
        pl.when(pl.col("start") <= last_untreated).then("start").otherwise(0)
    )
    treated = judged.filter((pl.col("start") > 0) & (pl.col("period") >= pl.col("start"))).height
    if not treated:
        return None
    columns = ["outcome", "unit", "period", "start"]
    found = ImputationDiD(cluster="cluster" if has_clusters else None).fit(judged.to_pandas(), *columns)
    return found.overall_att, found.overall_se, treated


def _event_study(labels: Floats, effects: Floats, errors: Floats) -> Any:
    """What diff-diff takes for the results of an event study whose block -1 is the one compared with."""
    from diff_diff.results import MultiPeriodDiDResults, PeriodEffect  # noqa: PLC0415

    names = [int(label) for label in labels]
    se = np.sqrt(np.diag(errors))
    nothing = (math.nan, math.nan)
    return MultiPeriodDiDResults(
        period_effects={
            name: PeriodEffect(name, float(effect), float(error), math.nan, math.nan, nothing)
            for name, effect, error in zip(names, effects, se, strict=True)
        },
        avg_att=math.nan,
        avg_se=math.nan,
        avg_t_stat=math.nan,
        avg_p_value=math.nan,
        avg_conf_int=nothing,
        n_obs=0,
        n_treated=0,
        n_control=0,
        pre_periods=[name for name in names if name < 0],
        post_periods=[name for name in names if name >= 0],
        vcov=errors,
        reference_period=-1,
        interaction_indices={name: number for number, name in enumerate(names)},
    )
