"""Proportional odds for an ordered answer, fitted on distinct answers and their counts."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

_ITERATIONS = 60
_CLOSE_ENOUGH = 1e-9
_FARTHEST = 30.0

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Truths = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


class NotIdentifiedError(ValueError):
    """These answers do not settle the model: a driver repeats another, or tells the outcome for certain."""


@dataclass(frozen=True)
class ProportionalOdds:
    """logit P(outcome at most category j) = cuts[j] - columns @ slopes; `covariance` in the order cuts, slopes."""

    cuts: Floats
    slopes: Floats
    covariance: Floats
    log_likelihood: float

    @property
    def standard_errors(self) -> Floats:
        """Of the slopes."""
        return np.sqrt(np.diag(self.covariance)[len(self.cuts) :])


def fit(columns: Floats, outcome: Floats, count: Floats) -> ProportionalOdds:
    """The most likely slopes and cuts, by Newton's method.

    Args:
        columns: one row per distinct case, one column per explanatory variable.
        outcome: the case's category; any ordered numbers, of which at least two occur.
        count: how many such cases there are.

    Raises:
        NotIdentifiedError: no finite best fit, or more than one.

    Source: McCullagh (1980), Journal of the Royal Statistical Society B 42, 109-142.
    """
    columns = np.asarray(columns, dtype=float)
    count = np.asarray(count, dtype=float)
    categories, category = np.unique(outcome, return_inverse=True)
    n_cuts = len(categories) - 1
    if n_cuts < 1:
        raise NotIdentifiedError("expected an outcome with at least two different answers, found one")
    shares = np.cumsum(np.bincount(category, count))[:-1] / count.sum()
    parameters = np.append(np.log(shares / (1 - shares)), np.zeros(columns.shape[1]))
    places = np.eye(n_cuts)
    none = np.zeros((1, n_cuts))
    upper = np.hstack([np.vstack([places, none])[category], -columns])
    lower = np.hstack([np.vstack([none, places])[category], -columns])
    edges = (category < n_cuts, category > 0)
    value, gradient, curvature = _likelihood(parameters, upper, lower, edges, count)
    for _ in range(_ITERATIONS):
        try:
            step = np.linalg.solve(-curvature, gradient)
        except np.linalg.LinAlgError:
            raise NotIdentifiedError("a column repeats the others") from None
        size = 1.0
        while True:
            tried = parameters + size * step
            found = _likelihood(tried, upper, lower, edges, count)
            if found[0] >= value - _CLOSE_ENOUGH or size < 1e-6:
                break
            size /= 2
        parameters, (value, gradient, curvature) = tried, found
        if float(np.abs(size * step).max()) < _CLOSE_ENOUGH:
            break
    spread = columns.std(axis=0)
    if not np.isfinite(value) or (np.abs(parameters[n_cuts:] * spread) > _FARTHEST).any():
        raise NotIdentifiedError("a column tells the outcome for certain")
    if np.linalg.cond(curvature) > 1e12:
        raise NotIdentifiedError("a column repeats the others")
    return ProportionalOdds(
        parameters[:n_cuts],
        parameters[n_cuts:],
        np.asarray(np.linalg.inv(-curvature), dtype=np.float64),
        float(value),
    )


def _likelihood(
    parameters: Floats, upper: Floats, lower: Floats, edges: tuple[Truths, Truths], count: Floats
) -> tuple[float, Floats, Floats]:
    """Log-likelihood, its gradient and its curvature."""
    has_upper, has_lower = edges
    above = np.where(has_upper, expit(upper @ parameters), 1.0)
    below = np.where(has_lower, expit(lower @ parameters), 0.0)
    probability = (above - below).clip(1e-300)
    slope_above, slope_below = above * (1 - above), below * (1 - below)
    by_above, by_below = slope_above / probability, -slope_below / probability
    gradient = upper.T @ (count * by_above) + lower.T @ (count * by_below)
    bend_above = slope_above * (1 - 2 * above) / probability - by_above**2
    bend_below = -slope_below * (1 - 2 * below) / probability - by_below**2
    mixed = (upper * (count * -by_above * by_below)[:, None]).T @ lower
    curvature = (
        (upper * (count * bend_above)[:, None]).T @ upper
        + (lower * (count * bend_below)[:, None]).T @ lower
        + mixed
        + mixed.T
    )
    return float(count @ np.log(probability)), gradient, curvature
