"""Did they differ before the start already, and would this test have noticed?"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2, f, ncf, ncx2

from pipelines.measures.impact.effect import Floats

_ERROR, _POWER = 0.05, 0.8
_CLUSTERS_PER_CHANGE = 5


@dataclass(frozen=True)
class Pretrend:
    """The joint test of changes before the start.

    `statistic`: Wald's, with so many `degrees` of freedom, and `p_value`. `detectable_drift`: the smallest steady drift
    between the groups, in the outcome's unit per period, that the test at 5 % would notice 4 times in 5; infinite if
    none. `drift_in_effect`: what that drift would add to the effect, same unit: an error that may well go unnoticed.
    A test that finds nothing does not show that there was nothing.
    """

    statistic: float
    degrees: int
    p_value: float
    detectable_drift: float
    drift_in_effect: float


def joint_test(
    changes: Floats, covariance: Floats, lead: float, clusters: int | None = None
) -> Pretrend | None:
    """Test that no change from one period to the next, before the start, differs from that of those compared with.

    Args:
        changes: (J) differences in one-period changes, the latest last.
        covariance: of them.
        lead: how many periods lie between those that the effect compares, on average.
        clusters: how many there are, where the covariance is theirs: then at most one change for every five clusters
            is tested, the latest ones, and the statistic is referred to Hotelling's distribution.

    Returns:
        The test, or None where nothing before the start can be compared, or nothing ever changes.

    Source: Callaway and Sant'Anna (2021), section 4.1; Roth (2022), AER: Insights 4, 305-322 (power against a drift).
    """
    if clusters is not None:
        most = max(1, clusters // _CLUSTERS_PER_CHANGE)
        changes, covariance = changes[-most:], covariance[-most:, -most:]
    values, vectors = np.linalg.eigh(covariance)
    if not len(values) or values[-1] <= 0:
        return None
    kept = values > values[-1] * 1e-10
    J = int(kept.sum())
    steady, found = (
        float(np.sum((part @ vectors[:, kept]) ** 2 / values[kept]))
        for part in (np.ones(len(changes)), changes)
    )
    if clusters is None:
        p_value, bar = float(chi2.sf(found, J)), chi2.isf(_ERROR, J)
    else:
        scale = (clusters - J) / (J * (clusters - 1))
        p_value, bar = float(f.sf(found * scale, J, clusters - J)), f.isf(_ERROR, J, clusters - J)

    def lacking_power(size: float) -> float:
        noticed = ncx2.sf(bar, J, size) if clusters is None else ncf.sf(bar, J, clusters - J, size)
        return float(_POWER - noticed)

    drift = float(np.sqrt(brentq(lacking_power, 1e-6, 1e4) / steady)) if steady > 0 else np.inf
    return Pretrend(found, J, p_value, drift, drift * lead)


def exact_test(changes: Floats, lead: float) -> Pretrend | None:
    """The same by what other orders of the start dates show.

    Args:
        changes: (n, J) changes before the start under n orders, the true one first, nothing else left in them.
        lead: as for `joint_test`.

    Returns:
        The test: Wald's statistic with the covariance of the orders, referred to its own distribution among them.
        None where nothing ever changes.
    """
    values, vectors = np.linalg.eigh(np.cov(changes, rowvar=False).reshape(changes.shape[1], -1))
    if values[-1] <= 0:
        return None
    kept = values > values[-1] * 1e-10
    scaled = vectors[:, kept] / np.sqrt(values[kept])
    standard, steady = changes @ scaled, np.ones(changes.shape[1]) @ scaled
    found = (standard**2).sum(axis=1)
    bar = np.quantile(found, 1 - _ERROR)

    def lacking_power(drift: float) -> float:
        return float(_POWER - np.mean(((standard + drift * steady) ** 2).sum(axis=1) > bar))

    largest = 100 * (1 + np.sqrt(found.max())) / np.linalg.norm(steady)
    drift = float(brentq(lacking_power, 0.0, largest))
    p_value = float(np.mean(found >= found[0] * (1 - 1e-9)))
    return Pretrend(float(found[0]), int(kept.sum()), p_value, drift, drift * lead)
