"""The effect where a few teams or regions started and others did not: compared with a mix that moved alike."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from scipy.optimize import nnls

from pipelines.measures.impact.effect import Effect, Floats, HasEffect

Mix = Literal["synthetic difference in differences", "synthetic control", "difference in differences"]

_PLACEBOS = 200
_NO_RIDGE = 1e-6


@dataclass(frozen=True)
class Synthetic(HasEffect):
    """The effect and what it is compared with.

    `weights`: unit, weight (the mix of untouched units, summing to 1, the mean over starts); `path`: relative_period
    (0 is the first after the start), treated, mix: the mean outcome of the treated and of the mix, moved to the
    treated's level before. `pre_fit` is how far the two were apart before, as a share of the treated's own spread.
    """

    weights: pl.DataFrame
    path: pl.DataFrame
    pre_fit: float


def synthetic_did(
    frame: pl.DataFrame,
    unit: str,
    period: str,
    outcome: str,
    start: str,
    *,
    mix: Mix = "synthetic difference in differences",
    seed: int = 0,
    level: float = 0.95,
) -> Synthetic:
    """The effect on the units that started, against a weighted mix of units and periods.

    Args:
        frame: one row per unit and period, every unit in every period.
        unit: column of the team, store or region.
        period: column of the period, orderable.
        outcome: column of the outcome, a number (a mean or a rate; not a sum where sizes change).
        start: column of the first period with it, null for units that never had it.
        mix: how units and periods are weighed; the plain difference in differences is the usual second opinion.
        seed: of the placebos, where several units are treated.
        level: coverage of the range, strictly between 0 and 1.

    Returns:
        The mean effect over treated units and periods. The error comes from placebos: untouched units are taken for
        treated (each in turn where one unit is, else 200 draws), and the spread of what is "found" for them is the
        error; Student's t with one less than the number of untouched units.

    Raises:
        ValueError: a unit lacks a period or has it twice, there is a null outcome, nobody started, a start has
            fewer than two periods before it or none after, or the untouched units are not at least three and
            more than those treated.

    Source: Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), American Economic Review 111, 4088-4118,
        algorithms 1 and 4; several starts as in Clarke, Pailanir, Athey and Imbens (2023), arXiv 2301.11859. The
        weights are the exact minimum of the penalised problem, not the last step of an iteration.
    """
    panel, starts, units = _panel(frame, unit, period, outcome, start)
    untouched = panel[starts < 0]
    cohorts = [(int(first), panel[starts == first]) for first in np.unique(starts[starts >= 0])]
    n1, n0 = sum(len(treated) for _, treated in cohorts), len(untouched)
    if n0 < max(3, n1 + 1):
        raise ValueError(
            f"{n1} units started and {n0} never did; at least {max(3, n1 + 1)} untouched units are needed"
        )
    parts = [_against_mix(treated, untouched, first, mix) for first, treated in cohorts]
    cells = np.array([len(treated) * (panel.shape[1] - first) for first, treated in cohorts], dtype=float)
    estimate = float(np.average([part.estimate for part in parts], weights=cells))
    error = _placebo_error(untouched, [(first, len(treated)) for first, treated in cohorts], cells, mix, seed)
    effect = Effect(
        estimate, error, estimate, estimate, n1, n0, mix, clusters=n1 + n0, degrees_of_freedom=float(n0 - 1)
    ).at(level)
    shares = np.average([part.weights for part in parts], axis=0, weights=cells)
    weights = pl.DataFrame({unit: units.filter(pl.Series(starts < 0)), "weight": shares})
    return Synthetic(effect, weights.sort("weight", descending=True), *_paths(parts))


def simplex_weights(series: Floats, target: Floats, ridge: float = 0.0) -> Floats:
    """The mix of series closest to a target: weights of 0 or more that sum to 1.

    Args:
        series: periods × series.
        target: one value per period.
        ridge: times the sum of squared weights, added to the sum of squared distances.

    Returns:
        The exact minimum: non-negative least squares of 0 on the distances of each series to the target, with a
        last row of ones on 1, points in the same direction, and is divided by its sum.

    Source: Lawson and Hanson (1974), Solving Least Squares Problems, chapter 23.
    """
    apart = np.vstack([series - target[:, None], math.sqrt(ridge) * np.eye(series.shape[1])])
    scale = math.sqrt((apart**2).sum() / series.shape[1]) or 1.0
    stacked = np.vstack([apart / scale, np.ones(series.shape[1])])
    direction, _ = nnls(stacked, np.append(np.zeros(len(apart)), 1.0), maxiter=100 * series.shape[1])
    return direction / direction.sum()


def pre_fit(outcome: Floats, mix: Floats) -> float:
    """How far a mix is from what it imitates before the start, as a share of that one's own spread: 0 is perfect.

    Shifts of level do not count. At 1 the mix tells no more than the mean does.
    """
    spread = float(np.std(outcome))
    return float(np.std(outcome - mix)) / spread if spread else math.inf


@dataclass(frozen=True)
class _Part:
    """One start: its estimate, weights of the untouched units, and the two paths from `first` on."""

    estimate: float
    weights: Floats
    first: int
    treated: Floats
    mix: Floats
    n: int


def _against_mix(treated: Floats, untouched: Floats, first: int, mix: Mix) -> _Part:
    before, after = untouched[:, :first], untouched[:, first:].mean(axis=1)
    mean = treated.mean(axis=0)
    n0, periods = len(untouched), untouched.shape[1]
    noise = float(np.diff(before, axis=1).std(ddof=1))
    of_units: Floats = np.full(n0, 1 / n0)
    of_periods: Floats = np.full(first, 1 / first)
    if mix == "synthetic control":
        of_units = simplex_weights(before.T, mean[:first], first * (_NO_RIDGE * noise) ** 2)
        of_periods = np.zeros(first)
    elif mix == "synthetic difference in differences":
        ridge = math.sqrt(len(treated) * (periods - first)) * noise**2
        centred = before - before.mean(axis=1, keepdims=True)
        of_units = simplex_weights(centred.T, mean[:first] - mean[:first].mean(), first * ridge)
        of_periods = simplex_weights(
            before - before.mean(axis=0), after - after.mean(), n0 * (_NO_RIDGE * noise) ** 2
        )
    imitation = of_units @ untouched
    gap = mean - imitation
    shift = of_periods @ gap[:first]
    estimate = float(gap[first:].mean() - shift)
    level = 0.0 if mix == "synthetic control" else gap[:first].mean()
    return _Part(estimate, of_units, first, mean, imitation + level, len(treated))


def _placebo_error(
    untouched: Floats, starts: list[tuple[int, int]], cells: Floats, mix: Mix, seed: int
) -> float:
    """The root mean square of what is found for untouched units in place of those treated."""
    n0, n1 = len(untouched), sum(n for _, n in starts)
    rng = np.random.default_rng(seed)
    chosen = (
        np.arange(n0)[:, None] if n1 == 1 else np.array([rng.permutation(n0)[:n1] for _ in range(_PLACEBOS)])
    )
    found = []
    for pretended in chosen:
        others = np.delete(untouched, pretended, axis=0)
        parts, taken = [], 0
        for first, n in starts:
            parts.append(_against_mix(untouched[pretended[taken : taken + n]], others, first, mix).estimate)
            taken += n
        found.append(np.average(parts, weights=cells))
    return float(np.sqrt(np.mean(np.square(found))))


def _paths(parts: list[_Part]) -> tuple[pl.DataFrame, float]:
    """The mean paths by time since the start, and how well they agree before it."""
    frames = [
        pl.DataFrame({"treated": part.treated, "mix": part.mix}).with_columns(
            relative_period=pl.int_range(pl.len()) - part.first, n=pl.lit(part.n)
        )
        for part in parts
    ]
    weighted = ((pl.col(name) * pl.col("n")).sum() / pl.col("n").sum() for name in ("treated", "mix"))
    path = pl.concat(frames).group_by("relative_period").agg(*weighted).sort("relative_period")
    before = path.filter(pl.col("relative_period") < 0)
    return path, pre_fit(before["treated"].to_numpy(), before["mix"].to_numpy())


def _panel(
    frame: pl.DataFrame, unit: str, period: str, outcome: str, start: str
) -> tuple[Floats, np.ndarray[Any, np.dtype[np.int64]], pl.Series]:
    """Units × periods, the place of each unit's first treated period (-1 for never), and the units' names."""
    used = [unit, period, outcome, start]
    if missing := [column for column in used if column not in frame.columns]:
        raise ValueError(f"the frame has no column {missing}; it has {frame.columns}")
    rows = frame.select(used).sort(unit, period)
    periods, units = rows[period].unique().sort(), rows[unit].unique().sort()
    if rows.height != len(periods) * len(units) or rows.select(unit, period).is_duplicated().any():
        raise ValueError(
            f"expected each of {len(units)} units once in each of {len(periods)} periods, found {rows.height} rows"
        )
    if rows[outcome].null_count():
        raise ValueError(
            f"found {rows[outcome].null_count()} nulls in {outcome}; every unit needs every period"
        )
    by_unit = rows.group_by(unit, maintain_order=True).agg(
        pl.col(start).first(), pl.col(start).n_unique().alias("n")
    )
    if by_unit["n"].max() != 1:
        raise ValueError(f"expected one {start} for each {unit}, found several")
    places = periods.search_sorted(by_unit[start].drop_nulls())
    starts = np.full(len(units), -1)
    starts[by_unit[start].is_not_null().to_numpy()] = places
    begun = starts[starts >= 0]
    if not begun.size or begun.min() < 2 or begun.max() >= len(periods):
        raise ValueError("expected at least one start, with two periods before it and one from it on")
    return rows[outcome].cast(pl.Float64).to_numpy().reshape(len(units), len(periods)), starts, units
