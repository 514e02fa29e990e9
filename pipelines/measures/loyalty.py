"""Success, effort or emotion: what goes with loyal behaviour, and can we say which goes with it most?

The table repeats what people answered, split at "high" (6-7) and "low" (1-3). It cannot settle which driver
matters most: a driver that fewer people rate high looks stronger for that reason alone. The verdict
therefore never looks at where the scale is cut. Each seven-point item is taken as a normal variable cut into
pieces, wherever the cuts are; the correlations of the uncut variables are recovered, and behaviour is
regressed on the three drivers together. Recovering them, rather than correlating ranks, matters: a bunched
scale loses information, and the driver that loses least would be declared the winner.
"""

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import ndtr, ndtri

from pipelines.measures.proportions import wilson

DRIVERS = ("success", "effort", "emotion")
BEHAVIOURS = ("purchase_more", "recommend", "forgive", "trust")
SCALE = (1, 7)
LEVELS = {"high": (6, 7), "low": (1, 3)}
MINIMUM_N = 100
ERROR_SHARE = 0.05
TABLE_SCHEMA = pl.Schema(
    {
        "driver": pl.String(),
        "behaviour": pl.String(),
        "view": pl.String(),
        "level": pl.String(),
        "share": pl.Float64(),
        "share_low": pl.Float64(),
        "share_high": pl.Float64(),
        "n": pl.Int64(),
    }
)

_TERMS = 8
_LARGEST_CORRELATION = 0.98
_SMALLEST_ERROR = 1e-9
_DRAWS_AT_ONCE = 20

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def loyalty_table(answers: pl.DataFrame) -> pl.DataFrame:
    """How many of those who rated a driver high, or low, say they would behave loyally.

    Args:
        answers: one row per respondent, or per distinct set of answers: `success`, `effort`, `emotion`,
            `purchase_more`, `recommend`, `forgive`, `trust` on 1-7 and, optionally, `count`. For each
            behaviour only those count who answered it and all three drivers.

    Returns:
        24 rows: `driver`, `behaviour`, `view` (`as counted`), `level` (`high`: driver 6-7, `low`: 1-3),
        `share` of those with the behaviour at 6-7, `share_low`, `share_high` (Wilson, 95 %), `n`. Shares are
        null where nobody is at that level.

    Raises:
        ValueError: a column is missing, or an answer is not a whole number from 1 to 7.

    Source: the conditional table of the Qualtrics XM Institute (success, effort, emotion against four loyalty
        behaviours); Wilson (1927).
    """
    checked = _checked(answers)
    rows: list[tuple[str | float | None, ...]] = []
    for behaviour in BEHAVIOURS:
        complete = _combinations(checked, (behaviour,))
        for driver in DRIVERS:
            for level, bounds in LEVELS.items():
                group = complete.filter(pl.col(driver).is_between(*bounds))
                n = int(group["count"].sum())
                loyal = int(group.filter(pl.col(behaviour).is_between(*LEVELS["high"]))["count"].sum())
                estimate = (loyal / n, *wilson(loyal, n)) if n else (None, None, None)
                rows.append((driver, behaviour, "as counted", level, *estimate, n))
    return pl.DataFrame(rows, schema=TABLE_SCHEMA, orient="row")


def verdict(answers: pl.DataFrame, seed: int = 0, draws: int = 500) -> pl.DataFrame:
    """Which driver goes with loyalty most, if the answers can tell.

    A driver leads where its coefficient, all three drivers and the behaviour in standard units, exceeds both
    others and zero by more than chance would explain. The four behaviours share one 5 % chance of naming any
    leader falsely (Holm); `overall` is a question of its own: the mean coefficient over the four behaviours.

    Args:
        answers: as for `loyalty_table`.
        seed: of the bootstrap; the same seed and answers give the same verdict.
        draws: bootstrap samples, for the standard errors of the coefficients' differences.

    Returns:
        One row per behaviour, then `overall`: `behaviour`, `verdict` (`emotion leads`, `success leads`,
        `effort leads`, `tied`, `not enough data`), `n`. Below 100 complete answers, or where all
        gave the same answer to an item, there is not enough data.

    Raises:
        ValueError: as for `loyalty_table`.

    Source: polychoric correlation by the Hermite expansion of the bivariate normal (Lancaster and Hamdan
        1964, Psychometrika 29, 383-391); Poisson bootstrap of respondents, drawn on distinct answers (Hanley
        and MacGibbon 2006, Computer Methods and Programs in Biomedicine 83, 57-62); Holm (1979),
        Scandinavian Journal of Statistics 6, 65-70.
    """
    checked = _checked(answers)
    rng = np.random.default_rng(seed)
    contests = {behaviour: _contest(checked, (behaviour,), rng, draws) for behaviour in BEHAVIOURS}
    allowed = ERROR_SHARE / np.arange(len(contests), 0, -1)
    named = {}
    for (behaviour, contest), error in zip(
        sorted(contests.items(), key=lambda item: item[1].p_value), allowed, strict=True
    ):
        if contest.p_value > error:
            break
        named[behaviour] = contest.leader
    contests["overall"] = _contest(checked, BEHAVIOURS, rng, draws)
    if contests["overall"].p_value <= ERROR_SHARE:
        named["overall"] = contests["overall"].leader
    return pl.DataFrame(
        [
            (name, f"{named[name]} leads" if name in named else contest.otherwise, contest.n)
            for name, contest in contests.items()
        ],
        schema={"behaviour": pl.String, "verdict": pl.String, "n": pl.Int64},
        orient="row",
    )


@dataclass(frozen=True)
class _Contest:
    """The driver with the largest coefficient, and how surprising its lead is if there were none."""

    n: int
    leader: str = ""
    p_value: float = 1.0
    otherwise: str = "tied"


def _contest(
    answers: pl.DataFrame, behaviours: tuple[str, ...], rng: np.random.Generator, draws: int
) -> _Contest:
    complete = _combinations(answers, behaviours)
    n = int(complete["count"].sum())
    if n < MINIMUM_N or any(complete[item].n_unique() < 2 for item in (*DRIVERS, *behaviours)):
        return _Contest(n, otherwise="not enough data")
    coefficients = _coefficients(complete, behaviours, rng, draws)
    estimate, bootstrap = coefficients[0], coefficients[1:]
    leader = int(np.argmax(estimate))
    rivals = [driver for driver in range(len(DRIVERS)) if driver != leader]
    lead = np.append(estimate[leader] - estimate[rivals], estimate[leader])
    errors = np.append(
        (bootstrap[:, [leader]] - bootstrap[:, rivals]).std(axis=0, ddof=1), bootstrap[:, leader].std(ddof=1)
    )
    weakest = float((lead / errors.clip(_SMALLEST_ERROR)).min())
    return _Contest(n, DRIVERS[leader], p_value=min(1.0, 2 * float(ndtr(-weakest))))


def _coefficients(
    complete: pl.DataFrame, behaviours: tuple[str, ...], rng: np.random.Generator, draws: int
) -> Floats:
    """Standardised coefficients of the drivers, mean over the behaviours; row 0 is the sample itself."""
    counts = complete["count"].to_numpy()
    items = [_scored(complete[item].to_numpy(), counts) for item in (*DRIVERS, *behaviours)]
    scores = np.column_stack([item_scores for item_scores, _ in items])
    k = len(DRIVERS)
    pairs = [(i, j) for j in range(len(items)) for i in range(min(j, k))]
    first, second = np.array(pairs).T
    moments = np.hstack([scores, scores**2, scores[:, first] * scores[:, second]])
    sampled = [counts[None, :].astype(float) @ moments / counts.sum()]
    for start in range(0, draws, _DRAWS_AT_ONCE):
        weights = rng.poisson(counts, (min(_DRAWS_AT_ONCE, draws - start), len(counts)))
        sampled.append(weights @ moments / weights.sum(axis=1, keepdims=True))
    mean, square, product = np.split(np.vstack(sampled), [len(items), 2 * len(items)], axis=1)
    deviation = np.sqrt((square - mean**2).clip(1e-12))
    covariance = (product - mean[:, first] * mean[:, second]) / (deviation / deviation[0])[:, first]
    covariance /= (deviation / deviation[0])[:, second]
    series = np.array([items[i][1] * items[j][1] for i, j in pairs])
    correlation = _uncut_correlation(covariance, series)
    between_drivers = np.tile(np.eye(k), (len(correlation), 1, 1))
    with_behaviours = np.empty((len(correlation), k, len(behaviours)))
    for column, (i, j) in enumerate(pairs):
        if j < k:
            between_drivers[:, i, j] = between_drivers[:, j, i] = correlation[:, column]
        else:
            with_behaviours[:, i, j - k] = correlation[:, column]
    return np.linalg.solve(between_drivers, with_behaviours).mean(axis=2)


def _scored(values: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Each value's normal score (the mean of the normal between its cuts), and the score's Hermite terms."""
    _, index = np.unique(values, return_inverse=True)
    shares = np.bincount(index, counts) / counts.sum()
    cuts = ndtri(np.cumsum(shares)[:-1])
    density = np.exp(-(cuts**2) / 2) / math.sqrt(2 * math.pi)
    value_scores = -np.diff(density, prepend=0.0, append=0.0) / shares
    terms = [
        float(value_scores @ -np.diff(hermite * density, prepend=0.0, append=0.0))
        / math.sqrt(math.factorial(degree))
        for degree, hermite in enumerate(
            (np.polynomial.hermite_e.HermiteE.basis(below)(cuts) for below in range(_TERMS)), start=1
        )
    ]
    return value_scores[index], np.array(terms)


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


def _combinations(answers: pl.DataFrame, behaviours: tuple[str, ...]) -> pl.DataFrame:
    """Distinct complete answers to the drivers and these behaviours, each with its count, in fixed order."""
    items = [*DRIVERS, *behaviours]
    return answers.drop_nulls(items).group_by(items).agg(pl.col("count").sum()).sort(items)


def _checked(answers: pl.DataFrame) -> pl.DataFrame:
    items = [*DRIVERS, *BEHAVIOURS]
    missing = [item for item in items if item not in answers.columns]
    if missing:
        raise ValueError(f"loyalty needs the items {items}, missing: {missing}")
    count = pl.col("count") if "count" in answers.columns else pl.lit(1)
    checked = answers.select(*items, count.cast(pl.Int64).alias("count"))
    for item in items:
        wrong = checked[item].drop_nulls()
        wrong = wrong.filter(~wrong.is_between(*SCALE) | (wrong != wrong.cast(pl.Int64)))
        if len(wrong):
            raise ValueError(
                f"expected {item} as a whole number from 1 to 7, found {wrong[0]!r} ({len(wrong)} row(s))"
            )
    return checked.filter(pl.col("count") > 0)
