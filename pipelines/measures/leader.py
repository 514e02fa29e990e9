"""Which driver goes with a behaviour most, wherever the answer scales are cut.

Each seven-point item is taken as a normal variable cut into pieces, wherever the cuts are; the correlations of the
uncut variables are recovered, and behaviour is regressed on the three drivers together. Recovering them, rather
than correlating ranks, matters: a bunched scale loses information, and the driver that loses least would be
declared the winner.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from scipy.special import ndtri

from pipelines.measures.joint_answers import DRIVERS, Floats, Question, pairs_of

ERROR_SHARE = 0.05
"""Of naming any leader falsely, in the worst case of two that lead together."""

_TERMS = 8
_ROOTS_OF_FACTORIALS = np.sqrt([math.factorial(degree) for degree in range(1, _TERMS + 1)])
_LARGEST_CORRELATION = 0.98
_SMALLEST_ERROR = 1e-9
_ONE_SIDED = ERROR_SHARE / 2
_SHARE_OF_THE_MEAN = 0.5


@dataclass(frozen=True)
class Lead:
    """By how much a driver's coefficient exceeds the next one's; it leads where all of the range is above 0."""

    lead: float
    low: float

    @property
    def high(self) -> float:
        """As far above as `low` is below."""
        return 2 * self.lead - self.low


def coefficients(question: Question, weights: Floats) -> Floats:
    """Standardised coefficients of the drivers: row of weights, driver, behaviour.

    Args:
        question: of whose items none was answered alike by all.
        weights: how often each group of people counts, one row a draw; the first is the sample itself.

    Source: polychoric correlation by the Hermite expansion of the bivariate normal (Lancaster and Hamdan 1964,
        Psychometrika 29, 383-391).
    """
    scored = [normal_scores(margin) for margin in question.margins]
    deviation, covariance = question.correlations(np.vstack([scores for scores, _ in scored]), weights)
    pairs = pairs_of(question.items)
    first, second = np.array(pairs).T
    relative = deviation / deviation[0]
    covariance /= relative[:, first] * relative[:, second]
    correlation = _uncut_correlation(covariance, np.array([scored[i][1] * scored[j][1] for i, j in pairs]))
    k = len(DRIVERS)
    between_drivers = np.tile(np.eye(k), (len(correlation), 1, 1))
    with_behaviours = np.empty((len(correlation), k, len(question.items) - k))
    for column, (i, j) in enumerate(pairs):
        if j < k:
            between_drivers[:, i, j] = between_drivers[:, j, i] = correlation[:, column]
        else:
            with_behaviours[:, i, j - k] = correlation[:, column]
    return np.asarray(np.linalg.solve(between_drivers, with_behaviours), dtype=np.float64)


def single(drawn: Floats, driver: int) -> Lead:
    """The lead in one question of its own: it must beat both others and zero.

    Args:
        drawn: row of weights, driver.
    """
    rows = _against(driver)
    errors = np.cov(drawn[1:].T) if len(drawn) > 1 else np.zeros((3, 3))
    spread = np.sqrt(np.einsum("ci,ij,cj->c", rows, errors, rows).clip(_SMALLEST_ERROR**2))
    low = float((rows @ drawn[0] + ndtri(_ONE_SIDED) * spread).min())
    return Lead(_lead(drawn[0], driver), low)


def simultaneous(drawn: Floats, drivers: Sequence[int]) -> list[Lead]:
    """The leads of one driver in each of several behaviours, with one chance of error for all.

    Closed testing: that a driver leads in a behaviour is said only if, in every set of behaviours that holds this
    one, "it leads in none" is refuted: by the mean of its leads over the set or by the largest one alone, at half
    the chance of error each. Behaviours that agree thus support each other. The low end of a range is the least
    lead that would not have been refuted; it is above 0 just where the driver is said to lead.

    Args:
        drawn: row of weights, driver, behaviour.
        drivers: the driver to judge, per behaviour.

    Source: Marcus, Peritz and Gabriel (1976), Biometrika 63, 655-660.
    """
    behaviours = drawn.shape[2]
    estimate = drawn[0].T.ravel()
    resampled = drawn[1:].transpose(0, 2, 1).reshape(len(drawn) - 1, -1)
    errors = np.cov(resampled.T)
    leads = []
    for behaviour, driver in enumerate(drivers):
        moved = behaviour * len(DRIVERS) + driver
        low = min(
            _least_lead(chosen, driver, behaviours, estimate, errors, moved)
            for size in range(1, behaviours + 1)
            for chosen in combinations(range(behaviours), size)
            if behaviour in chosen
        )
        leads.append(Lead(_lead(drawn[0][:, behaviour], driver), low))
    return leads


def normal_scores(margin: Floats) -> tuple[Floats, Floats]:
    """Each answer's normal score (the mean of the normal between its cuts), and the score's Hermite terms."""
    given = margin > 0
    shares = margin[given] / margin.sum()
    cuts = ndtri(np.cumsum(shares)[:-1].clip(0, 1))
    density = np.exp(-(cuts**2) / 2) / math.sqrt(2 * math.pi)
    scores = np.zeros(len(margin))
    scores[given] = -np.diff(density, prepend=0.0, append=0.0) / shares
    hermite = [np.ones_like(cuts), cuts]
    for degree in range(1, _TERMS - 1):
        hermite.append(cuts * hermite[-1] - degree * hermite[-2])
    steps = -np.diff(np.array(hermite) * density, prepend=0.0, append=0.0, axis=1)
    return scores, steps @ scores[given] / _ROOTS_OF_FACTORIALS


def _uncut_correlation(covariance: Floats, series: Floats) -> Floats:
    """The rho at which the scores of two normals, once cut, have this covariance: a power series in rho."""
    degrees = np.arange(1, _TERMS + 1)
    rho = (covariance / series[:, 0]).clip(-_LARGEST_CORRELATION, _LARGEST_CORRELATION)
    for _ in range(6):
        powers = rho[..., None] ** (degrees - 1)
        excess = (series * powers).sum(axis=-1) * rho - covariance
        slope = (series * degrees * powers).sum(axis=-1)
        rho = (rho - excess / slope).clip(-_LARGEST_CORRELATION, _LARGEST_CORRELATION)
    return rho


def _lead(coefficient: Floats, driver: int) -> float:
    return float(coefficient[driver] - np.delete(coefficient, driver).max())


def _against(driver: int) -> Floats:
    """What must be above zero: the driver less each of the others, and the driver itself."""
    own = np.eye(len(DRIVERS))[driver]
    return np.vstack([own - other for i, other in enumerate(np.eye(len(DRIVERS))) if i != driver] + [own])


def _least_lead(
    chosen: tuple[int, ...], driver: int, behaviours: int, estimate: Floats, errors: Floats, moved: int
) -> float:
    """How much less the moved coefficient may be before "it leads in none of the chosen" is no longer refuted."""
    alone = []
    for behaviour in chosen:
        placed = np.zeros((3, behaviours, len(DRIVERS)))
        placed[:, behaviour] = _against(driver)
        alone.append(placed.reshape(3, -1))
    # It may lose to another rival in each behaviour: the mean lead must hold against every choice of rivals.
    together = np.array(list(product(*alone))).mean(axis=1)
    if len(chosen) == 1:
        return _until(together, _ONE_SIDED, estimate, errors, moved)
    by_largest = _ONE_SIDED * (1 - _SHARE_OF_THE_MEAN) / len(chosen)
    return max(
        _until(together, _ONE_SIDED * _SHARE_OF_THE_MEAN, estimate, errors, moved),
        *(_until(contrasts, by_largest, estimate, errors, moved) for contrasts in alone),
    )


def _until(contrasts: Floats, error: float, estimate: Floats, errors: Floats, moved: int) -> float:
    """How much less the moved coefficient may be before one of the contrasts is no longer above zero."""
    spread = np.sqrt(np.einsum("ci,ij,cj->c", contrasts, errors, contrasts).clip(_SMALLEST_ERROR**2))
    room = contrasts @ estimate + ndtri(error) * spread
    slope = contrasts[:, moved]
    if not slope.any():
        return math.inf if room.min() > 0 else -math.inf
    return float((room / slope).min())
