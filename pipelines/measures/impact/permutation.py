"""The effect where a few teams or stores were drawn as a whole: what other draws would have shown."""

import math
from collections.abc import Callable
from functools import partial
from itertools import combinations

import numpy as np
import polars as pl

from pipelines.measures.impact.effect import Effect, Floats
from pipelines.measures.impact.randomised import by_role
from pipelines.measures.proportions import Interval

_MOST_DRAWS = 4999


def permuted_clusters(
    frame: pl.DataFrame, outcome: str, treated: str, cluster: str, *, seed: int = 0, level: float = 0.95
) -> Effect:
    """The difference of means between clusters drawn and not drawn, with the range of the lot itself.

    Args:
        frame: one row per unit, or per distinct row with its `count`.
        outcome: column of the outcome, a number or yes-or-no.
        treated: column, true (or 1) where the unit's cluster was drawn.
        cluster: column of the cluster (team, store); at least two in each arm.
        seed: of the draws looked at, where there are more than 5,000.
        level: coverage of the range, strictly between 0 and 1.

    Returns:
        The mean per unit of those drawn less that of those not drawn. The range holds every effect which, had it
        been the same for everybody, more than (1 - level) of the draws would have contradicted no less: exact
        for any number of clusters, and unbounded where they are too few for that level. `se` is the spread of
        the draws that were not made.

    Raises:
        ValueError: as for `randomised`; or a cluster has units in both arms.

    Source: Rosenbaum (2002), Observational Studies, chapter 2; Imbens and Rubin (2015), Causal Inference, chapter 5.
    """
    rows = by_role(frame, {"outcome": outcome, "treated": treated, "cluster": cluster})
    clusters = rows.group_by("cluster", maintain_order=True).agg(
        pl.col("treated").mean(), n=pl.col("count").sum(), total=(pl.col("outcome") * pl.col("count")).sum()
    )
    if not clusters["treated"].is_in([0.0, 1.0]).all():
        raise ValueError(f"expected {treated} to be the same for everybody of a {cluster}")
    drawn, size, total = (clusters[name].to_numpy() for name in ("treated", "n", "total"))
    draws = _draws(drawn, np.random.default_rng(seed))
    differences, overlap = (
        draws @ sums / (draws @ size) - (1 - draws) @ sums / ((1 - draws) @ size)
        for sums in (total, drawn * size)
    )
    estimate = float(differences[0])
    return Effect(
        estimate,
        float(np.std(differences - estimate * overlap)),
        estimate,
        estimate,
        int(drawn @ size),
        int((1 - drawn) @ size),
        f"difference of means, {len(draws)} draws of the clusters",
        clusters=len(drawn),
        range_at=not_contradicted(differences, overlap),
    ).at(level)


def _draws(drawn: Floats, rng: np.random.Generator) -> Floats:
    """The draw that was made, then every other one (or 4,999 at random), one row each."""
    clusters, n_drawn = len(drawn), int(drawn.sum())
    if math.comb(clusters, n_drawn) <= _MOST_DRAWS + 1:
        rows = np.zeros((math.comb(clusters, n_drawn), clusters))
        for row, chosen in zip(rows, combinations(range(clusters), n_drawn), strict=True):
            row[list(chosen)] = 1.0
        is_made = (rows == drawn).all(axis=1)
        return np.concatenate([rows[is_made], rows[~is_made]])
    others = rng.permuted(np.tile(drawn, (_MOST_DRAWS, 1)), axis=1)
    return np.concatenate([drawn[None, :], others])


def not_contradicted(differences: Floats, overlap: Floats) -> Callable[[float], Interval]:
    """The range, for any level, of the effects which the draw made contradicts no more than other draws do.

    Args:
        differences: the estimate under each draw, that of the draw made first.
        overlap: what each draw would estimate had an effect of one been the only thing that happened; first 1.

    A draw contradicts effect β no less than the one made just where β lies between its two ends. Each pair of ends
    holds the estimate, so the share of draws that hold β falls on both sides of it.
    """
    estimate = differences[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.stack([(estimate - differences) / (1 - overlap), (estimate + differences) / (1 + overlap)])
    says_nothing = np.abs(overlap) > 1 - 1e-9
    lowest = np.sort(np.where(says_nothing, -math.inf, ends.min(axis=0)))
    highest = np.sort(np.where(says_nothing, math.inf, ends.max(axis=0)))[::-1]
    return partial(_ends_at, lowest, highest)


def _ends_at(lowest: Floats, highest: Floats, level: float) -> Interval:
    rank = min(math.floor((1 - level) * len(lowest) + 1e-9), len(lowest) - 1)
    return float(lowest[rank]), float(highest[rank])
