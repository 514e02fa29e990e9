"""What goes with an outcome most: shares of its variance, split among drivers that go together.

No share is a cause. A driver's share is what it explains on its own and together with the others, so drivers that
say nearly the same split one share between them; `importance` names them, and says which drivers can not be told
apart. Ties and ranks rest on the paired difference of two shares in the same resampled people, never on whether
two ranges overlap.
"""

import math
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import polars as pl
from scipy.special import expit

MINIMUM_N, ROWS_PER_DRIVER, MOST_DRIVERS = 100, 10, 12
NEARLY_THE_SAME, LARGEST_INFLATION = 0.9, 5.0
RANGE = (2.5, 97.5)
SCHEMA = pl.Schema(
    {
        "driver": pl.String(),
        "weight": pl.Float64(),
        "weight_low": pl.Float64(),
        "weight_high": pl.Float64(),
        "rank_low": pl.Int64(),
        "rank_high": pl.Int64(),
        "tied_with": pl.String(),
        "n": pl.Int64(),
        "r_squared": pl.Float64(),
        "halo_share": pl.Float64(),
        "direction": pl.String(),
        "caution": pl.String(),
    }
)

_NUMERICALLY_ZERO = 1e-10
_CELLS_AT_ONCE = 2_000_000
_ITERATIONS = 100
_CERTAIN = 1e-8

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Weights = Callable[[Floats], Floats]


def lmg(frame: pl.DataFrame, outcome: str, drivers: Sequence[str]) -> dict[str, float]:
    """Each driver's gain in R², averaged over all orders in which the drivers can enter.

    Args:
        frame: one row per respondent, or per distinct set of answers with `count`. Rows with a gap are left out.
        outcome: the column to explain.
        drivers: at most 12 columns.

    Returns:
        Driver -> share of the outcome's variance; the shares sum to R².

    Raises:
        ValueError: a column is missing, not a number, or the same in every row; or there are too many drivers.

    Source: Lindeman, Merenda and Gold (1980); Grömping (2006), Journal of Statistical Software 17(1).
    """
    return _shares(frame, outcome, drivers, lmg_weights)


def johnson(frame: pl.DataFrame, outcome: str, drivers: Sequence[str]) -> dict[str, float]:
    """Johnson's relative weights: shares by way of the uncorrelated variables nearest to the drivers.

    Args, Returns, Raises: as for `lmg`, of any number of drivers.

    Source: Johnson (2000), Multivariate Behavioral Research 35, 1-19.
    """
    return _shares(frame, outcome, drivers, johnson_weights)


def logistic_weights(frame: pl.DataFrame, outcome: str, drivers: Sequence[str]) -> dict[str, float]:
    """Relative weights for an outcome of yes (1) or no (0), by logistic regression.

    Args:
        frame, drivers: as for `johnson`.
        outcome: a column of 0 and 1, or of truth values.

    Returns:
        Driver -> share of the outcome's variance; the shares sum to the squared correlation of the outcome with
        its predicted chance.

    Raises:
        ValueError: as for `johnson`; the outcome is not of 0 and 1; or a driver, or the drivers together,
            separate yes from no perfectly, so that there is no finite answer.

    Source: Tonidandel and LeBreton (2010), Journal of Business and Psychology 25, 323-332; standardised
        coefficients of Menard (2004), The American Statistician 58, 218-223.
    """
    values, count = _rows(frame, outcome, drivers)
    x, y = values[:, :-1], values[:, -1]
    if not np.isin(y, (0, 1)).all():
        raise ValueError(f"expected {outcome} to be 0 or 1, found {y[~np.isin(y, (0, 1))][0]:g}")
    for name, column in zip(drivers, x.T, strict=True):
        yes, no = column[y == 1], column[y == 0]
        if yes.min() >= no.max() or yes.max() <= no.min():
            raise ValueError(
                f"{name} separates yes from no in {outcome} perfectly: too good to be true. Was it recorded after "
                "the outcome was known? Leave it out."
            )
    mean = np.average(x, axis=0, weights=count)
    deviation = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=count))
    standard = (x - mean) / deviation
    root, inverse = _roots(_correlations(_moments(values, count))[:-1, :-1])
    design = np.column_stack([np.ones(len(y)), standard @ inverse])
    coefficients = np.zeros(design.shape[1])
    for _ in range(_ITERATIONS):
        chance = expit(design @ coefficients)
        if float(np.abs(chance - y).max()) < _CERTAIN:
            break
        information = (design * (count * chance * (1 - chance))[:, None]).T @ design
        step = np.linalg.lstsq(information, design.T @ (count * (y - chance)), rcond=None)[0]
        coefficients += step * min(1.0, 5 / max(float(np.abs(step).max()), _NUMERICALLY_ZERO))
        if float(np.abs(step).max()) < 1e-10:
            break
    else:
        chance = y
    logit = design @ coefficients
    if float(np.abs(chance - y).max()) < _CERTAIN or float(np.abs(logit).max()) > 300:
        strongest = drivers[int(np.abs(inverse @ coefficients[1:]).argmax())]
        raise ValueError(
            f"the drivers together separate yes from no in {outcome} perfectly, {strongest} most of all: too good to "
            "be true. Leave it out."
        )
    predicted = _correlation(chance, y, count)
    spread = math.sqrt(np.average((logit - np.average(logit, weights=count)) ** 2, weights=count))
    beta = coefficients[1:] * predicted / spread
    return dict(zip(drivers, (root**2 @ beta**2).tolist(), strict=True))


def importance(
    frame: pl.DataFrame,
    outcome: str,
    drivers: Sequence[str],
    draws: int = 1000,
    seed: int = 0,
    method: str = "johnson",
) -> pl.DataFrame:
    """How much of the outcome's variance goes with each driver, and which drivers can not be told apart.

    Args:
        frame, outcome, drivers: as for `johnson`.
        draws: resampled sets of respondents (Poisson bootstrap).
        seed: of the bootstrap; the same seed and frame give the same answer.
        method: `johnson` or `lmg`.

    Returns:
        One row per driver, in the order given: `driver`; `weight`, `weight_low`, `weight_high`: share of the
        outcome's variance, 95 %; `rank_low`, `rank_high`: the ranks it may have; `tied_with`: the drivers it can
        not be told apart from, `a, b`, or empty; `n`; `r_squared`, the sum of the weights; `halo_share`: the
        share of the drivers' variance that one common factor takes; `direction`: `up`, `down` or `not clear`, the
        others held equal; `caution`: null, or `suppressor` (works against its own correlation with the outcome,
        or explains more than it correlates), `nearly the same as …` (correlation over 0.9), `mostly repeats the
        others` (variance inflation over 5).

    Raises:
        ValueError: as for `johnson`, or there is not enough data: under 100 respondents, or 10 per driver.

    Source: as for the method; ranks and ties by paired bootstrap (Tonidandel, LeBreton and Johnson 2009,
        Psychological Methods 14, 387-399).
    """
    values, count = _rows(frame, outcome, drivers)
    rng = np.random.default_rng(seed)
    return importance_of_moments(
        drivers, *_resampled(values, count, draws, rng), weights=METHODS[method], outcome=outcome
    )


def importance_of_moments(
    drivers: Sequence[str],
    moments: Floats,
    resampled: Floats,
    weights: "Weights",
    outcome: str = "the outcome",
) -> pl.DataFrame:
    """`importance` from sums of products alone.

    Args:
        moments: sums over respondents of z z', where z = (1, drivers, outcome).
        resampled: the same for every resampled set of respondents, one after the other.

    Raises:
        ValueError: as for `importance`.
    """
    n, p = round(float(moments[0, 0])), len(drivers)
    needed = max(MINIMUM_N, ROWS_PER_DRIVER * p)
    if n < needed:
        raise ValueError(f"not enough data: {n} complete answers, and {p} drivers need {needed}")
    _refuse_constant(moments, [*drivers, outcome])
    correlations, drawn = _correlations(moments), _correlations(resampled)
    weight, drawn_weight = weights(correlations), weights(drawn)
    low, high = np.percentile(drawn_weight, RANGE, axis=0)
    difference = drawn_weight[:, :, None] - drawn_weight[:, None, :]
    least, most = np.percentile(difference, RANGE, axis=0)
    above, below = least > _NUMERICALLY_ZERO, most < -_NUMERICALLY_ZERO
    rank_low, rank_high = 1 + below.sum(axis=1), p - above.sum(axis=1)
    slope, drawn_slope = _coefficients(correlations), _coefficients(drawn)
    slope_low, slope_high = np.percentile(drawn_slope, RANGE, axis=0)
    alone = drawn[:, :-1, -1]
    excess = np.percentile(drawn_weight - alone**2, RANGE[0], axis=0)
    against = np.where(alone.mean(axis=0) > 0, slope_high < 0, slope_low > 0)
    between = correlations[:-1, :-1]
    inflation = np.diag(np.linalg.pinv(between))
    halo = float(np.linalg.eigvalsh(between)[-1]) / p
    rows = []
    for i, driver in enumerate(drivers):
        tied = [drivers[j] for j in range(p) if j != i and not above[i, j] and not below[i, j]]
        twins = [drivers[j] for j in range(p) if j != i and abs(between[i, j]) > NEARLY_THE_SAME]
        cautions = ["suppressor"] if against[i] or excess[i] > _NUMERICALLY_ZERO else []
        cautions += [f"nearly the same as {twin}" for twin in twins]
        if not twins and not 0 < inflation[i] <= LARGEST_INFLATION:
            cautions.append("mostly repeats the others")
        direction = "up" if slope_low[i] > 0 else "down" if slope_high[i] < 0 else "not clear"
        rows.append(
            (driver, float(weight[i]), float(low[i]), float(high[i]), int(rank_low[i]), int(rank_high[i]),
             ", ".join(tied), n, float(slope @ correlations[:-1, -1]), halo, direction, ", ".join(cautions) or None)
        )  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def lmg_weights(correlations: Floats) -> Floats:
    """LMG shares of matrices of correlations whose last row is the outcome's.

    Raises:
        ValueError: there are more than 12 drivers.
    """
    p = correlations.shape[-1] - 1
    if p > MOST_DRIVERS:
        raise ValueError(
            f"LMG goes through every subset of the drivers: expected at most {MOST_DRIVERS}, found {p}"
        )
    between = correlations[..., :-1, :-1] + _NUMERICALLY_ZERO * np.eye(p)
    explained: dict[tuple[int, ...], Floats] = {(): np.zeros(correlations.shape[:-2])}
    for size in range(1, p + 1):
        for subset in combinations(range(p), size):
            some = list(subset)
            alone = correlations[..., some, -1]
            slopes = np.linalg.solve(between[..., some, :][..., some], alone[..., None])[..., 0]
            explained[subset] = (slopes * alone).sum(axis=-1)
    shares = np.zeros((*correlations.shape[:-2], p))
    for subset, r_squared in explained.items():
        entered = math.factorial(len(subset)) * math.factorial(p - len(subset) - 1) if len(subset) < p else 0
        for driver in set(range(p)) - set(subset):
            gain = explained[tuple(sorted((*subset, driver)))] - r_squared
            shares[..., driver] += gain * entered / math.factorial(p)
    return shares


def johnson_weights(correlations: Floats) -> Floats:
    """Johnson's shares of matrices of correlations whose last row is the outcome's."""
    root, inverse = _roots(correlations[..., :-1, :-1])
    beta = (inverse @ correlations[..., :-1, -1:])[..., 0]
    return (root**2 @ (beta**2)[..., None])[..., 0]


METHODS: dict[str, Weights] = {"johnson": johnson_weights, "lmg": lmg_weights}


def _roots(between: Floats) -> tuple[Floats, Floats]:
    """The symmetric square root of matrices of correlations and its inverse, where there is one."""
    size, vectors = np.linalg.eigh(between)
    length = np.sqrt(size.clip(0))
    shorter = np.divide(1, length, where=size > _NUMERICALLY_ZERO, out=np.zeros_like(length))
    turned = np.swapaxes(vectors, -1, -2)
    return (vectors * length[..., None, :]) @ turned, (vectors * shorter[..., None, :]) @ turned


def _coefficients(correlations: Floats) -> Floats:
    _, inverse = _roots(correlations[..., :-1, :-1])
    return (inverse @ (inverse @ correlations[..., :-1, -1:]))[..., 0]


def _shares(frame: pl.DataFrame, outcome: str, drivers: Sequence[str], weights: Weights) -> dict[str, float]:
    found = weights(_correlations(_moments(*_rows(frame, outcome, drivers))))
    return dict(zip(drivers, found.tolist(), strict=True))


def _rows(frame: pl.DataFrame, outcome: str, drivers: Sequence[str]) -> tuple[Floats, Floats]:
    """Distinct complete rows, drivers first and the outcome last, and how often each occurs."""
    items = [*drivers, outcome]
    missing = [item for item in items if item not in frame.columns]
    if missing or len(set(items)) < len(items) or not drivers:
        raise ValueError(f"expected different columns {items}, missing: {missing}")
    count = pl.col("count") if "count" in frame.columns else pl.lit(1)
    try:
        numbers = frame.select(*(pl.col(item).cast(pl.Float64) for item in items), count.alias("count"))
    except pl.exceptions.InvalidOperationError:
        raise ValueError(f"expected numbers in {items}, found something else") from None
    complete = numbers.fill_nan(None).drop_nulls().filter(pl.col("count") > 0)
    distinct = complete.group_by(items).agg(pl.col("count").sum()).sort(items)
    if distinct.is_empty():
        raise ValueError("not enough data: 0 complete answers")
    values = distinct.select(items).to_numpy()
    for item, column in zip(items, values.T, strict=True):
        if column.min() == column.max():
            raise ValueError(f"{item} is the same in every row: there is nothing to explain by it")
    return values, distinct["count"].to_numpy().astype(float)


def _moments(values: Floats, count: Floats) -> Floats:
    centred = np.column_stack([np.ones(len(values)), values - np.average(values, axis=0, weights=count)])
    return (centred * count[:, None]).T @ centred


def _resampled(values: Floats, count: Floats, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Sums of products of the sample, and of so many Poisson resamples of its respondents."""
    scaled = (values - np.average(values, axis=0, weights=count)) / values.std(axis=0)
    extended = np.column_stack([np.ones(len(values)), scaled])
    k = extended.shape[1]
    row, column = np.triu_indices(k)
    products = extended[:, row] * extended[:, column]
    at_once = max(1, _CELLS_AT_ONCE // len(values))
    drawn = []
    for start in range(0, draws, at_once):
        how_often = rng.poisson(count, (min(at_once, draws - start), len(count))).astype(float)
        drawn.append(how_often @ products)
    full = np.empty((draws + 1, k, k))
    full[:, row, column] = np.vstack([count @ products, *drawn])
    full[:, column, row] = full[:, row, column]
    return full[0], full[1:]


def _correlations(moments: Floats) -> Floats:
    """Of the drivers and the outcome, from sums of z z' with z = (1, drivers, outcome)."""
    mean = moments[..., 1:, 0] / moments[..., :1, 0]
    covariance = moments[..., 1:, 1:] / moments[..., :1, :1] - mean[..., :, None] * mean[..., None, :]
    deviation = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1).clip(1e-300))
    found = covariance / (deviation[..., :, None] * deviation[..., None, :])
    return found.clip(-1, 1)


def _correlation(one: Floats, other: Floats, count: Floats) -> float:
    moments = _moments(np.column_stack([one, other]), count)
    return float(_correlations(moments)[0, 1])


def _refuse_constant(moments: Floats, names: Sequence[str]) -> None:
    mean = moments[1:, 0] / moments[0, 0]
    square = np.diag(moments)[1:] / moments[0, 0]
    for name, variance, size in zip(names, square - mean**2, square, strict=True):
        if variance <= _NUMERICALLY_ZERO * max(float(size), 1e-12):
            raise ValueError(f"{name} is the same in every row: there is nothing to explain by it")
