import numpy as np
import pytest
from scipy.stats import chi2

from pipelines.measures.impact.pretrend import exact_test, joint_test

COVARIANCE = np.array([[2.0, 0.8, 0.0], [0.8, 1.5, -0.3], [0.0, -0.3, 1.0]])


def drawn(rng, drift, runs=2000):
    return drift + rng.multivariate_normal(np.zeros(3), COVARIANCE, runs)


def test_the_statistic_is_walds():
    changes = np.array([1.0, -2.0, 0.5])
    found = joint_test(changes, COVARIANCE, lead=3.0)
    assert found.statistic == pytest.approx(changes @ np.linalg.solve(COVARIANCE, changes))
    assert found.p_value == pytest.approx(chi2.sf(found.statistic, 3))
    assert found.drift_in_effect == pytest.approx(3 * found.detectable_drift)


def test_a_drift_as_large_as_said_is_noticed_4_times_in_5():
    said = joint_test(np.zeros(3), COVARIANCE, 1.0).detectable_drift
    changes = drawn(np.random.default_rng(1), said)
    statistics = (changes * np.linalg.solve(COVARIANCE, changes.T).T).sum(axis=1)
    assert np.mean(chi2.sf(statistics, 3) < 0.05) == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize(("drift_times", "expected"), [(0.0, 0.05), (1.0, 0.8)])
def test_few_clusters_raise_an_alarm_as_often_as_said(drift_times, expected):
    rng = np.random.default_rng(2)
    drift = drift_times * joint_test(np.zeros(3), COVARIANCE / 16, 1.0, 16).detectable_drift
    called = []
    for _ in range(200):
        found = drawn(rng, drift, 16)
        called.append(
            joint_test(found.mean(axis=0), np.cov(found, rowvar=False) / 16, 1.0, 16).p_value < 0.05
        )
    assert np.mean(called) == pytest.approx(expected, abs=0.08)


def test_among_other_orders_the_p_value_is_the_share_that_are_as_unlike():
    orders = drawn(np.random.default_rng(3), 0.0)
    orders[0] = [2.0, 2.0, 2.0]
    found = exact_test(orders, lead=2.0)
    assert found.p_value == pytest.approx(chi2.sf(found.statistic, 3), abs=0.01)
    assert found.detectable_drift == pytest.approx(
        joint_test(orders[0], COVARIANCE, 2.0).detectable_drift, rel=0.08
    )


def test_nothing_before_is_no_test():
    assert joint_test(np.array([]), np.zeros((0, 0)), 1.0) is None
