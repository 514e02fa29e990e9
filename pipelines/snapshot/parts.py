"""A number that reads otherwise now, taken apart: exact in counts, in a fixed order, no part on a handful."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

CAUSES = ("late_data", "corrected_source", "identity_or_erasure", "changed_definition", "code")
FEWEST = 10
_STEPS = 8
LAST = _STEPS - 2
_SPANS = {"late_data": [1, 3], "corrected_source": [2], "identity_or_erasure": [4], "changed_definition": [5]}


@dataclass(frozen=True)
class Counts:
    """What a number is made of: how many were counted, how many of them are successes, how many opposites."""

    n: int = 0
    successes: int = 0
    opposites: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.n + other.n, self.successes + other.successes, self.opposites + other.opposites)

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(self.n - other.n, self.successes - other.successes, self.opposites - other.opposites)

    def value(self, is_net: bool) -> Fraction | None:
        """The share, or the net of successes and opposites; None of nothing."""
        if not self.n:
            return None
        return Fraction(self.successes - self.opposites if is_net else self.successes, self.n)

    @property
    def rests_on(self) -> int:
        """Of a difference: how many answers must at least have come, gone or changed for it."""
        kinds = (self.successes, self.opposites, self.n - self.successes - self.opposites)
        return max(sum(kind for kind in kinds if kind > 0), -sum(kind for kind in kinds if kind < 0))


@dataclass(frozen=True)
class Part:
    """What some causes together did to a number."""

    causes: tuple[str, ...]
    counts: Counts
    change: Fraction

    @property
    def n(self) -> int | None:
        """On how many answers it rests; None of fewer than ten."""
        return self.counts.rests_on if self.counts.rests_on >= FEWEST else None


def spans(rewritten: tuple[bool, bool] = (False, False)) -> dict[str, list[int]]:
    """Between which states each cause works, by the first of the two; at the ends (0, `LAST`) an erasure or the code.

    Args:
        rewritten: as of `by_cause`.
    """
    ends: dict[bool, list[int]] = {True: [], False: []}
    for is_rewritten, end in zip(rewritten, (0, LAST), strict=True):
        ends[is_rewritten].append(end)
    erasure = [*_SPANS["identity_or_erasure"], *ends[True]]
    return {**_SPANS, "identity_or_erasure": erasure, "code": ends[False]}


def take_apart(
    states: Sequence[Counts], is_net: bool, rewritten: tuple[bool, bool] = (False, False)
) -> list[Part]:
    """The parts of the difference between the first state and the last one, each large enough; they add up exactly.

    Args and returns as of `by_cause`; a part that rests on fewer than ten answers is one with the next, at the end with
    the one before.
    """
    return merged(by_cause(states, is_net, rewritten))


def by_cause(
    states: Sequence[Counts], is_net: bool, rewritten: tuple[bool, bool] = (False, False)
) -> list[Part]:
    """The parts of the difference between the first state and the last one, however small; they add up exactly.

    Args:
        states: as frozen, then after each step of `counting.steps`, and as it is now: eight.
        rewritten: whether landed files of the earlier, and of the later, were rewritten since: what then differs at
            that end is an erasure, and what both ends lost in the same way is nothing.

    Returns:
        One part a cause that did anything, in the order of `CAUSES`.
    """
    if len(states) != _STEPS:
        raise ValueError(f"expected {_STEPS} states, found {len(states)}")
    values: list[Fraction] = []
    for state in states:
        value = state.value(is_net)
        values.append(value if value is not None else (values[-1] if values else Fraction(0)))
    at = spans(rewritten)
    parts = [
        Part(
            (cause,),
            sum((states[i + 1] - states[i] for i in at[cause]), Counts()),
            sum((values[i + 1] - values[i] for i in at[cause]), Fraction(0)),
        )
        for cause in CAUSES
    ]
    return [part for part in parts if part.counts != Counts() or part.change]


def whole(parts: Sequence[Part], causes: tuple[str, ...]) -> list[Part]:
    """The parts as one, of these causes, whichever of them did it; none of none."""
    if not parts:
        return []
    return [
        Part(causes, sum((p.counts for p in parts), Counts()), sum((p.change for p in parts), Fraction(0)))
    ]


def merged(parts: Sequence[Part]) -> list[Part]:
    """The parts, each with the next as long as it rests on fewer than ten answers."""
    done: list[Part] = []
    for part in parts:
        if done and done[-1].n is None:
            part = _together(done.pop(), part)  # noqa: PLW2901
        done.append(part)
    if len(done) > 1 and done[-1].n is None:
        last = done.pop()
        done.append(_together(done.pop(), last))
    return done


def _together(one: Part, other: Part) -> Part:
    return Part((*one.causes, *other.causes), one.counts + other.counts, one.change + other.change)


def apportioned(changes: Sequence[Fraction], total: int) -> list[int]:
    """The changes as whole numbers that add up to the total, each as near as that allows (largest remainders)."""
    floors = [math.floor(change) for change in changes]
    by_remainder = sorted(range(len(changes)), key=lambda i: (floors[i] - changes[i], i))
    each, more = divmod(total - sum(floors), len(floors))
    return [floor + each + (i in by_remainder[:more]) for i, floor in enumerate(floors)]
