"""An effect with its range, and the least squares that every design rests on."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from scipy.special import stdtr, stdtrit

from pipelines.measures.proportions import Interval

_SATURATED = 1e-9
_SMALLEST_ERROR = 1e-15

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True)
class Effect:
    """An effect with its range, in the outcome's unit; what does not apply to the method is None.

    A range that is not the estimate plus and minus so many standard errors comes with `range_at`, which gives it
    for any level. So `p_value` and `at` hold for every method: the p-value is below an error just when the range
    at one less that error leaves out 0.
    """

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
    range_at: Callable[[float], Interval] | None = field(default=None, repr=False, compare=False)

    def at(self, level: float) -> "Effect":
        """The same effect with the range of another level, strictly between 0 and 1."""
        if self.range_at is not None:
            low, high = self.range_at(level)
        else:
            low, high = symmetric_range(self.estimate, self.se, level, self.degrees_of_freedom)
        return replace(self, low=low, high=high, level=level)

    @property
    def p_value(self) -> float:
        """Two-sided, for no effect: the smallest error at which the range leaves out 0."""
        if self.range_at is None:
            if self.se == 0:
                return float(self.estimate == 0)
            return float(2 * stdtr(self.degrees_of_freedom or math.inf, -abs(self.estimate) / self.se))
        keeps, leaves_out = math.log(_SMALLEST_ERROR), 0.0
        for _ in range(50):
            error = (keeps + leaves_out) / 2
            low, high = self.range_at(1 - math.exp(error))
            keeps, leaves_out = (error, leaves_out) if low <= 0 <= high else (keeps, error)
        return math.exp(leaves_out)


@dataclass(frozen=True)
class HasEffect:
    """What is known beside one effect; its figures are those of the effect."""

    effect: Effect

    @property
    def estimate(self) -> float:
        """Of the effect."""
        return self.effect.estimate

    @property
    def se(self) -> float:
        """Of the effect."""
        return self.effect.se

    @property
    def low(self) -> float:
        """Of the effect."""
        return self.effect.low

    @property
    def high(self) -> float:
        """Of the effect."""
        return self.effect.high


def symmetric_range(
    estimate: float, se: float, level: float, degrees_of_freedom: float | None = None
) -> Interval:
    """The estimate plus and minus so many standard errors: Student's t, or normal without degrees of freedom.

    Raises:
        ValueError: the level is not strictly between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"expected a level strictly between 0 and 1, found {level!r}")
    half_width = float(stdtrit(degrees_of_freedom or math.inf, (1 + level) / 2)) * se
    return estimate - half_width, estimate + half_width


def least_squares(rows: pl.DataFrame) -> tuple[float, float, float]:
    """The coefficient of `treated`, its standard error and degrees of freedom.

    Args:
        rows: the distinct rows, by role: outcome, treated (0 or 1), count, all Float64; with `before` (centred)
            and `stratum` (text) as further regressors, and `cluster` (text) for errors by cluster.

    Raises:
        ValueError: the regressors do not tell the arms apart.

    Source: Bell and McCaffrey (2002), Survey Methodology 28, 169-181 (HC2, CR2 and their degrees of freedom).
    """
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
