"""The largest likelihood of a model whose parameters are all above 0, and how well the data tell them apart."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from scipy.optimize import minimize

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Objective = Callable[[Floats], tuple[float, Floats]]

GRADIENT_GOAL = 1e-7
_REACH = 15.0
_STEP = 1e-4
_POLISH = 8


@dataclass(frozen=True)
class Maximum:
    """Where the likelihood is largest: logs of the parameters, and their covariance."""

    logs: Floats
    log_likelihood: float
    covariance: Floats
    gradient_norm: float
    converged: bool


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A model whose parameters, all above 0, are fields of their own; `covariance` is of their logs."""

    NAMES: ClassVar[tuple[str, ...]]
    log_likelihood: float = np.nan
    gradient_norm: float = np.nan
    converged: bool = False
    covariance: Floats | None = None
    customers: float = 0

    @property
    def standard_errors(self) -> dict[str, float]:
        """Of each parameter, by the delta method."""
        if self.covariance is None:
            return dict.fromkeys(self.NAMES, np.nan)
        errors = np.sqrt(np.diag(self.covariance))
        return {
            name: float(getattr(self, name) * error) for name, error in zip(self.NAMES, errors, strict=True)
        }

    def drawn(self, rng: np.random.Generator) -> Self:
        """The same model with parameters drawn from what the data leave open.

        Raises:
            ValueError: the fit did not converge, so that nothing is known of its spread.
        """
        if self.covariance is None or not self.converged:
            raise ValueError("parameters are drawn around a fit that converged; this one did not")
        logs = np.log([getattr(self, name) for name in self.NAMES])
        values = np.exp(rng.multivariate_normal(logs, self.covariance, method="cholesky"))
        changed: dict[str, Any] = dict(zip(self.NAMES, map(float, values), strict=True))
        return replace(self, **changed)


def weighted(weights: Floats, values: Floats) -> float:
    """The sum of the products, in one thread: the threads of a BLAS wait longer for each other than they add."""
    return float(np.einsum("i,i", weights, values))


def maximise(objective: Objective, n: float, starts: Iterable[tuple[float, ...]]) -> Maximum:
    """The first start that converges, else the best that was found.

    Args:
        objective: logs of the parameters -> mean log-likelihood per unit, and its gradient in the logs.
        n: how many units the mean is over.
        starts: logs of the parameters to start from, in order of preference.

    Returns:
        A `Maximum`. `gradient_norm` is that of the mean log-likelihood per unit; it is below 1e-7 where `converged`,
        the parameters are within e^±15 and the curvature is that of a peak. Without a peak the covariance is infinite.

    Source: L-BFGS-B after Byrd, Lu, Nocedal and Zhu (1995), SIAM Journal on Scientific Computing 16, 1190-1208, then
        Newton's steps; the curvature is taken from differences of the gradient.
    """
    found = []
    for start in starts:
        found.append(_from(objective, n, np.array(start)))
        if found[-1].converged:
            return found[-1]
    return max(found, key=lambda one: one.log_likelihood)


def _from(objective: Objective, n: float, start: Floats) -> Maximum:
    def descent(logs: Floats) -> tuple[float, Floats]:
        value, gradient = objective(logs)
        return -value, -gradient

    bounds = [(-_REACH, _REACH)] * len(start)
    options = {"maxiter": 500, "ftol": 1e-12, "gtol": 1e-5}
    logs = minimize(descent, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    value, gradient = objective(logs)
    for _ in range(_POLISH):
        curvature = _curvature(objective, logs)
        if np.linalg.norm(gradient) < GRADIENT_GOAL or not _is_peak(curvature):
            break
        closer = np.clip(logs - np.linalg.solve(curvature, gradient), -_REACH, _REACH)
        closer_value, closer_gradient = objective(closer)
        if not np.linalg.norm(closer_gradient) < np.linalg.norm(gradient):
            break
        logs, value, gradient = closer, closer_value, closer_gradient
    curvature = _curvature(objective, logs)
    norm, is_peak = float(np.linalg.norm(gradient)), _is_peak(curvature)
    covariance: Floats = np.full(curvature.shape, np.inf)
    if is_peak:
        covariance = np.asarray(np.linalg.inv(-curvature * n), dtype=np.float64)
    inside = bool((np.abs(logs) < _REACH).all())
    return Maximum(logs, value * n, covariance, norm, norm < GRADIENT_GOAL and is_peak and inside)


def _curvature(objective: Objective, logs: Floats) -> Floats:
    steps = np.eye(len(logs)) * _STEP
    rows = [(objective(logs + step)[1] - objective(logs - step)[1]) / (2 * _STEP) for step in steps]
    both = np.array(rows)
    return (both + both.T) / 2


def _is_peak(curvature: Floats) -> bool:
    return bool(np.isfinite(curvature).all()) and bool(np.linalg.eigvalsh(curvature).max() < -1e-9)
