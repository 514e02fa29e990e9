"""How often a nominal 95 % range holds the truth: exactly for shares and net shares, by simulation for means."""

import numpy as np
import pytest
from scipy.special import gammaln
from scipy.stats import binom

from pipelines.measures.proportions import score_reach
from pipelines.measures.scores import mean_reach

Z = 1.959964
SIZES = (10, 12, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 300, 500, 1000)
FEW_SIZES = (10, 25, 100)
SHARES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
NET_SHARES = (
    (0.85, 0.05), (0.5, 0.2), (0.45, 0.25), (0.7, 0.05), (0.3, 0.4), (0.4, 0.3), (0.6, 0.2), (0.9, 0.02),
    (0.33, 0.33), (0.2, 0.6), (0.75, 0.15), (0.1, 0.1),
)  # fmt: skip
RATINGS = {
    "flat": [1] * 7,
    "happy": [2, 3, 5, 10, 20, 30, 30],
    "very happy": [1, 1, 2, 4, 7, 20, 65],
    "85/10/5": [5, 0, 0, 0, 10, 0, 85],
    "85 at the top": [2, 2, 1, 3, 3, 4, 85],
    "both ends": [30, 10, 5, 10, 5, 10, 30],
    "unhappy": [40, 25, 15, 10, 5, 3, 2],
    "in the middle": [2, 8, 20, 40, 20, 8, 2],
}
ANSWERS = np.arange(1, 8)
WEIGHTS = np.array([0.5, 0.8, 1.0, 1.2, 2.5])


def held(value, reach, truth) -> np.ndarray:
    return (value - reach[0] - 1e-9 <= truth) & (truth <= value + reach[1] + 1e-9)


def of_a_share(n: int, share: float) -> float:
    successes = np.arange(n + 1)
    found = successes / n
    return binom.pmf(successes, n, share)[held(found, score_reach(found, n, Z), share)].sum()


def of_a_net_share(n: int, shares: tuple[float, float]) -> float:
    top, bottom = (axis.ravel() for axis in np.mgrid[: n + 1, : n + 1])
    is_possible = top + bottom <= n
    top, bottom = top[is_possible], bottom[is_possible]
    counts, chances = (top, bottom, n - top - bottom), (*shares, 1 - sum(shares))
    log_chance = gammaln(n + 1) + sum(
        count * np.log(chance) - gammaln(count + 1) for count, chance in zip(counts, chances, strict=True)
    )
    net = (top - bottom) / n
    return np.exp(log_chance)[
        held(net, mean_reach(net, (top + bottom) / n, n, Z), shares[0] - shares[1])
    ].sum()


def of_a_mean(n: int, rating: str, runs: int = 10_000) -> float:
    chances = np.array(RATINGS[rating]) / sum(RATINGS[rating])
    drawn = np.random.default_rng(n).multinomial(n, chances, runs) / n
    mean = drawn @ ANSWERS
    reach = mean_reach(mean, drawn @ ANSWERS**2, n, Z, 1, 7)
    return held(mean, reach, chances @ ANSWERS).mean()


def of_a_weighted_net_share(n: int, shares: tuple[float, float], runs: int = 10_000) -> float:
    """Five strata of equal size, weights unrelated to the answer; each range rests on the effective n."""
    rng = np.random.default_rng(n)
    weights = np.resize(WEIGHTS, n)
    answers = rng.choice([1, -1, 0], p=[*shares, 1 - sum(shares)], size=(runs, n))
    effective_n = weights.sum() ** 2 / (weights**2).sum()
    net, extreme = answers @ weights / weights.sum(), np.abs(answers) @ weights / weights.sum()
    return held(net, mean_reach(net, extreme, effective_n, Z), shares[0] - shares[1]).mean()


def of_a_weighted_share(n: int, share: float, runs: int = 10_000) -> float:
    weights = np.resize(WEIGHTS, n)
    drawn = np.random.default_rng(n).random((runs, n)) < share
    effective_n = weights.sum() ** 2 / (weights**2).sum()
    found = drawn @ weights / weights.sum()
    return held(found, score_reach(found.clip(0, 1), effective_n, Z), share).mean()


GRIDS = {
    "shares": (of_a_share, SHARES),
    "net shares": (of_a_net_share, NET_SHARES),
    "means": (of_a_mean, tuple(RATINGS)),
    "weighted shares": (of_a_weighted_share, SHARES[1:-1]),
    "weighted net shares": (of_a_weighted_net_share, NET_SHARES),
}


def assert_honest(grid: str, sizes: tuple[int, ...]) -> None:
    coverage, truths = GRIDS[grid]
    cells = {(n, truth): float(coverage(n, truth)) for n in sizes for truth in truths}
    large = [found for (n, _), found in cells.items() if n >= 100]
    worst = min(cells, key=cells.__getitem__)
    print(
        f"{grid}: {len(cells)} cells, mean {np.mean(list(cells.values())):.4f}, least {cells[worst]:.4f} at {worst},"
        f" n >= 100 from {min(large):.4f} to {max(large):.4f}"
    )
    assert 0.94 <= np.mean(list(cells.values())) <= 0.96
    assert cells[worst] >= 0.91
    assert min(large) >= 0.925
    assert max(large) <= 0.975


@pytest.mark.parametrize("grid", ["shares", "net shares", "means"])
def test_a_95_percent_range_holds_the_truth_in_95_of_100_samples(grid):
    assert_honest(grid, FEW_SIZES)


@pytest.mark.simulate
@pytest.mark.parametrize("grid", GRIDS)
def test_a_95_percent_range_holds_the_truth_at_every_size(grid):
    sizes = SIZES if grid in ("shares", "means") else tuple(n for n in SIZES if n <= 500)
    assert_honest(grid, sizes)
