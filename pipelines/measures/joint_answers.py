"""Two answers of the same people at a time: all that loyalty needs to know, in tables that never grow.

A question is a behaviour with the three drivers, or all seven items (`overall`); only those count who answered
all of its items. Of every pair of its items there is a 7 × 7 table of counts for each of 200 groups of people.
People are put into groups by chance (the build goes by a hash of the customer), so that what the sample might
have been is a draw of groups.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

DRIVERS = ("success", "effort", "emotion")
BEHAVIOURS = ("purchase_more", "recommend", "forgive", "trust")
OVERALL = "overall"
SCALE = (1, 7)
POINTS = 7
BUCKETS = 200
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    **{behaviour: (*DRIVERS, behaviour) for behaviour in BEHAVIOURS},
    OVERALL: (*DRIVERS, *BEHAVIOURS),
}

_FEWEST_ALIKE = 5
_SPLIT_AT = 50

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Integers = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


def pairs_of(items: tuple[str, ...]) -> list[tuple[int, int]]:
    """The pairs that are counted: drivers with each other, drivers with behaviours."""
    return [(i, j) for j in range(len(items)) for i in range(min(j, len(DRIVERS)))]


@dataclass(frozen=True)
class Question:
    """Counts by group, pair, answer to the pair's first item, answer to its second."""

    items: tuple[str, ...]
    counts: Floats

    @property
    def n(self) -> int:
        """How many people answered all of its items."""
        return round(float(self.counts[:, 0].sum()))

    @property
    def margins(self) -> Floats:
        """How many people gave each answer, by item."""
        tables = self.counts.sum(axis=0)
        place = {pair: k for k, pair in enumerate(pairs_of(self.items))}
        first = tables[place[0, 1]].sum(axis=1)
        return np.vstack([first, *(tables[place[0, j]].sum(axis=0) for j in range(1, len(self.items)))])

    @property
    def is_varied(self) -> bool:
        """Whether no item was answered alike by all."""
        return bool((np.count_nonzero(self.margins, axis=1) > 1).all())

    def between(self, driver: str, item: str) -> Floats:
        """The tables of one pair: group, answer to the driver, answer to the item."""
        pair = (self.items.index(driver), self.items.index(item))
        return self.counts[:, pairs_of(self.items).index(pair)]

    def correlations(self, scores: Floats, weights: Floats) -> tuple[Floats, Floats]:
        """Standard deviations of scored items and covariances of the pairs, per row of weights of the groups."""
        pairs = pairs_of(self.items)
        first, second = np.array(pairs).T
        products = (scores[first][:, :, None] * scores[second][:, None, :]).reshape(len(pairs), -1)
        product = np.einsum("gpx,px->gp", self.counts.reshape(BUCKETS, len(pairs), -1), products)
        one = np.stack(
            [self.counts[:, pairs.index((0, 1))].sum(axis=2)]
            + [self.counts[:, pairs.index((0, j))].sum(axis=1) for j in range(1, len(scores))]
        )
        total = np.einsum("jga,ja->gj", one, scores)
        square = np.einsum("jga,ja->gj", one, scores**2)
        people = weights @ self.counts[:, 0].sum(axis=(1, 2))
        divisor = np.where(people > 0, people, np.nan)[:, None]
        mean, square, product = (weights @ sums / divisor for sums in (total, square, product))
        deviation = np.sqrt((square - mean**2).clip(1e-12))
        return deviation, product - mean[:, first] * mean[:, second]


@dataclass(frozen=True)
class JointAnswers:
    """Every question's tables, and those of the people who gave one answer to everything."""

    questions: Mapping[str, Question]
    alike: Mapping[str, Question]

    def without_alike(self, name: str) -> Question:
        """A question without those who gave one answer to everything."""
        return Question(self.questions[name].items, self.questions[name].counts - self.alike[name].counts)


def from_pairs(answer_pair: pl.DataFrame) -> JointAnswers:
    """The tables as the build counts them.

    Args:
        answer_pair: behaviour (or `overall`), bucket (0-199), first_item, first_value, second_item, second_value,
            count, alike: how many of the count gave one answer to everything.

    Raises:
        ValueError: an answer is not a whole number from 1 to 7.
    """
    for column in ("first_value", "second_value"):
        refuse_off_scale(answer_pair[column], column)
    made, alike = {}, {}
    for name, items in QUESTIONS.items():
        pairs = {(items[i], items[j]): k for k, (i, j) in enumerate(pairs_of(items))}
        counts = np.zeros((2, BUCKETS, len(pairs), POINTS, POINTS))
        own = answer_pair.filter(pl.col("behaviour") == name)
        for (first, second), rows in own.partition_by("first_item", "second_item", as_dict=True).items():
            groups, one, other = (
                rows[c].cast(pl.Int64).to_numpy() for c in ("bucket", "first_value", "second_value")
            )
            place: Any = (groups, pairs[str(first), str(second)], one - 1, other - 1)
            np.add.at(counts[0], place, rows["count"].to_numpy())
            np.add.at(counts[1], place, rows["alike"].to_numpy())
        made[name], alike[name] = Question(items, counts[0]), Question(items, counts[1])
    return JointAnswers(made, alike)


def from_answers(answers: pl.DataFrame, seed: int) -> JointAnswers:
    """The tables of a wide frame (one row per person, or `count` people), put into groups by chance."""
    items = [*DRIVERS, *BEHAVIOURS]
    distinct = answers.group_by(items).agg(pl.col("count").sum()).sort(items, nulls_last=True)
    values = distinct.select(pl.col(items).cast(pl.Int64).fill_null(0)).to_numpy()
    row, bucket, count = _grouped(distinct["count"].to_numpy(), np.random.default_rng(seed))
    values = values[row]
    told = (values > 0).sum(axis=1)
    same = np.where(values > 0, values, values.max(axis=1, keepdims=True, initial=0)).min(axis=1, initial=9)
    is_alike = (told >= _FEWEST_ALIKE) & (same == values.max(axis=1, initial=0))
    made, alike = {}, {}
    for name, asked in QUESTIONS.items():
        columns = values[:, [items.index(item) for item in asked]]
        complete = (columns > 0).all(axis=1)
        made[name] = _tabled(asked, columns[complete], bucket[complete], count[complete])
        chosen = complete & is_alike
        alike[name] = _tabled(asked, columns[chosen], bucket[chosen], count[chosen])
    return JointAnswers(made, alike)


def cells_of(answers: pl.DataFrame) -> pl.DataFrame:
    """Behaviour, the three drivers, `value` of the behaviour, and how many people answered just so."""
    return pl.concat(
        answers.select(pl.lit(b).alias("behaviour"), pl.col(*DRIVERS, b).cast(pl.Int64), pl.col("count"))
        .rename({b: "value"})
        .drop_nulls()
        .group_by("behaviour", *DRIVERS, "value")
        .agg(pl.col("count").sum())
        for b in BEHAVIOURS
    )


def resampled(rng: np.random.Generator, draws: int) -> Floats:
    """How often each group is drawn: first every group once, then so many draws with replacement."""
    return np.vstack(
        [np.ones(BUCKETS), rng.multinomial(BUCKETS, np.full(BUCKETS, 1 / BUCKETS), draws)]
    ).astype(float)


def refuse_off_scale(values: pl.Series, name: str) -> None:
    """Stop at an answer that can not be.

    Raises:
        ValueError: the first of them, and how many.
    """
    given = values.drop_nulls()
    if given.is_empty():
        return
    wrong = given.filter(~given.is_between(*SCALE) | (given != given.cast(pl.Int64)))
    if len(wrong):
        raise ValueError(
            f"expected {name} as a whole number from 1 to 7, found {wrong[0]!r} ({len(wrong)} row(s))"
        )


def _grouped(count: Integers, rng: np.random.Generator) -> tuple[Integers, Integers, Integers]:
    """Row, group and count: everybody in a group by chance; large counts are split without a draw per person."""
    small = np.flatnonzero(count < _SPLIT_AT)
    row = np.repeat(small, count[small])
    large = np.flatnonzero(count >= _SPLIT_AT)
    split = rng.multinomial(count[large], np.full(BUCKETS, 1 / BUCKETS))
    which, group = np.nonzero(split)
    return (
        np.concatenate([row, large[which]]),
        np.concatenate([rng.integers(0, BUCKETS, len(row)), group]),
        np.concatenate([np.ones(len(row), dtype=np.int64), split[which, group]]),
    )


def _tabled(items: tuple[str, ...], values: Integers, bucket: Integers, count: Integers) -> Question:
    shape = (BUCKETS, POINTS, POINTS)
    tables = [
        np.bincount(
            np.ravel_multi_index((bucket, values[:, i] - 1, values[:, j] - 1), shape), count, np.prod(shape)
        ).reshape(shape)
        for i, j in pairs_of(items)
    ]
    return Question(items, np.stack(tables, axis=1))
