import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from pipelines.measures.impact import Effect, randomised
from pipelines.measures.impact.effect import symmetric_range
from pipelines.measures.proportions import newcombe_difference


def shares(x1, n1, x0, n0) -> Effect:
    frame = pl.DataFrame({"y": [1, 0, 1, 0], "drawn": [1, 1, 0, 0], "count": [x1, n1 - x1, x0, n0 - x0]})
    return randomised(frame, "y", "drawn")


@given(st.integers(1, 59), st.integers(1, 59), st.floats(0.5, 0.999))
def test_the_p_value_is_below_an_error_just_when_the_range_leaves_out_zero(x1, x0, level):
    effect = shares(x1, 60, x0, 60)
    wide = effect.at(level)
    leaves_out = not wide.low <= 0 <= wide.high
    if abs(effect.p_value - (1 - level)) > 1e-9:
        assert (effect.p_value < 1 - level) == leaves_out


def test_the_range_of_shares_is_newcombes_at_every_level():
    effect = shares(33, 120, 27, 124).at(0.99)
    assert (effect.low, effect.high) == newcombe_difference(33, 120, 27, 124, 0.99)
    assert effect.level == 0.99


def test_a_range_of_standard_errors_has_students_p_value():
    values = np.random.default_rng(1).normal(0.4, 1, 15)
    reference = ttest_1samp(values, 0)
    se = values.std(ddof=1) / 15**0.5
    effect = Effect(values.mean(), se, 0, 0, 15, 0, "mean", degrees_of_freedom=14)
    assert effect.p_value == pytest.approx(reference.pvalue)
    interval = reference.confidence_interval(0.9)
    assert (effect.at(0.9).low, effect.at(0.9).high) == pytest.approx((interval.low, interval.high))


def test_without_degrees_of_freedom_the_range_is_normal():
    assert symmetric_range(1.0, 2.0, 0.95) == pytest.approx((1 - 2 * 1.959964, 1 + 2 * 1.959964))


def test_no_spread_at_all_is_certain_either_way():
    assert Effect(0.0, 0.0, 0, 0, 5, 5, "mean").p_value == 1
    assert Effect(0.5, 0.0, 0.5, 0.5, 5, 5, "mean").p_value == 0


def test_a_level_out_of_bounds_is_refused():
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        Effect(0.5, 0.1, 0.5, 0.5, 5, 5, "mean").at(1.0)
