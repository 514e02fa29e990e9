"""What people say against what they do: who came back, and what sales are at risk where people felt bad.

Neither is an effect. Most people who spent much spend less afterwards whatever they felt (regression to the
mean), and seasons come and go; who felt good shows how much of it would have happened anyway.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from pipelines.measures.proportions import wilson

SMALLEST_ASKED = 100
SMALLEST_BAD = 10
DRAWS = 2000
_ONE_OF_EACH = np.array([(1, 1, 1, 0, 0), (1, 1, 0, 0, 0), (1, 0, 0, 1, 1), (1, 0, 0, 1, 0)], dtype=float)
"""Four people added to what is resampled, never to an estimate: felt bad or good, and cut or did not."""
ESTIMATES = ("bad_share", "cut_share", "cut_anyway_share", "at_risk_share", "excess_share")

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def came_back_shares(frame: pl.DataFrame) -> pl.DataFrame:
    """Of those who said this, how many bought again.

    Args:
        frame: one row per group: `customers` (above 0), `came_back`.

    Returns:
        The frame plus `share`, `share_low`, `share_high` (Wilson, 95 %), 0 to 1.

    Raises:
        ValueError: nobody is in a group, or more came back than there are.
    """
    rows = [
        (came_back / customers if customers else 0.0, *wilson(came_back, customers))
        for customers, came_back in frame.select("customers", "came_back").iter_rows()
    ]
    schema = {"share": pl.Float64, "share_low": pl.Float64, "share_high": pl.Float64}
    return frame.hstack(pl.DataFrame(rows, schema=schema, orient="row"))


def sales_at_risk(buckets: pl.DataFrame, seed: int = 0) -> Mapping[str, float | None]:
    """The part of people who felt bad and then spent less than half, or nothing.

    A part of people, not of money: as a part of sales it takes those who felt bad to spend as much as the others.

    Args:
        buckets: sums over people, in groups that people fall into by chance: `asked`, `bad` (felt 1-3),
            `bad_cut` (of these: spent less than half afterwards), `good` (felt 6-7), `good_cut`.
        seed: of the bootstrap; the same seed and buckets give the same ranges.

    Returns:
        `n` (asked) and, each with `_low` and `_high` (95 %): `bad_share` = P(bad), `cut_share` =
        P(cut | bad), `cut_anyway_share` = P(cut | good), `at_risk_share` = P(bad) · P(cut | bad), and
        `excess_share` = P(bad) · (P(cut | bad) - P(cut | good)), what is left when those who felt good are
        taken as what happens anyway (it may be below 0). All null below 100 asked or 10 who felt bad, the two
        that need them below 10 who felt good.

    Raises:
        ValueError: a column is missing, or counts do not add up.

    Source: the product after Temkin Group (2017), as cited in CARE; bootstrap of 200 random groups, each
        drawn with replacement (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 8). Two people
        who felt bad and two who felt good, of whom one each cut, are drawn along, as by Agresti and Coull (1998,
        The American Statistician 52, 119-126): else 0 of 12 would have a range of 0 to 0.
    """
    sums = _sums(buckets)
    total = sums.sum(axis=0, keepdims=True)
    asked, bad, _, good, _ = total[0]
    result: dict[str, float | None] = {"n": int(asked)}
    for name in ESTIMATES:
        result |= {name: None, f"{name}_low": None, f"{name}_high": None}
    if asked < SMALLEST_ASKED or bad < SMALLEST_BAD:
        return result
    rng = np.random.default_rng(seed)
    sampled = np.vstack([sums, _ONE_OF_EACH])
    draws = rng.multinomial(len(sampled), np.full(len(sampled), 1 / len(sampled)), DRAWS) @ sampled
    estimates, drawn = _estimates(total), _estimates(draws)
    for place, name in enumerate(ESTIMATES):
        if good < SMALLEST_BAD and name in {"cut_anyway_share", "excess_share"}:
            continue
        estimate = float(estimates[0, place])
        low, high = np.nanquantile(drawn[:, place], [0.025, 0.975])
        result |= {
            name: estimate,
            f"{name}_low": min(estimate, float(low)),
            f"{name}_high": max(estimate, float(high)),
        }
    return result


def _estimates(sums: Floats) -> Floats:
    asked, bad, bad_cut, good, good_cut = sums.T.astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        felt_bad, cut, anyway = bad / asked, bad_cut / bad, good_cut / good
    return np.column_stack([felt_bad, cut, anyway, felt_bad * cut, felt_bad * (cut - anyway)])


def _sums(buckets: pl.DataFrame) -> Floats:
    names = ["asked", "bad", "bad_cut", "good", "good_cut"]
    missing = [name for name in names if name not in buckets.columns]
    if missing:
        raise ValueError(f"sales at risk need the columns {names}, missing: {missing}")
    sums = buckets.select(pl.col(name).cast(pl.Float64) for name in names).to_numpy()
    asked, bad, bad_cut, good, good_cut = sums.T
    if (sums < 0).any() or (bad + good > asked).any() or (bad_cut > bad).any() or (good_cut > good).any():
        raise ValueError(
            "counts of a bucket do not add up: bad and good are among those asked, cuts among these"
        )
    return sums
