"""Shares with their range, and the range of a difference between two shares."""

import math

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Interval = tuple[float, float]
Floats = npt.NDArray[np.float64]


def critical_value(level: float) -> float:
    """The normal quantile of a two-sided range: 1.96 for a level of 0.95.

    Raises:
        ValueError: the level is not strictly between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"expected a level strictly between 0 and 1, found {level!r}")
    return float(ndtri((1 + level) / 2))


def wilson(successes: float, n: float, level: float = 0.95) -> Interval:
    """The range of a share, by inverting the score test.

    Args:
        successes: how many of the `n` count; weighted (fractional) counts are welcome.
        n: how many were counted, above 0.
        level: coverage of the range, strictly between 0 and 1.

    Returns:
        `(low, high)` as shares from 0 to 1; holds `successes / n`.

    Raises:
        ValueError: `n` is not above 0, or `successes` is not between 0 and `n`.

    Source: Wilson (1927), JASA 22, 209-212; method 3 of Newcombe (1998), Statistics in Medicine 17, 857-872.
    """
    if not (math.isfinite(n) and n > 0):
        raise ValueError(f"a share needs a finite n above 0, found n={n!r}")
    if not 0 <= successes <= n:
        raise ValueError(f"expected successes between 0 and n={n!r}, found {successes!r}")
    share = np.float64(successes / n)
    below, above = score_reach(share, n, critical_value(level))
    return float(share - below), float(share + above)


def score_reach(share: npt.ArrayLike, n: npt.ArrayLike, critical: npt.ArrayLike) -> tuple[Floats, Floats]:
    """How far the range of `wilson` reaches below and above each share.

    Args:
        share: shares from 0 to 1.
        n: how many were counted for each, above 0.
        critical: how many standard errors wide each range is: 1.96 for a level of 0.95.

    Returns:
        `(below, above)`, both 0 or more, in the shape of the arguments.
    """
    share, n = np.asarray(share, dtype=float), np.asarray(n, dtype=float)
    squared = np.square(critical)
    centre = (n * share + squared / 2) / (n + squared)
    half_width = np.sqrt(squared * (n * share * (1 - share) + squared / 4)) / (n + squared)
    return (
        np.clip(share - centre + half_width, 0.0, share),
        np.clip(centre + half_width - share, 0.0, 1 - share),
    )


def difference_interval(
    first: float, first_range: Interval, second: float, second_range: Interval
) -> Interval:
    """The range of `first - second`, from each one's own range (square-and-add).

    Args:
        first: an estimate, in any unit.
        first_range: its `(low, high)`, same unit.
        second: an independent estimate, same unit.
        second_range: its `(low, high)`, at the same level.

    Returns:
        `(low, high)` of the difference, same unit; holds `first - second`.

    Source: Newcombe (1998), Statistics in Medicine 17, 873-890, method 10; the general form ("MOVER") is
        Zou and Donner (2008), Statistics in Medicine 27, 1693-1702.
    """
    below = math.hypot(first - first_range[0], second_range[1] - second)
    above = math.hypot(first_range[1] - first, second - second_range[0])
    return first - second - below, first - second + above


def newcombe_difference(x1: float, n1: float, x2: float, n2: float, level: float = 0.95) -> Interval:
    """The range of the difference of two independent shares, `x1 / n1 - x2 / n2`.

    Args:
        x1: successes of the first group.
        n1: size of the first group, above 0.
        x2: successes of the second group.
        n2: size of the second group, above 0.
        level: coverage of the range, strictly between 0 and 1.

    Returns:
        `(low, high)` as differences of shares, from -1 to 1.

    Raises:
        ValueError: as for `wilson`, for either group.

    Source: Newcombe (1998), Statistics in Medicine 17, 873-890, method 10 (hybrid score).
    """
    return difference_interval(
        x1 / n1 if n1 else 0.0, wilson(x1, n1, level), x2 / n2 if n2 else 0.0, wilson(x2, n2, level)
    )
