"""Who answered is not who our customers are: weights, what they cost, and what no weight can know.

Raking lets those who answered stand for the customer base, group by group. It takes away the part of the
error that the groups explain, and nothing else: the worst-case bounds say how far the truth could lie if those
who kept silent were all alike, and the R-indicator how unlike the groups answer.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from pipelines.measures.nps import nps_interval
from pipelines.measures.proportions import Interval, critical_value, wilson


class TargetsConflict(ValueError):
    """The targets of several columns can not be met together by those who answered."""


OTHERS = "all others"
LARGEST_WEIGHT = 5.0
SMALLEST_GROUP = 10

_CLOSE_ENOUGH = 1e-9
_TOO_FAR = 1e-4
_ROUNDS = 500
_TRIMMINGS = 50

Targets = Mapping[str, Mapping[str, float]]
Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Codes = np.ndarray[tuple[int, ...], np.dtype[np.intp]]
_Margin = tuple[Codes, Floats]
"""Per respondent the number of their level, and per level its share among those to be stood for."""


def rake(frame: pl.DataFrame, targets: Targets, *, largest_weight: float = LARGEST_WEIGHT) -> pl.DataFrame:
    """Weigh those who answered until every group has its share of those they stand for.

    Args:
        frame: one row per respondent, or per distinct kind of respondent with its `count`; the columns of
            `targets` as text.
        targets: column -> {level: share among those to be stood for}; the shares of a column sum to 1.
        largest_weight: no weight is more than so many times the median weight; at least 1. What is cut off
            is raked again, so that the shares are met by the others as well as they can be.

    Returns:
        The frame plus `weight`, mean 1 over respondents. Trimmed weights may miss the targets:
        `largest_gap` says by how much.

    Raises:
        ValueError: a column or level is missing on either side (`collapse` merges rare levels), or shares do
            not sum to 1.
        TargetsConflict: some levels only ever occur together, so that the targets can not be met together.

    Source: Deming and Stephan (1940), Annals of Mathematical Statistics 11, 427-444; Deville and Särndal
        (1992), JASA 87, 376-382; trimming after Potter (1990), Proceedings of the Section on Survey Research
        Methods (ASA), 225-230.
    """
    if not largest_weight >= 1:
        raise ValueError(f"expected a largest weight of 1 median or more, found {largest_weight!r}")
    margins = _margins(frame, targets)
    counts = _counts(frame)
    weights, gap = _fitted(np.ones(len(counts)), margins, counts)
    if gap > _TOO_FAR:
        raise TargetsConflict(
            f"the targets of {', '.join(targets)} can not be met together by those who answered (off by"
            f" {100 * gap:.2f} in 100): some levels only ever occur together. Leave a column out"
        )
    for _ in range(_TRIMMINGS):
        limit = largest_weight * _median(weights, counts)
        if weights.max() <= limit * (1 + _CLOSE_ENOUGH):
            break
        weights, _ = _fitted(weights.clip(max=limit), margins, counts)
    weights = weights.clip(max=largest_weight * _median(weights, counts))
    return frame.with_columns(weight=pl.Series(weights * counts.sum() / (weights @ counts)))


def collapse(
    frame: pl.DataFrame, targets: Targets, smallest: int = SMALLEST_GROUP
) -> tuple[pl.DataFrame, dict[str, dict[str, float]]]:
    """Merge the levels that too few answered in, so that no handful stands for many.

    Args:
        frame: as for `rake`; it may lack levels of the targets.
        targets: as for `rake`.
        smallest: a level with fewer respondents is merged; at least 1.

    Returns:
        The frame and the targets with rare levels renamed `all others`; where these are still too few, the
        next rarest join. A column of which one level is left is no target any more.

    Raises:
        ValueError: a column is missing.
    """
    _require(frame, targets)
    counts = _counts(frame)
    merged: dict[str, dict[str, float]] = {}
    for column, given in targets.items():
        shares = dict(given)
        answered = dict.fromkeys(shares, 0.0)
        for level, count in zip(frame[column].to_list(), counts, strict=True):
            answered[level] = answered.get(level, 0.0) + count
        rare: list[str] = []
        together = 0.0
        for level in sorted(shares, key=lambda level, answered=answered: (answered[level], level)):  # type: ignore[misc]
            if answered[level] >= smallest and (not rare or together >= smallest):
                break
            rare.append(level)
            together += answered[level]
        if len(rare) > 1:
            frame = frame.with_columns(pl.col(column).replace(dict.fromkeys(rare, OTHERS)))
            kept = {level: share for level, share in shares.items() if level not in rare}
            shares = kept | {OTHERS: sum(shares[level] for level in rare)}
        if len(shares) > 1:
            merged[column] = shares
    return frame, merged


def largest_gap(frame: pl.DataFrame, targets: Targets) -> float:
    """How far the weighted shares are from their targets at most, as a share.

    Args:
        frame: what `rake` returned.
        targets: the same.

    Raises:
        ValueError: as for `rake`.
    """
    margins = _margins(frame, targets)
    return _gap(frame["weight"].to_numpy().astype(float), margins, _counts(frame))


def effective_n(weights: Sequence[float] | Floats, counts: Sequence[float] | Floats | None = None) -> float:
    """How many equally weighted answers would say as much.

    Args:
        weights: of the respondents, 0 or more.
        counts: how many respondents have each weight; one each where not given.

    Returns:
        `(Σ w)² / Σ w²`; 0 for nobody.

    Raises:
        ValueError: a weight or count is negative or not finite.

    Source: Kish (1965), Survey Sampling, chapter 11.7; Kish (1992), Journal of Official Statistics 8, 183-200.
    """
    w = np.asarray(weights, dtype=float)
    c = np.ones_like(w) if counts is None else np.asarray(counts, dtype=float)
    if not (np.isfinite(w).all() and np.isfinite(c).all() and (w >= 0).all() and (c >= 0).all()):
        raise ValueError("expected finite weights and counts of 0 or more")
    squares = float(c @ w**2)
    return float(c @ w) ** 2 / squares if squares else 0.0


def weighted_score(
    frame: pl.DataFrame, *, net: bool = False, level: float = 0.95
) -> tuple[float, float, float, float]:
    """The weighted share, or net share, with a range as wide as the effective n bears.

    Args:
        frame: one row per kind of respondent: `weight`, `n`, `successes` and, for a net share, `opposites`.
        net: (successes - opposites) / n instead of successes / n.
        level: coverage of the range, strictly between 0 and 1.

    Returns:
        `(share, low, high, effective_n)`; shares from 0 to 1, net shares from -1 to 1.

    Raises:
        ValueError: nobody answered, or counts do not add up.

    Source: Wilson's range, or the adjusted Wald range of `nps_interval`, at Kish's effective n.
    """
    weight, n = (frame[name].to_numpy().astype(float) for name in ("weight", "n"))
    size = effective_n(weight, n)
    if not size:
        raise ValueError("a weighted share needs at least one answer, found none")
    total = weight @ n
    successes = float(weight @ frame["successes"].to_numpy()) / total * size
    if not net:
        low, high = wilson(min(successes, size), size, level)
        return successes / size, low, high, size
    opposites = float(weight @ frame["opposites"].to_numpy()) / total * size
    score, low, high = nps_interval(successes, max(0.0, size - successes - opposites), opposites, level)
    return score / 100, low / 100, high / 100, size


def worst_case(share: float, answered_share: float, *, net: bool = False) -> Interval:
    """Between which bounds the score of all who were asked must lie, whatever the silent ones think.

    Args:
        share: of those who answered; a net share where `net`.
        answered_share: how many of those asked answered, 0 to 1.
        net: the score goes from -1 to 1 instead of 0 to 1.

    Returns:
        `(low, high)`: all of the silent ones at the bottom, all of them at the top. No sampling error is in
        it, and no assumption.

    Raises:
        ValueError: a share is out of bounds.

    Source: Manski (1989), Journal of Human Resources 24, 343-360.
    """
    lowest = -1.0 if net else 0.0
    if not lowest <= share <= 1 or not 0 <= answered_share <= 1:
        raise ValueError(f"expected a score from {lowest:g} to 1 and an answered share from 0 to 1, found"
                         f" {share!r}, {answered_share!r}")  # fmt: skip
    silent = 1 - answered_share
    return answered_share * share + silent * lowest, answered_share * share + silent


def r_indicator(
    frame: pl.DataFrame, smallest: int = SMALLEST_GROUP, level: float = 0.95
) -> tuple[float, float, float]:
    """How alike the groups answer: 1 where all answer equally often, less the more they differ.

    Args:
        frame: one row per group of those asked: `invited`, `answered`. Smaller groups count as one.
        smallest: fewer invited are a small group; at least 2.
        level: coverage of the range, strictly between 0 and 1.

    Returns:
        `(r, low, high)`, 0 to 1: one less twice the standard deviation of the groups' response rates, freed
        of the differences that chance alone makes.

    Raises:
        ValueError: fewer than two groups are left to compare, or more answered than were asked.

    Source: Schouten, Cobben and Bethlehem (2009), Survey Methodology 35, 101-113; the correction for chance
        after Shlomo, Skinner and Schouten (2012), Journal of Statistical Planning and Inference 142, 201-211;
        the range by inverting a score test: the estimated variance of the rates is taken as normal, as
        uncertain as the true one would make it.
    """
    if smallest < 2:
        raise ValueError(f"expected a smallest group of 2 or more, found {smallest!r}")
    small = pl.col("invited") < smallest
    groups = pl.concat(
        [
            frame.filter(~small).select("invited", "answered"),
            frame.filter(small).select("invited", "answered").sum(),
        ]
    ).filter(pl.col("invited") > 1)
    invited, answered = (groups[name].to_numpy().astype(float) for name in ("invited", "answered"))
    if len(invited) < 2 or (answered > invited).any() or (answered < 0).any():
        raise ValueError(
            f"an R-indicator needs at least two groups of {smallest} people asked, none with more answers than people"
        )
    share = invited / invited.sum()
    rate = answered / invited
    noise = rate * (1 - rate) / (invited - 1)
    squared = (rate - share @ rate) ** 2
    variance = float(share @ squared - (share * (1 - share)) @ noise)
    z = critical_value(level)
    alone, per_variance = 2 * float(share**2 @ noise**2), 4 * float(share**2 @ noise)
    middle = variance + z**2 * per_variance / 2
    reach = z * math.sqrt(max(0.0, alone + per_variance * middle - z**2 * per_variance**2 / 4))
    r, high, low = (1 - 2 * math.sqrt(max(0.0, each)) for each in (variance, middle - reach, middle + reach))
    return max(0.0, r), max(0.0, min(r, low)), max(0.0, high, r)


def _require(frame: pl.DataFrame, targets: Targets) -> None:
    missing = [column for column in targets if column not in frame.columns]
    if missing:
        raise ValueError(
            f"the targets name columns that those who answered lack: {missing}; they have {frame.columns}"
        )


def _margins(frame: pl.DataFrame, targets: Targets) -> list[_Margin]:
    _require(frame, targets)
    counts = _counts(frame)
    if not counts.sum() > 0:
        raise ValueError("nobody answered: there is nothing to weigh")
    margins = []
    for column, shares in targets.items():
        known = [level for level, share in shares.items() if share > 0]
        if min(shares.values(), default=-1) < 0 or not math.isclose(sum(shares.values()), 1, abs_tol=1e-6):
            raise ValueError(
                f"the shares of {column} must be 0 or more and sum to 1, they are {dict(shares)}"
            )
        levels = frame[column].to_list()
        found = {level for level, count in zip(levels, counts, strict=True) if count > 0}
        if None in found:
            raise ValueError(
                f"{column} is null for some who answered: leave them out of the weighting and say how many"
            )
        if silent := sorted(set(known) - found):
            raise ValueError(
                f"nobody answered in {column}: {', '.join(silent)}. Merge rare levels with collapse(), or leave"
                f" {column} out"
            )
        if unknown := sorted(found - set(known)):
            raise ValueError(
                f"the targets give no share for {column}: {', '.join(unknown)}, though some answered there"
            )
        position = {level: place for place, level in enumerate(known)}
        codes = np.array([position.get(level, 0) for level in levels], dtype=np.intp)
        margins.append((codes, np.array([shares[level] for level in known]) / sum(shares.values())))
    return margins


def _counts(frame: pl.DataFrame) -> Floats:
    if "count" not in frame.columns:
        return np.ones(frame.height)
    return frame["count"].to_numpy().astype(float)


def _fitted(weights: Floats, margins: list[_Margin], counts: Floats) -> tuple[Floats, float]:
    """Iterative proportional fitting; the weights and how far off they still are."""
    gap = math.inf
    for _ in range(_ROUNDS):
        for codes, shares in margins:
            held = np.bincount(codes, weights * counts, len(shares))
            weights = weights * (shares / held)[codes] * held.sum()
        weights = weights / weights.mean()
        gap = _gap(weights, margins, counts)
        if gap < _CLOSE_ENOUGH:
            break
    return weights, gap


def _gap(weights: Floats, margins: list[_Margin], counts: Floats) -> float:
    held = weights * counts
    return max(
        (
            float(np.abs(np.bincount(codes, held, len(shares)) / held.sum() - shares).max())
            for codes, shares in margins
        ),
        default=0.0,
    )


def _median(weights: Floats, counts: Floats) -> float:
    """The weight of the respondent in the middle."""
    order = np.argsort(weights, kind="stable")
    below = np.cumsum(counts[order])
    return float(weights[order][np.searchsorted(below, below[-1] / 2)])
