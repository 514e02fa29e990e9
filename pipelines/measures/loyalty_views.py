"""The four views of the loyalty table, from joint answers."""

import math
from collections.abc import Iterator

import numpy as np
import polars as pl
from scipy.special import expit, logit

from pipelines.measures import ordinal
from pipelines.measures.drivers import lmg_weights
from pipelines.measures.joint_answers import (
    BEHAVIOURS,
    DRIVERS,
    POINTS,
    Floats,
    JointAnswers,
    Question,
    pairs_of,
    resampled,
)
from pipelines.measures.leader import normal_scores
from pipelines.measures.proportions import wilson

LEVELS = {"high": (6, 7), "low": (1, 3)}
ANSWERS = np.arange(1, POINTS + 1)
AT = {level: (bounds[0] <= ANSWERS) & (bounds[1] >= ANSWERS) for level, bounds in LEVELS.items()}
LOYAL = AT["high"]
SCHEMA = pl.Schema(
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

_ENOUGH_TO_RESAMPLE = 30
_Z = 1.959963984540054

Row = tuple[str, str, str, float | None, float | None, float | None, int]


def table(joint: JointAnswers, cells: pl.DataFrame, seed: int, draws: int) -> pl.DataFrame:
    """`loyalty_table` from the tables that the build counts.

    Args:
        cells: behaviour, the three drivers, `value` of the behaviour, `count`.
    """
    weights = resampled(np.random.default_rng(seed), draws)
    rows: list[tuple[object, ...]] = []
    for view in (_as_counted, _same_size):
        for behaviour in BEHAVIOURS:
            question = joint.questions[behaviour]
            rows += [_row(behaviour, found) for found in view(question, behaviour, weights)]
    for behaviour in BEHAVIOURS:
        own = cells.filter(pl.col("behaviour") == behaviour).sort(*DRIVERS, "value")
        rows += [_row(behaviour, found) for found in _others_equal(own)]
    for behaviour in BEHAVIOURS:
        rows += [_row(behaviour, found) for found in _share_explained(joint.questions[behaviour], weights)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _row(behaviour: str, found: Row) -> tuple[object, ...]:
    driver, view, level, *estimate = found
    return (driver, behaviour, view, level, *estimate)


def _as_counted(question: Question, behaviour: str, weights: Floats) -> Iterator[Row]:
    for driver in DRIVERS:
        counts = question.between(driver, behaviour)
        for level, at in AT.items():
            rated = counts[:, at].sum(axis=1)
            n = round(float(rated.sum()))
            shares = _ratio(weights @ rated[:, LOYAL].sum(axis=1), weights @ rated.sum(axis=1))
            yield driver, "as counted", level, *_estimate(shares, n), n


def _same_size(question: Question, behaviour: str, weights: Floats) -> Iterator[Row]:
    drawn = {driver: np.tensordot(weights, question.between(driver, behaviour), axes=1) for driver in DRIVERS}
    for level, at in AT.items():
        everyone = question.n
        size = float(np.mean([counts[0][at].sum() for counts in drawn.values()]))
        n = round(size)
        for driver, counts in drawn.items():
            rated = counts.sum(axis=2)
            turned = slice(None, None, -1) if level == "high" else slice(None)
            wanted = rated.sum(axis=1, keepdims=True) * (size / everyone if everyone else 0)
            before = np.cumsum(rated[:, turned], axis=1) - rated[:, turned]
            taken = _ratio(wanted - before, rated[:, turned], empty=0.0).clip(0, 1)[:, turned]
            loyal = (taken * counts[:, :, LOYAL].sum(axis=2)).sum(axis=1)
            shares = _ratio(loyal, (taken * rated).sum(axis=1))
            yield driver, "same-size groups", level, *_estimate(shares, n), n


def _others_equal(cells: pl.DataFrame) -> Iterator[Row]:
    count = cells["count"].to_numpy().astype(float)
    n = round(float(count.sum()))
    answers = cells.select(DRIVERS).cast(pl.Int64).to_numpy()
    margins = [np.bincount(column - 1, count, POINTS).astype(np.float64) for column in answers.T]
    value = cells["value"].cast(pl.Int64).to_numpy()
    told = np.unique(value)
    fitted = None
    if n and any(told >= LEVELS["high"][0]) and any(told < LEVELS["high"][0]):
        scores = [normal_scores(margin)[0] for margin in margins]
        columns = np.column_stack([s[a - 1] for s, a in zip(scores, answers.T, strict=True)])
        try:
            fitted = ordinal.fit(columns, value, count)
        except ordinal.NotIdentifiedError:
            fitted = None
    cut = int((told < LEVELS["high"][0]).sum()) - 1
    for i, driver in enumerate(DRIVERS):
        for level, at in AT.items():
            rated = margins[i] * at
            if fitted is None or not rated.sum():
                yield driver, "others held equal", level, None, None, None, n
                continue
            mean = 0.0
            gradient = np.zeros(len(fitted.covariance))
            for answer in np.flatnonzero(rated):
                held = columns.copy()
                held[:, i] = scores[i][answer]
                chance = expit(held @ fitted.slopes - fitted.cuts[cut])
                part = count / n * rated[answer] / rated.sum()
                mean += float(part @ chance)
                slope = part * chance * (1 - chance)
                gradient[cut] -= slope.sum()
                gradient[len(fitted.cuts) :] += slope @ held
            error = math.sqrt(gradient @ fitted.covariance @ gradient) / (mean * (1 - mean))
            low, high = (float(expit(logit(mean) + side * _Z * error)) for side in (-1, 1))
            yield driver, "others held equal", level, mean, low, high, n


def _share_explained(question: Question, weights: Floats) -> Iterator[Row]:
    if not question.n or not question.is_varied:
        for driver in DRIVERS:
            yield driver, "share explained", "all", None, None, None, question.n
        return
    scores = np.tile(ANSWERS - (POINTS + 1) / 2, (len(question.items), 1))
    deviation, covariance = question.correlations(scores, weights)
    drawn_anyone = ~np.isnan(deviation).any(axis=1)
    deviation, covariance = deviation[drawn_anyone], covariance[drawn_anyone]
    matrices = np.tile(np.eye(len(question.items)), (len(deviation), 1, 1))
    for column, (i, j) in enumerate(pairs_of(question.items)):
        found = (covariance[:, column] / (deviation[:, i] * deviation[:, j])).clip(-1, 1)
        matrices[:, i, j] = matrices[:, j, i] = found
    shares = lmg_weights(matrices)
    low, high = np.percentile(shares[1:], (2.5, 97.5), axis=0)
    for i, driver in enumerate(DRIVERS):
        yield driver, "share explained", "all", float(shares[0, i]), float(low[i]), float(high[i]), question.n


def _estimate(shares: Floats, n: int) -> tuple[float | None, float | None, float | None]:
    """The sample's share and its range: Wilson's, at the n that the resampled shares are worth."""
    share = float(shares[0])
    if math.isnan(share) or n == 0:
        return None, None, None
    worth = float(n)
    spread = float(np.nanstd(shares[1:], ddof=1)) if n >= _ENOUGH_TO_RESAMPLE else 0.0
    if spread > 0 and 0 < share < 1:
        worth = min(max(share * (1 - share) / spread**2, n / 2), 2 * n)
    return share, *wilson(share * worth, worth)


def _ratio(part: Floats, whole: Floats, empty: float = math.nan) -> Floats:
    return np.divide(part, whole, where=whole > 0, out=np.full_like(part, empty, dtype=float))
