"""A launch for everybody on one date: against one mix of outside figures. It can suggest, never show."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.measures.impact.effect import Effect, Floats, HasEffect
from pipelines.measures.impact.judgement import NotIdentifiable, Verdict, suggested, verdict
from pipelines.measures.impact.ladder import DONORS, PRE_PERIODS_COMPANY
from pipelines.measures.impact.synthetic import Synthetic, pre_fit, simplex_weights, synthetic_did
from pipelines.measures.proportions import critical_value

WORST_FIT = 0.7
"""Above this share of the outcome's own spread the mix explains less than half of what happened before."""

_DRAWS, _WARM_UP, _SEED = 4000, 1000, 1


@dataclass(frozen=True)
class OrgWide(HasEffect):
    """What the launch did per period, by a structural time series, and the second opinion by another method.

    `weights`: donor, weight; `path`: the period, outcome, mix (at the outcome's level before); `in_time`: what the
    same method "finds" for a launch that never was, in the last third of the time before.
    """

    second_opinion: Synthetic
    in_time: Effect
    weights: pl.DataFrame
    path: pl.DataFrame
    pre_fit: float

    @property
    def agrees(self) -> bool:
        """Whether both methods have the same sign."""
        return self.effect.estimate * self.second_opinion.estimate > 0

    @property
    def is_fooled(self) -> bool:
        """Whether the method finds an effect of a launch that never was."""
        return not self.in_time.low <= 0 <= self.in_time.high

    def verdict(self, smallest_effect: float) -> Verdict:
        """`suggestive` at most; `inconclusive` where the methods disagree or a launch that never was "worked"."""
        said = verdict(self.estimate, self.low, self.high, smallest_effect, self.effect.level)
        return suggested(said) if self.agrees and not self.is_fooled else "inconclusive"


def org_wide(
    frame: pl.DataFrame,
    period: str,
    outcome: str,
    donors: Sequence[str],
    launch: object,
    *,
    level: float = 0.95,
) -> OrgWide:
    """The mean effect per period since the launch.

    First one donor is made: the mix of outside figures, weights of 0 or more that sum to 1, that moved most like the
    outcome before the launch (each less its own mean). Only that one enters the structural time series, since many
    figures that move alike would be picked from at random.

    Args:
        frame: one row per period.
        period: column of the period, orderable.
        outcome: column of the outcome.
        donors: columns of figures from outside on the outcome's unit, which the launch cannot have touched.
        launch: the first period with it.
        level: coverage of the range, strictly between 0 and 1.

    Returns:
        The effect with its posterior range (estimate and errors of the mean, normal), the synthetic difference in
        differences with its placebo range, and a placebo in time.

    Raises:
        NotIdentifiable: fewer than 30 periods before the launch or 10 donors, or no mix moved like the outcome.
        ValueError: a column is missing or holds nulls, periods repeat, or none is after the launch.

    Source: Brodersen et al. (2015), Annals of Applied Statistics 9, 247-274; Abadie, Diamond and Hainmueller
        (2010), JASA 105, 493-505; Ferman and Pinto (2021), Quantitative Economics 12, 1197-1221 (less its mean).
    """
    used = [period, outcome, *donors]
    if missing := [column for column in used if column not in frame.columns]:
        raise ValueError(f"the frame has no column {missing}; it has {frame.columns}")
    rows = frame.select(used).sort(period)
    if holes := [column for column in used if rows[column].null_count()]:
        raise ValueError(f"every period must be known, found nulls in {holes}")
    if rows[period].is_duplicated().any():
        raise ValueError(f"expected one row per {period}, found some twice")
    n = int((rows[period] < launch).sum())
    if n < PRE_PERIODS_COMPANY or len(donors) < DONORS:
        raise NotIdentifiable(
            f"found {n} periods before the launch and {len(donors)} figures from outside; at least"
            f" {PRE_PERIODS_COMPANY} and {DONORS} are needed"
        )
    if n == rows.height:
        raise ValueError("expected at least one period from the launch on")
    y = rows[outcome].cast(pl.Float64).to_numpy()
    figures = rows.select(pl.col(donors).cast(pl.Float64)).to_numpy()
    shares, mix = _one_donor(y, figures, n)
    fit = pre_fit(y[:n], mix[:n])
    if fit > WORST_FIT:
        raise NotIdentifiable(
            f"before the launch the best mix of figures from outside stayed {fit:.2f} of the outcome's own spread away"
            f" from it; at most {WORST_FIT} is allowed"
        )
    earlier = n - n // 3
    _, earlier_mix = _one_donor(y[:n], figures[:n], earlier)
    weights = pl.DataFrame({"donor": list(donors), "weight": shares}).sort("weight", descending=True)
    return OrgWide(
        _structural(y, mix, n, len(donors), level),
        _second_opinion(rows, period, outcome, donors, launch, level),
        _structural(y[:n], earlier_mix, earlier, len(donors), level),
        weights,
        rows.select(period, outcome).with_columns(mix=pl.Series(mix)),
        fit,
    )


def _one_donor(outcome: Floats, figures: Floats, n: int) -> tuple[Floats, Floats]:
    """Weights fitted on the first `n` periods, and the mix over all of them at the outcome's level."""
    level = outcome[:n].mean()
    centred = figures - figures[:n].mean(axis=0)
    shares = simplex_weights(centred[:n], outcome[:n] - level)
    return shares, centred @ shares + level


def _structural(outcome: Floats, mix: Floats, n: int, donors: int, level: float) -> Effect:
    """A local level with one regressor, fitted on the first `n` periods and carried on."""
    from causal_impact import CausalImpact  # noqa: PLC0415  (half a second that other designs do not need)

    last = len(outcome) - 1
    model = {"niter": _DRAWS, "nwarmup": _WARM_UP, "seed": _SEED, "expected_model_size": 1}
    found = CausalImpact(np.column_stack([outcome, mix]), [0, n - 1], [n, last], model).summary_stats
    estimate = float(found["point_effect_mean"])
    se = (float(found["ci_upper"]) - float(found["ci_lower"])) / 2 / critical_value(0.95)
    method = "Bayesian structural time series with one mixed donor"
    return Effect(estimate, se, estimate, estimate, 1, donors, method).at(level)


def _second_opinion(
    rows: pl.DataFrame, period: str, outcome: str, donors: Sequence[str], launch: object, level: float
) -> Synthetic:
    panel = rows.unpivot(on=[outcome, *donors], index=period, variable_name="series", value_name="figure")
    started = pl.when(pl.col("series") == outcome).then(pl.lit(launch)).alias("started")
    return synthetic_did(panel.with_columns(started), "series", period, "figure", "started", level=level)
