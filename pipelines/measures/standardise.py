"""A score as it would be if the mix of customers, or of channels, were always the same.

A score may move because everybody feels otherwise, or because others answered. Standardised to a fixed mix it
can move for the first reason only; where it parts from the plain line, the mix has changed.
"""

import math
from collections.abc import Mapping

import polars as pl

from pipelines.measures.nps import nps_interval
from pipelines.measures.proportions import wilson

LARGEST_GAP = 0.05


def standardised_share(
    frame: pl.DataFrame, mix: Mapping[str, float], *, net: bool = False, level: float = 0.95
) -> tuple[float, float, float]:
    """The mean of the members' shares, weighted by a fixed mix (direct standardisation).

    Args:
        frame: one row per member: `member`, `n`, `successes` and, for a net share, `opposites`. Members
            outside the mix do not count.
        mix: member -> its part of the mix, in any unit. Members nobody answered for may hold up to 5 % of
            it; the rest then stands for them in proportion.
        net: (successes - opposites) / n instead of successes / n.
        level: coverage of the range, strictly between 0 and 1.

    Returns:
        `(share, low, high)`; shares from 0 to 1, net shares from -1 to 1.

    Raises:
        ValueError: members without answers hold more than 5 % of the mix (they are named), a member is there
            twice, or the mix is empty or negative.

    Source: direct standardisation after Fleiss, Levin and Paik (2003), Statistical Methods for Rates and
        Proportions, chapter 19; the range joins the members' own ranges by square-and-add (Zou, Huang and
        Zhang 2009, Computational Statistics and Data Analysis 53, 1080-1085), which keeps to the scale where
        Fay and Feuer's (1997), made for rates, does not.
    """
    if frame["member"].is_duplicated().any():
        raise ValueError("expected each member once, found several rows for one")
    if not mix or min(mix.values()) < 0 or not sum(mix.values()) > 0:
        raise ValueError(f"expected a mix of parts of 0 or more, found {dict(mix)}")
    answered = {row["member"]: row for row in frame.filter(pl.col("n") > 0).iter_rows(named=True)}
    gap = 1 - covered_share(frame, mix)
    if gap > LARGEST_GAP:
        silent = sorted(member for member, part in mix.items() if part > 0 and member not in answered)
        raise ValueError(
            f"nobody answered for {', '.join(silent)}, {100 * gap:.0f} in 100 of the mix: too much to be stood for"
        )
    parts = {member: part for member, part in mix.items() if member in answered}
    total = sum(parts.values())
    share = below = above = 0.0
    for member, part in parts.items():
        own, low, high = _own_range(answered[member], net, level)
        weight = part / total
        share += weight * own
        below += (weight * (own - low)) ** 2
        above += (weight * (high - own)) ** 2
    return share, share - math.sqrt(below), share + math.sqrt(above)


def covered_share(frame: pl.DataFrame, mix: Mapping[str, float]) -> float:
    """How much of the mix belongs to members somebody answered for, 0 to 1.

    Args:
        frame: as for `standardised_share`.
        mix: as for `standardised_share`.
    """
    answered = set(frame.filter(pl.col("n") > 0)["member"].to_list())
    return sum(part for member, part in mix.items() if member in answered) / sum(mix.values())


def _own_range(row: Mapping[str, float], net: bool, level: float) -> tuple[float, float, float]:
    n, successes = row["n"], row["successes"]
    if not net:
        return successes / n, *wilson(successes, n, level)
    score, low, high = nps_interval(successes, n - successes - row["opposites"], row["opposites"], level)
    return score / 100, low / 100, high / 100
