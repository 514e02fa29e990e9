"""How wide ranges must be that hold together, not only one by one."""

import numpy as np

from pipelines.measures.impact.effect import Floats

_DRAWS = 20_000


def uniform_critical(
    covariance: Floats, level: float = 0.95, degrees: float | None = None, *, seed: int = 0
) -> float:
    """How many standard errors either side hold all estimates at once.

    Args:
        covariance: of the J estimates; those without an error of their own do not count.
        level: how often all J are held.
        degrees: of freedom of the errors, where they are few.
        seed: of the 20,000 simulated sets of estimates.

    Returns:
        The quantile of the largest of J correlated normal (or Student's t) deviations; 0 where nothing varies.

    Source: Montiel Olea and Plagborg-Møller (2019), Journal of Applied Econometrics 34, 1-17 (sup-t bands).
    """
    errors = np.sqrt(np.diag(covariance).clip(0))
    counts = errors > 0
    if not counts.any():
        return 0.0
    scaled = covariance[np.ix_(counts, counts)] / np.outer(errors[counts], errors[counts])
    values, vectors = np.linalg.eigh(scaled)
    rng = np.random.default_rng(seed)
    drawn = rng.standard_normal((_DRAWS, len(values))) @ (vectors * np.sqrt(values.clip(0))).T
    if degrees is not None:
        drawn /= np.sqrt(rng.chisquare(degrees, (_DRAWS, 1)) / degrees)
    return float(np.quantile(np.abs(drawn).max(axis=1), level))
