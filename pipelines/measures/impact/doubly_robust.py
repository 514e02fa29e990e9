"""Staggered starts where units of another size or past would have moved otherwise: both told and weighed for that."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.measures.impact.averages import averages
from pipelines.measures.impact.cohorts import CohortSums, Integers, cohort_sums
from pipelines.measures.impact.contrasts import Booleans, Control, Estimates, comparable, contrasts
from pipelines.measures.impact.effect import Effect, Floats
from pipelines.measures.impact.judgement import NotIdentifiable

MOST_LIKELY = 0.995
"""Somebody not treated, but as good as certain to be by the covariates, would stand for hundreds of the treated."""

_STEPS, _CLOSE = 50, 1e-10


def doubly_robust(
    frame: pl.DataFrame,
    unit: str,
    period: str,
    outcome: str,
    start: str,
    covariates: Sequence[str],
    control: Control = "not_yet_treated",
    baseline_periods: int = 1,
    *,
    level: float = 0.95,
) -> Effect:
    """The effect of staggered starts between units alike in numbers known before any start.

    Args:
        frame: one row per unit and period.
        unit: column of the unit.
        period: column of the period.
        outcome: column of the outcome.
        start: column of the first treated period, null for never.
        covariates: columns of numbers, each the same in all rows of a unit and known before any start.
        control: as for `staggered`.
        baseline_periods: as for `staggered`.
        level: coverage of the range, strictly between 0 and 1.

    Returns:
        All treated periods alike, by units treated: for every cohort and period the change of the treated, less what a
        regression among those compared with tells for them, less what it misses among these once they are weighed to
        be like the treated. It holds if either the regression or the weights (a logit) are right.

    Raises:
        NotIdentifiable: by the covariates somebody compared with was as good as certain to start.
        ValueError: as for `staggered`; a covariate is null, or differs within a unit.

    Source: Sant'Anna and Zhao (2020), Journal of Econometrics 219, 101-122, estimator of section 2 for panels, with a
        logit by maximum likelihood and least squares; averaged as in Callaway and Sant'Anna (2021), JoE 225, 200-230.
    """
    sums = cohort_sums(frame, unit, period, outcome, start)
    contrast, plain = comparable(
        sums, contrasts(sums, control, baseline_periods, steps=baseline_periods == 1)
    )
    outcomes, traits, cell = _units(frame, unit, period, outcome, start, covariates, sums)
    treated, others = contrast.treated[cell], contrast.control[cell]
    change = outcomes @ contrast.weights
    value, influence = np.empty(change.shape[1]), np.zeros(change.shape)
    for number, (is_treated, is_other) in enumerate(zip(treated.T, others.T, strict=True)):
        used = is_treated | is_other
        value[number], influence[used, number] = _one(change[used, number], traits[used], is_treated[used])
    found = Estimates(value, plain.n_treated, plain.n_control, treated, influence[:, None, :])
    average = averages(contrast)
    after = average.after
    estimate = float(average.weights(found.n_treated)[0] @ value)
    return Effect(
        estimate,
        float(np.linalg.norm(average.influence(found)[:, 0, 0])),
        estimate,
        estimate,
        int(treated[:, after].any(axis=1).sum()),
        int(found.n_control[after].max()),
        f"staggered starts against {control.replace('_', ' ')}, doubly robust",
    ).at(level)


def _one(change: Floats, traits: Floats, is_treated: Booleans) -> tuple[float, Floats]:
    """One cohort in one period: the effect, and what each unit adds to it."""
    n, own = len(change), is_treated.astype(float)
    chance, information = _logit(traits, own)
    if chance[~is_treated].max() > MOST_LIKELY:
        raise NotIdentifiable(
            "by what is known of them, some who had not started were as good as certain to: nobody is alike"
        )
    moments = np.linalg.pinv(traits[~is_treated].T @ traits[~is_treated] / n)
    missed = change - traits @ (moments @ (traits[~is_treated].T @ change[~is_treated] / n))
    weight = (1 - own) * chance / (1 - chance)
    gain, rest = (own * missed).sum() / own.sum(), (weight * missed).sum() / weight.sum()
    regression = ((1 - own) * missed)[:, None] * traits @ moments
    odds = (own - chance)[:, None] * traits @ np.linalg.pinv(information / n)
    by_treated = own * (missed - gain) - regression @ (own @ traits / n)
    by_others = (
        weight * (missed - rest)
        + odds @ ((weight * (missed - rest)) @ traits / n)
        - regression @ (weight @ traits / n)
    )
    return float(gain - rest), by_treated / own.sum() - by_others / weight.sum()


def _logit(traits: Floats, own: Floats) -> tuple[Floats, Floats]:
    """The chance of each unit to be treated, and the information on the coefficients, by Newton's method."""
    slopes = np.zeros(traits.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-(traits @ slopes).clip(-30, 30)))
        information = traits.T @ (traits * (chance * (1 - chance))[:, None])
        step = np.linalg.lstsq(information, traits.T @ (own - chance), rcond=None)[0]
        slopes = slopes + step
        if np.abs(step).max() < _CLOSE:
            break
    return chance, information


def _units(
    frame: pl.DataFrame,
    unit: str,
    period: str,
    outcome: str,
    start: str,
    covariates: Sequence[str],
    sums: CohortSums,
) -> tuple[Floats, Floats, Integers]:
    """Of each unit that counts: outcomes (units, T), 1 and its standardised covariates, the number of its cell."""
    periods = list(sums.periods)
    each = frame.group_by(unit).agg(
        pl.col(outcome).sort_by(period).cast(pl.Float64), pl.col(start, *covariates).first(),
        _n=pl.col(outcome).is_not_null().sum(), _same=pl.all_horizontal(pl.col(covariates).n_unique() == 1),
    ).sort(unit)  # fmt: skip
    if not each["_same"].all() or each.select(pl.any_horizontal(pl.col(covariates).is_null().any())).item():
        raise ValueError(f"expected one known value of each of {list(covariates)} for each {unit}")
    used = each.filter(pl.col("_n") == len(periods), pl.col(start).is_null() | (pl.col(start) > periods[0]))
    place = {cohort: number for number, cohort in enumerate(sums.starts)}
    first = [periods.index(began) if began in periods else len(periods) for began in used[start]]
    known = used.select(pl.col(covariates).cast(pl.Float64)).to_numpy()
    standard = (known - known.mean(axis=0)) / np.where(known.std(axis=0) > 0, known.std(axis=0), 1)
    return (
        np.array(used[outcome].to_list()),
        np.column_stack([np.ones(len(known)), standard]),
        np.array([place[position] for position in first]),
    )
