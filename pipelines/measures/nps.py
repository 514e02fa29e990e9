"""The net promoter score with its range."""

import math

from pipelines.measures.scores import net_score


def nps_interval(
    promoters: float, passives: float, detractors: float, level: float = 0.95
) -> tuple[float, float, float]:
    """The net score with the adjusted Wald range.

    Args:
        promoters: how many answered in the top box (9-10); weighted counts are welcome.
        passives: how many in between (7-8).
        detractors: how many in the bottom box (0-6).
        level: coverage of the range, strictly between 0 and 1.

    Returns:
        `(nps, low, high)` in points, -100 to 100. The score is the plain one; the range is centred on the
        score after three pseudo-answers, cut at ±100, and always holds the score.

    Raises:
        ValueError: a count is negative or not finite, or nobody answered.

    Source: as for `scores.net_score`; recommended for the net promoter score by Rocks (2016), The American
        Statistician 70, 365-372.
    """
    counts = (promoters, passives, detractors)
    if not all(math.isfinite(count) and count >= 0 for count in counts):
        raise ValueError(f"expected counts of 0 or more, found promoters, passives, detractors = {counts}")
    n = sum(counts)
    if n <= 0:
        raise ValueError("a net score needs at least one answer, found none")
    net, low, high, _ = net_score(n, promoters, detractors, level)
    return 100 * net, 100 * low, 100 * high
