"""Several initiatives judged at once: verdict, p-value and range allow alike for the number of tries and looks."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from pipelines.measures.families import family_errors
from pipelines.measures.impact.effect import Effect
from pipelines.measures.impact.judgement import Verdict, verdict

Method = Literal["bh", "holm"]
BOARD_DECISIONS = 5

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Adjusted:
    """The p-values after allowing for their number, in the order given, and the level that every range must have.

    An adjusted p-value is at most `error` just when the range at `level` leaves out 0.
    """

    p_values: tuple[float, ...]
    level: float


@dataclass(frozen=True)
class Judged:
    """An effect with the range that allows for the number of tries, and the verdict read off that range."""

    effect: Effect
    p_adjusted: float
    verdict: Verdict


def adjust(p_values: Sequence[float], method: Method = "bh", error: float = 0.05) -> Adjusted:
    """Allow for so many tries.

    Args:
        p_values: one for each initiative's primary outcome, 0 to 1.
        method: `bh` keeps the share of false calls among the calls within `error`; `holm` (for the few decisions
            that a board takes) the chance of any false call.
        error: of the family as a whole, strictly between 0 and 0.5.

    Returns:
        The adjusted p-values and the level of the ranges: 1 - R·error/m with R of m called (at least one).

    Raises:
        ValueError: a p-value or the error is out of bounds.

    Source: Benjamini and Hochberg (1995), JRSS B 57, 289-300; Holm (1979), Scandinavian Journal of Statistics 6,
        65-70; the ranges are Benjamini and Yekutieli (2005), JASA 100, 71-81.
    """
    p = np.asarray(p_values, dtype=float)
    if not (((p >= 0) & (p <= 1)).all() and 0 < error < 0.5):
        raise ValueError("expected p-values from 0 to 1 and an error strictly between 0 and 0.5")
    if not p.size:
        return Adjusted((), 1 - error)
    rule: Literal["holm", "benjamini-hochberg"] = "holm" if method == "holm" else "benjamini-hochberg"
    step = float(family_errors(p, np.zeros(p.size, dtype=int), rule, error)[0])
    order = np.argsort(p, kind="stable")
    places = np.arange(1, p.size + 1)
    if method == "holm":
        grown = np.maximum.accumulate(p[order] * (p.size - places + 1))
    else:
        grown = np.minimum.accumulate((p[order] * p.size / places)[::-1])[::-1]
    adjusted = np.empty_like(p)
    adjusted[order] = grown.clip(max=1.0)
    return Adjusted(tuple(adjusted.tolist()), 1 - step)


def look_level(looks: int, error: float = 0.05) -> float:
    """The level of each of so many looks at one initiative, by itself: every look has the same share of the error."""
    return 1 - error / looks


def judge(
    effects: Mapping[Key, Effect],
    smallest_effects: Mapping[Key, float],
    error: float = 0.05,
    looks: Mapping[Key, int] | None = None,
) -> dict[Key, Judged]:
    """Judge initiatives side by side, by their primary outcomes.

    Args:
        effects: of each initiative that has one.
        smallest_effects: the smallest effect worth having of each, in its own unit, 0 or more.
        error: of the family as a whole.
        looks: on how many days fixed beforehand each is judged, 1 if not given. Every look gets the same share of the
            error, whatever number of people comes between two of them.

    Returns:
        For each, the effect at the level that `adjust` gives (Holm for up to five, else Benjamini-Hochberg), its error
        shared among the looks; and its verdict at that very level: never "inconclusive" beside a range that leaves
        out 0, nor the reverse.

    Raises:
        ValueError: fewer than one look.

    Source: Dunn (1961), JASA 56, 52-64, for the looks. The boundaries of Pocock (1977), Biometrika 64, 191-199, are a
        little closer, but hold only where equally many people come between two looks.
    """
    times = {key: (looks or {}).get(key, 1) for key in effects}
    if min(times.values(), default=1) < 1:
        raise ValueError(f"expected one look or more, found {min(times.values())}")
    method: Method = "holm" if len(effects) <= BOARD_DECISIONS else "bh"
    adjusted = adjust(
        [min(1.0, effect.p_value * times[key]) for key, effect in effects.items()], method, error
    )
    judged = {}
    for (key, effect), p_adjusted in zip(effects.items(), adjusted.p_values, strict=True):
        wide = effect.at(1 - (1 - adjusted.level) / times[key])
        said = verdict(wide.estimate, wide.low, wide.high, smallest_effects[key], wide.level)
        judged[key] = Judged(wide, p_adjusted, said)
    return judged
