"""A few teams that started one after the other: what other orders of the same start dates would have shown."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipelines.measures.impact.cohorts import CohortSums
from pipelines.measures.impact.effect import Floats

_MANY, _MANY_STARTING = 20, 10
_DRAWS, _AT_ONCE = 999, 100


def are_few(sums: CohortSums) -> bool:
    """Whether the clusters are too few for their errors to be known: below 20 in all, or below 10 that start."""
    rows = sums.clusters
    if rows is None:
        return False
    starting = len(np.unique(rows.cluster[sums.starts[rows.cell] < len(sums.periods)]))
    return rows.n < _MANY or starting < _MANY_STARTING


@dataclass(frozen=True)
class Orders:
    """A effects under n orders of the start dates, the true one first.

    `values` (n, A): the effects. `overlap` (n, A): what each order would find had an effect of one, in the periods
    truly treated, been the only thing that happened.
    """

    values: Floats
    overlap: Floats

    @property
    def left(self) -> Floats:
        """What each order finds besides the first effect; under the true order, before the start, all there is."""
        return self.values - self.values[0, 0] * self.overlap


def start_as_a_whole(sums: CohortSums) -> bool:
    """Whether all units of each cluster start together."""
    rows = sums.clusters
    return rows is not None and len(set(zip(rows.cluster, sums.starts[rows.cell], strict=True))) == rows.n


def permuted(sums: CohortSums, effects: Callable[[Floats], Floats], *, seed: int = 0) -> Orders:
    """The effects under 999 other orders of the start dates.

    Args:
        sums: with clusters, each of which starts as a whole.
        effects: gives A effects from the totals of the cells, (n, A) from (n, cells, T + 1); linear in the outcomes.
        seed: of the orders looked at.

    Raises:
        ValueError: there are no clusters, or one's units start at different times, so its start can not be exchanged.

    Source: Athey and Imbens (2022), Journal of Econometrics 226, 62-79 (adoption dates assigned at random);
        Young (2019), Quarterly Journal of Economics 134, 557-598.
    """
    rows = sums.clusters
    if rows is None or not start_as_a_whole(sums):
        raise ValueError(
            "few clusters are compared by their start dates, so all units of a cluster must start together"
        )
    starts, code = np.unique(sums.starts, return_inverse=True)
    start = np.zeros(rows.n, dtype=int)
    start[rows.cluster] = code[rows.cell]
    alone = rows.z.copy()
    alone[:, 1:] = rows.z[:, :1] * (np.arange(len(sums.periods)) >= sums.starts[rows.cell][:, None])
    rng = np.random.default_rng(seed)
    orders = np.array([start, *(rng.permutation(start) for _ in range(_DRAWS))])
    cells = sums.strata[rows.cell] * len(starts) + orders[:, rows.cluster]
    values: list[Floats] = []
    overlap: list[Floats] = []
    for some in np.array_split(cells, _DRAWS // _AT_ONCE):
        for kept, z in ((values, rows.z), (overlap, alone)):
            totals = np.zeros((len(some), *sums.totals.shape))
            np.add.at(totals, (np.arange(len(some))[:, None], some), z)
            kept.append(effects(totals))
    found = Orders(np.concatenate(values), np.concatenate(overlap))
    usable = np.isfinite(found.values).all(axis=1)
    return Orders(found.values[usable], found.overlap[usable])
