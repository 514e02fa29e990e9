"""The lot: who gets it first, where there is more need than hands.

Everybody has the same odds, so that those not drawn are a fair comparison, and every stratum gets its share. The
order comes from SHA-256 of the seed and the customer, not from a library's generator: whoever knows the seed and the
list can draw it again in any language.

Source: Madow (1949), Annals of Mathematical Statistics 20, 333-354 (systematic sampling), applied to the strata's
shares; Tillé (2006), Sampling Algorithms, chapters 4 and 7.
"""

import hashlib
import math
from fractions import Fraction

import polars as pl

from pipelines.measures.impact import fair_draw

LEAST_IN_STRATUM = 4
UNFAIR_DRAW = 0.001
TREATED, CONTROL = "treated", "control"


class UnfairDraw(Exception):
    """The lot came out as no fair lot would; nothing was recorded."""


def odds(eligible: int, capacity: int, wait_share: float) -> Fraction:
    """Everybody's probability of being drawn: capacity over need, but never more than lets `wait_share` wait.

    Raises:
        ValueError: nobody is eligible, a capacity below 1, or a share that waits outside 0 to below 1.
    """
    if eligible < 1 or capacity < 1 or not 0 <= wait_share < 1:
        raise ValueError(
            "expected at least one person, a capacity of 1 or more and a share that waits from 0 to below 1, found "
            f"{eligible}, {capacity}, {wait_share}"
        )
    return min(Fraction(capacity, eligible), 1 - Fraction(wait_share).limit_denominator(1000))


def draw(frame: pl.DataFrame, capacity: int, wait_share: float, seed: int) -> pl.DataFrame:
    """Draw by lot within strata.

    A stratum of n people gets ⌊n·p⌋ or ⌈n·p⌉ of them, by one common random start, so that the expected number is
    n·p exactly and the total is ⌊N·p⌋ or ⌈N·p⌉; within it all subsets of that size are alike. Hence each person's
    inclusion probability is p exactly, and it does not depend on the order of the rows.

    Args:
        frame: customer_key (distinct), stratum, and whatever else is to be kept.
        capacity: how many acts can be done. wait_share: who waits although there were hands enough.
        seed: of the lot; the same seed and people give the same list.

    Returns:
        The frame, sorted by customer_key, with `arm` (`treated`, `control`) and `probability`.

    Raises:
        ValueError: see `odds`; or somebody is in the frame twice or has no stratum.
        UnfairDraw: the sample ratio check fails.
    """
    if frame["customer_key"].n_unique() != frame.height or frame["stratum"].null_count():
        raise ValueError("expected every person once, in a stratum")
    probability = odds(frame.height, capacity, wait_share)
    ordered = frame.select("customer_key", "stratum").with_columns(
        pl.col("customer_key")
        .map_elements(lambda key: _hash(seed, "person", key).hex(), return_dtype=pl.String)
        .alias("lot")
    )
    taken = _taken(ordered, probability, seed)
    drawn = (
        ordered.join(taken, on="stratum")
        .with_columns(nth=pl.col("lot").rank("ordinal").over("stratum"))
        .select(
            "customer_key",
            arm=pl.when(pl.col("nth") <= pl.col("taken")).then(pl.lit(TREATED)).otherwise(pl.lit(CONTROL)),
        )
    )
    result = frame.join(drawn, on="customer_key", how="left").with_columns(
        probability=pl.lit(float(probability))
    )
    treated = result.filter(pl.col("arm") == TREATED).height
    if probability < 1 and fair_draw(treated, result.height - treated, float(probability)) < UNFAIR_DRAW:
        raise UnfairDraw(
            f"The lot drew {treated} of {result.height} at odds of {float(probability):.3f}, as no fair lot would. "
            "Nothing was recorded; please report it."
        )
    return result.sort("customer_key")


def merged_strata(frame: pl.DataFrame, least: int = LEAST_IN_STRATUM) -> pl.DataFrame:
    """The frame with every stratum of fewer than `least` people merged into the next smallest one.

    The name says what was merged: `top · felt bad + top · no answer`. Fewer than `least` people in all are one stratum.
    """
    groups = [(count, (name,)) for name, count in frame["stratum"].value_counts().sort("stratum").rows()]
    while len(groups) > 1 and min(groups)[0] < least:
        (n, names), (m, others), *rest = sorted(groups)
        groups = [*rest, (n + m, tuple(sorted((*names, *others))))]
    together = {name: " + ".join(names) for _, names in groups for name in names}
    return frame.with_columns(pl.col("stratum").replace(together))


def counts(sizes: list[int], probability: Fraction, start: Fraction) -> list[int]:
    """How many of each stratum are drawn: systematic sampling of the strata laid end to end.

    Over all starts 0, 1/d, … (d - 1)/d, with d the denominator of the probability, a stratum of n gets n·p on average,
    exactly.
    """
    reached, drawn = start, []
    for size in sizes:
        before, reached = math.floor(reached), reached + size * probability
        drawn.append(math.floor(reached) - before)
    return drawn


def _taken(people: pl.DataFrame, probability: Fraction, seed: int) -> pl.DataFrame:
    """How many of each stratum are drawn: stratum, taken."""
    sizes = dict(people["stratum"].value_counts().rows())
    steps = probability.denominator
    start = Fraction(int.from_bytes(_hash(seed, "start", "")) % steps, steps)
    names = sorted(sizes, key=lambda name: _hash(seed, "stratum", name))
    taken = counts([sizes[name] for name in names], probability, start)
    return pl.DataFrame({"stratum": names, "taken": taken}, schema={"stratum": pl.String, "taken": pl.Int64})


def _hash(seed: int, what: str, name: str) -> bytes:
    return hashlib.sha256(f"{seed}|{what}|{name}".encode()).digest()
