"""The net promoter score, and any other net share, with its range."""

import math

from pipelines.measures.proportions import critical_value

PSEUDO_ANSWERS = 3.0
"""Added before the variance is taken: three quarters promoter, three quarters detractor, the rest passive."""


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

    Source: the variance of a net share, p + d - (p - d)²; the adjustment after Agresti and Min (2005),
        Biometrics 61, 515-523, recommended for the net promoter score by Rocks (2016), The American
        Statistician 70, 365-372.
    """
    counts = (promoters, passives, detractors)
    if not all(math.isfinite(count) and count >= 0 for count in counts):
        raise ValueError(f"expected counts of 0 or more, found promoters, passives, detractors = {counts}")
    n = sum(counts)
    if n <= 0:
        raise ValueError("a net score needs at least one answer, found none")
    nps = 100 * (promoters - detractors) / n
    adjusted_n = n + PSEUDO_ANSWERS
    net = (promoters - detractors) / adjusted_n
    extreme = (promoters + detractors + PSEUDO_ANSWERS / 2) / adjusted_n
    half_width = critical_value(level) * math.sqrt((extreme - net**2) / adjusted_n)
    low, high = 100 * (net - half_width), 100 * (net + half_width)
    return nps, max(-100.0, min(low, nps)), min(100.0, max(high, nps))
