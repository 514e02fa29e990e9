"""What looks fine and misleads: scores that know the future, scores that point the wrong way, and spoilt rows.

From counts only. A trap is something to look into, not a verdict: the rows stay where they are.

Source: CARE.md 4.5: in IBM's Telco data a score of 1 or 2 means 100 % left, 4 or 5 means none did; in a public
e-commerce file 23.8 % of the most satisfied left, and 11.5 % of the least.
"""

import math
from collections.abc import Sequence

import polars as pl

SMALLEST_LEVEL = 30
SMALLEST_END = 10
TELLS_APART = 0.95
ALL_OR_NONE_AGAINST = 0.20
BY_CHANCE = 1e-6
TREND_AT_999 = 3.2905
SMALLEST_DIFFERENCE = 0.02
HIGH_IS_BAD = ("had_to_repeat",)
SHARES_WORTH_A_LOOK = {
    "straight-lining": 0.03,
    "duplicated answers": 0.005,
    "zero as missing": 0.02,
    "negative duration": 0.005,
    "answered before asked": 0.005,
    "one day": 0.5,
}
"""From which share on a count is a finding: below it, people and clocks are just like that."""
TRAP = {
    "trap": pl.String, "place": pl.String, "item": pl.String, "n": pl.Int64, "share": pl.Float64,
    "detail": pl.String,
}  # fmt: skip


def trend(score: Sequence[float], n: Sequence[int], happened: Sequence[int]) -> float:
    """Cochran and Armitage's z for a share that rises with the score; 0 where nothing can rise.

    Source: Armitage (1955), Tests for linear trends in proportions and frequencies.

    >>> round(trend([0, 1, 2], [20, 20, 20], [2, 6, 10]), 2)
    2.76
    """
    total, hits = sum(n), sum(happened)
    if not 0 < hits < total:
        return 0.0
    share = hits / total
    mean = sum(s * k for s, k in zip(score, n, strict=True)) / total
    spread = sum(k * (s - mean) ** 2 for s, k in zip(score, n, strict=True))
    if spread <= 0:
        return 0.0
    rises = sum((s - mean) * h for s, h in zip(score, happened, strict=True))
    return rises / math.sqrt(share * (1 - share) * spread)


def tells_apart(score: Sequence[float], n: Sequence[int], happened: Sequence[int]) -> float:
    """How often somebody it happened to has the lower score than somebody it did not (ties half): 0.5 says nothing.

    >>> tells_apart([1, 2], [10, 10], [10, 0])
    1.0
    """
    hits, misses = sum(happened), sum(n) - sum(happened)
    if not hits or not misses:
        return 0.5
    higher, right = misses, 0.0
    for _, k, h in sorted(zip(score, n, happened, strict=True)):
        higher -= k - h
        right += h * (higher + (k - h) / 2)
    return right / (hits * misses)


def all_or_none(n: Sequence[int], happened: Sequence[int]) -> bool:
    """Whether it happened to all, or to none, of a score's many people, and chance can not explain it.

    Against the share among everybody else, which must itself be 20 points away: where hardly anybody leaves,
    a score that nobody leaves from is nothing odd.
    """
    total, hits = sum(n), sum(happened)
    for k, h in zip(n, happened, strict=True):
        if k < SMALLEST_LEVEL or h not in (0, k) or k == total:
            continue
        others = (hits - h) / (total - k)
        alike = others if h else 1 - others
        if 1 - alike >= ALL_OR_NONE_AGAINST and alike**k < BY_CHANCE:
            return True
    return False


def score_traps(cells: pl.DataFrame) -> pl.DataFrame:
    """Scores that predict the end too well, or the wrong way round.

    Args:
        cells: place, item, outcome, scale_min, scale_max, value, n, bad: people, and those it ended badly with.

    Returns:
        The columns of TRAP. `n`: people with an answer; `share`: of those it ended badly with; `detail`: the
        outcome, and the share of it at the lowest and at the highest score that 10 people or more gave.
    """
    records = []
    keys = ["place", "item", "outcome", "scale_min", "scale_max"]
    for (place, item, outcome, *_), group in cells.sort(*keys, "value").group_by(keys, maintain_order=True):
        turn = -1 if item in HIGH_IS_BAD else 1
        levels = group.with_columns(score=pl.col("value") * turn).sort("score")
        score, n, bad = (levels[name].to_list() for name in ("score", "n", "bad"))
        ends = levels.filter(pl.col("n") >= SMALLEST_END)
        if min(sum(bad), sum(n) - sum(bad)) < SMALLEST_END or ends.height < 2:
            continue
        worst, best = (ends["bad"][place_of] / ends["n"][place_of] for place_of in (0, -1))
        apart = tells_apart(score, n, bad)
        record = {
            "place": place, "item": item, "n": sum(n), "share": sum(bad) / sum(n),
            "detail": f"{outcome} · {worst:.3f} · {best:.3f}",
        }  # fmt: skip
        if max(apart, 1 - apart) >= TELLS_APART or all_or_none(n, bad):
            records.append(record | {"trap": "leakage"})
        if trend(score, n, bad) > TREND_AT_999 and best - worst >= SMALLEST_DIFFERENCE:
            records.append(record | {"trap": "wrong sign"})
    return pl.DataFrame(records, schema=TRAP)


def count_traps(counts: pl.DataFrame) -> pl.DataFrame:
    """Counts that are too frequent to be just how people and clocks are.

    Args:
        counts: trap, place, item, n, base, detail.

    Returns:
        The columns of TRAP, where the share of `n` in `base` is worth a look.
    """
    least = pl.col("trap").replace_strict(SHARES_WORTH_A_LOOK, return_dtype=pl.Float64)
    shares = counts.filter(pl.col("base") > 0).with_columns(share=pl.col("n") / pl.col("base"))
    return shares.filter(pl.col("share") >= least).select(
        pl.col(name).cast(kind) for name, kind in TRAP.items()
    )
