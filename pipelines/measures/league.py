"""A table of groups that does not reward luck: small groups are drawn to the middle, ranks have a range.

Among groups that are all alike the smallest stand at both ends of a plain league table. Here every group is
taken as one of a family: how much the groups differ is learned from all of them, with what is not known about
that, and each keeps as much of its own result as its number of answers bears.
"""

import math

import numpy as np
import polars as pl
from scipy.special import betaln

DRAWS = 4000
SMALLEST_LEAGUE = 3

_MEANS = 61
_SMALLEST_WIDTH = 0.05
_EDGE = 1e-4
_SPREADS = 60

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def shrink(
    frame: pl.DataFrame, *, net: bool = False, better: str = "up", level: float = 0.95, seed: int = 0
) -> pl.DataFrame:
    """Each member's share drawn to the mean of all, with its range and the range of its rank.

    Args:
        frame: one row per member: `member`, `n` (above 0), `successes` and, for a net share, `opposites`; at
            least three members.
        net: (successes - opposites) / n instead of successes / n; taken as normal, with the variance of each
            member after three pseudo-answers (as in `nps_interval`).
        better: `up`: rank 1 is the highest; `down`: the lowest.
        level: coverage of the ranges, strictly between 0 and 1.
        seed: of the posterior draws; the same seed and members give the same table, whatever their order.

    Returns:
        By rank: `member`, `n`, `share` (as counted), `shrunk`, `shrunk_low`, `shrunk_high`, `rank`,
        `rank_low` (best it may be), `rank_high` (worst), `members`.

    Raises:
        ValueError: fewer than three members, one is there twice or has no answers, or counts do not add up.

    Source: the beta-binomial and normal families of Morris (1983), JASA 78, 47-55, and Casella (1985), The
        American Statistician 39, 83-87; how much members differ is not plugged in but averaged over
        (every standard deviation between members being equally likely beforehand: Gelman 2006, Bayesian
        Analysis 1, 515-534), so that few members do not look surer than they are; ranks of the posterior
        draws after Goldstein and Spiegelhalter (1996), Journal of the Royal Statistical Society A 159,
        385-443.
    """
    if better not in {"up", "down"} or not 0 < level < 1:
        raise ValueError(
            f"expected better as up or down and a level between 0 and 1, found {better!r}, {level!r}"
        )
    members = _checked(frame, net)
    n, successes, opposites = (
        members[name].to_numpy().astype(float) for name in ("n", "successes", "opposites")
    )
    rng = np.random.default_rng(seed)
    share = (successes - opposites) / n
    draws = (
        _normal_draws(share, _net_variance(n, successes, opposites), rng)
        if net
        else _beta_draws(n, successes, rng)
    )
    ends = [(1 - level) / 2, (1 + level) / 2]
    shrunk = draws.mean(axis=0)
    low, high = np.quantile(draws, ends, axis=0)
    sign = -1 if better == "up" else 1
    rank = _ranks(sign * shrunk[None, :])[0]
    rank_low, rank_high = np.quantile(_ranks(sign * draws), ends, axis=0, method="inverted_cdf")
    return members.select(
        "member",
        "n",
        share=pl.Series(share),
        shrunk=pl.Series(shrunk),
        shrunk_low=pl.Series(low),
        shrunk_high=pl.Series(high),
        rank=pl.Series(rank.astype(np.int64)),
        rank_low=pl.Series(np.minimum(rank, rank_low).astype(np.int64)),
        rank_high=pl.Series(np.maximum(rank, rank_high).astype(np.int64)),
        members=pl.lit(len(n), pl.Int64),
    ).sort("rank", "member")


def _ranks(scores: Floats) -> Floats:
    """1 for the lowest of each row; ties by place."""
    return np.asarray(scores.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable") + 1)


def _beta_draws(n: Floats, successes: Floats, rng: np.random.Generator) -> Floats:
    """Draws of each member's share; mean and spread of the family on a grid, weighed by their likelihood."""
    share, middle = successes / n, successes.sum() / n.sum()
    width = max(_SMALLEST_WIDTH, 4 * math.sqrt(share.var(ddof=1) / len(n) + middle * (1 - middle) / n.sum()))
    means = np.linspace(max(_EDGE, middle - width), min(1 - _EDGE, middle + width), _MEANS)
    spread, log_width = _spreads()
    mean, precision = (grid.ravel() for grid in np.meshgrid(means, 1 / spread**2 - 1, indexing="ij"))
    alpha, beta = (mean * precision)[:, None], ((1 - mean) * precision)[:, None]
    likelihood = (betaln(alpha + successes, beta + n - successes) - betaln(alpha, beta)).sum(axis=1)
    place = _drawn(likelihood + np.tile(log_width, _MEANS), rng)
    return rng.beta(alpha[place] + successes, beta[place] + n - successes)


def _normal_draws(share: Floats, variance: Floats, rng: np.random.Generator) -> Floats:
    """The same for nearly normal shares; the family's mean is integrated out exactly."""
    spread, log_width = _spreads()
    between = spread**2
    weight = 1 / (variance + between[:, None])
    centre = (weight * share).sum(axis=1) / weight.sum(axis=1)
    likelihood = (
        np.log(weight).sum(axis=1) / 2
        - np.log(weight.sum(axis=1)) / 2
        - (weight * (share - centre[:, None]) ** 2).sum(axis=1) / 2
    )
    place = _drawn(likelihood + log_width, rng)
    mean = centre[place] + rng.standard_normal(DRAWS) / np.sqrt(weight.sum(axis=1)[place])
    kept = between[place][:, None] / (between[place][:, None] + variance)
    drawn = mean[:, None] + kept * (share - mean[:, None])
    drawn += np.sqrt(kept * variance) * rng.standard_normal((DRAWS, len(share)))
    return np.asarray(drawn.clip(-1, 1))


def _spreads() -> tuple[Floats, Floats]:
    """Standard deviations between members from 0 to 1, all equally likely beforehand, densest near 0."""
    step = (np.arange(_SPREADS) + 0.5) / _SPREADS
    return step**3, 2 * np.log(step)


def _drawn(log_likelihood: Floats, rng: np.random.Generator) -> Floats:
    """Places on the grid, as often as they are likely, evenly spread (systematic sampling)."""
    chance = np.exp(log_likelihood - log_likelihood.max())
    steps = (np.arange(DRAWS) + rng.random()) / DRAWS
    place = np.searchsorted(np.cumsum(chance) / chance.sum(), steps)
    return np.asarray(rng.permutation(place.clip(max=len(chance) - 1)))


def _net_variance(n: Floats, successes: Floats, opposites: Floats) -> Floats:
    net = (successes - opposites) / (n + 3)
    return np.asarray(((successes + opposites + 1.5) / (n + 3) - net**2) / (n + 3))


def _checked(frame: pl.DataFrame, net: bool) -> pl.DataFrame:
    opposites = pl.col("opposites") if net else pl.lit(0)
    members = frame.select("member", "n", "successes", opposites=opposites).sort("member")
    if members.height < SMALLEST_LEAGUE:
        raise ValueError(f"a league needs at least {SMALLEST_LEAGUE} members, found {members.height}")
    if members["member"].is_duplicated().any():
        raise ValueError("expected each member once, found several rows for one")
    wrong = members.filter(
        (pl.col("n") <= 0)
        | (pl.min_horizontal("successes", "opposites") < 0)
        | (pl.col("successes") + pl.col("opposites") > pl.col("n"))
    )
    if not wrong.is_empty():
        raise ValueError(
            f"counts must add up to n, and n be above 0; they do not for {wrong['member'].to_list()}"
        )
    return members
