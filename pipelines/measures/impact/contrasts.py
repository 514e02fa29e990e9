"""Effects by cohort and period from cohort sums, each with the influence of every unit on it.

The influence of a unit of cell c on estimate j is z' influence[c, :, j] with its row z = (1, Y1 … YT): so sums of z z'
are all that any covariance needs, the uncertainty of the cohorts' shares included.

Source: Callaway and Sant'Anna (2021), Journal of Econometrics 225, 200-230; within strata their estimator, adjusted by
    outcome regression, weighting or doubly robust, is the same (Sant'Anna and Zhao 2020, JoE 219, 101-122).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipelines.measures.impact.cohorts import CohortSums, Integers
from pipelines.measures.impact.effect import Floats

Control = Literal["not_yet_treated", "never_treated"]
Booleans = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Contrasts:
    """What is compared: J pairs of a cohort and a period.

    `start`, `period` (J): positions of the cohort's first treated period and of the period looked at. `weights` (T, J):
    of the periods, 1 for the one looked at less the shares of those it is compared with. `treated`, `control`
    (cells, J): the cells on either side.
    """

    start: Integers
    period: Integers
    weights: Floats
    treated: Booleans
    control: Booleans

    def only(self, chosen: Booleans) -> "Contrasts":
        """Some of them."""
        return Contrasts(
            self.start[chosen],
            self.period[chosen],
            self.weights[:, chosen],
            self.treated[:, chosen],
            self.control[:, chosen],
        )

    @property
    def relative_period(self) -> Integers:
        """Periods since the start: 0 is the first treated one."""
        return self.period - self.start

    @property
    def lead(self) -> Floats:
        """Periods between the ones compared, on average: what a drift of one per period would add."""
        return np.arange(len(self.weights)) @ self.weights


@dataclass(frozen=True)
class Estimates:
    """J estimates: `value` and the units treated and compared with (J), the treated cells that count (cells, J), and
    the influence (cells, T + 1, J).
    """

    value: Floats
    n_treated: Floats
    n_control: Floats
    treated: Booleans
    influence: Floats


def contrasts(
    sums: CohortSums, control: Control, baseline_periods: int = 1, *, steps: bool = False
) -> Contrasts:
    """Every cohort and period.

    Args:
        sums: of the units; only periods, starts and strata are used here.
        control: `not_yet_treated`: whoever has not started by the period looked at; `never_treated`: whoever does not
            start within the periods at all.
        baseline_periods: how many of the last periods before the start the others are compared with on average; a
            cohort with fewer uses all it has.
        steps: periods before the start are compared with the one before them instead.

    Raises:
        ValueError: an unknown control or a baseline below 1.
    """
    if control not in ("not_yet_treated", "never_treated"):
        raise ValueError(f"expected control to be not_yet_treated or never_treated, found {control!r}")
    if baseline_periods < 1:
        raise ValueError(f"expected at least one baseline period, found {baseline_periods}")
    T = len(sums.periods)
    found = []
    for start in np.unique(sums.starts[sums.starts < T]):
        for period in range(1 if steps else 0, T):
            is_before = period < start
            base = [period - 1] if steps and is_before else range(start - min(baseline_periods, start), start)
            if [period] == list(base):
                continue
            weights = np.zeros(T)
            weights[list(base)] = -1 / len(base)
            weights[period] += 1
            untreated_until = period if steps else max(period, start - 1)
            others = sums.starts == T if control == "never_treated" else sums.starts > untreated_until
            found.append((start, period, weights, sums.starts == start, others & (sums.starts != start)))
    starts, periods, each_weights, treated, control_cells = zip(*found, strict=True)
    return Contrasts(
        np.array(starts),
        np.array(periods),
        np.column_stack(each_weights),
        np.column_stack(treated),
        np.column_stack(control_cells),
    )


def comparable(sums: CohortSums, contrast: Contrasts) -> tuple[Contrasts, Estimates]:
    """The contrasts with anybody on both sides, and what they show.

    Raises:
        ValueError: there is none since any cohort's start.
    """
    _, n_treated = differences(sums.totals, sums.strata, contrast)
    kept = contrast.only(n_treated > 0)
    if not (kept.relative_period >= 0).any():
        raise ValueError("no cohort has anybody left to compare with, in any period since its start")
    return kept, estimates(sums.totals, sums.strata, kept)


def estimates(totals: Floats, strata: Integers, contrast: Contrasts) -> Estimates:
    """Differences in differences, with their influence.

    Args:
        totals: (cells, T + 1), sums of z.
        strata: (cells), the number of each cell's stratum.
        contrast: what to compare.

    Returns:
        As `differences`.
    """
    inside = _inside(strata)
    size = totals[:, :1]
    treated, control = inside @ (contrast.treated * size), inside @ (contrast.control * size)
    usable = (treated > 0) & (control > 0)
    value, n_treated = differences(totals, strata, contrast)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = inside @ (contrast.control * (totals[:, 1:] @ contrast.weights))
        expected = np.where(usable, change / control, 0.0)
        per_control = np.where(usable, treated / control, 0.0) / n_treated
        own = contrast.treated & usable[strata]
        weight = own / n_treated - contrast.control * per_control[strata]
        influence = np.empty((*totals.shape, len(value)))
        influence[:, 1:] = weight[:, None, :] * contrast.weights
        influence[:, 0] = -weight * expected[strata] - own * value / n_treated
    return Estimates(value, n_treated, (control * usable).sum(axis=0), own, influence)


def differences(totals: Floats, strata: Integers, contrast: Contrasts) -> tuple[Floats, Floats]:
    """Differences in differences of many sums at once.

    Args:
        totals: (…, cells, T + 1), sums of z.
        strata: (cells), the number of each cell's stratum.
        contrast: what to compare.

    Returns:
        `(value, n_treated)`, each (…, J): within each stratum the mean change of the treated less that of those
        compared with, averaged by the number treated. A stratum with nobody to compare with does not count; where
        that leaves nobody, `n_treated` is 0 and the value not a number.
    """
    inside = _inside(strata)
    size, change = totals[..., :1], totals[..., 1:] @ contrast.weights
    treated, control = inside @ (contrast.treated * size), inside @ (contrast.control * size)
    usable = (treated > 0) & (control > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.where(usable, treated * (inside @ (contrast.control * change)) / control, 0.0)
        gained = (inside @ (contrast.treated * change) - expected) * usable
        n_treated = (treated * usable).sum(axis=-2)
        return gained.sum(axis=-2) / n_treated, n_treated


def _inside(strata: Integers) -> Floats:
    return (strata == np.arange(strata.max() + 1)[:, None]).astype(float)


def covariance(sums: CohortSums, influence: Floats) -> Floats:
    """Of estimates with this influence (cells, T + 1, J): over units, or over clusters times G / (G - 1)."""
    if sums.clusters is None:
        J = influence.shape[-1]
        return influence.reshape(-1, J).T @ (sums.moments @ influence).reshape(-1, J)
    rows = sums.clusters
    own = np.einsum("ra,raj->rj", rows.z, influence[rows.cell])
    errors = np.zeros((rows.n, own.shape[1]))
    np.add.at(errors, rows.cluster, own)
    return errors.T @ errors * (rows.n / (rows.n - 1))
