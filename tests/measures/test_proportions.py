import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from pipelines.measures.proportions import newcombe_difference, wilson

PUBLISHED_WILSON = [
    ((81, 263), (0.2553, 0.3662)),
    ((15, 148), (0.0624, 0.1605)),
    ((0, 20), (0.0, 0.1611)),
    ((1, 29), (0.0061, 0.1718)),
]
PUBLISHED_DIFFERENCES = [((56, 70, 48, 80), (0.0524, 0.3339)), ((9, 10, 3, 10), (0.1705, 0.8090))]

counts = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
levels = st.floats(0.5, 0.999)


@pytest.mark.parametrize(("count", "expected"), PUBLISHED_WILSON)
def test_wilson_gives_the_ranges_newcombe_published(count, expected):
    assert wilson(*count) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(("count", "expected"), PUBLISHED_DIFFERENCES)
def test_the_difference_gives_the_ranges_newcombe_published(count, expected):
    assert newcombe_difference(*count) == pytest.approx(expected, abs=5e-5)


@given(counts, levels)
def test_the_range_of_a_share_holds_the_share_and_stays_a_share(count, level):
    low, high = wilson(*count, level)
    assert 0 <= low <= count[0] / count[1] <= high <= 1


@given(counts, levels)
def test_the_range_of_the_failures_mirrors_that_of_the_successes(count, level):
    successes, n = count
    low, high = wilson(successes, n, level)
    assert wilson(n - successes, n, level) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@given(counts)
def test_more_answers_with_the_same_share_narrow_the_range(count):
    successes, n = count
    assert np.diff(wilson(2 * successes, 2 * n))[0] < np.diff(wilson(successes, n))[0]


@given(counts, counts, levels)
def test_swapping_the_groups_changes_only_the_sign_of_the_difference(first, second, level):
    low, high = newcombe_difference(*first, *second, level)
    assert newcombe_difference(*second, *first, level) == pytest.approx((-high, -low), abs=1e-12)
    assert -1 <= low <= first[0] / first[1] - second[0] / second[1] <= high <= 1


@given(counts)
def test_a_group_never_differs_from_itself(count):
    low, high = newcombe_difference(*count, *count)
    assert low <= 0 <= high


@pytest.mark.parametrize("n", [10, 30, 100, 500])
def test_wilson_covers_95_percent_on_average_and_never_much_less(n):
    ranges = np.array([wilson(successes, n) for successes in range(n + 1)])
    truth = np.linspace(0.05, 0.95, 901)
    held = (ranges[:, :1] <= truth) & (truth <= ranges[:, 1:])
    coverage = (binom.pmf(np.arange(n + 1)[:, None], n, truth) * held).sum(axis=0)
    assert coverage.mean() == pytest.approx(0.953, abs=0.005)
    assert coverage.min() > 0.88


@pytest.mark.parametrize(("n1", "n2"), [(15, 15), (30, 60), (100, 100)])
def test_the_difference_covers_95_percent_on_average(n1, n2):
    ranges = np.array([[newcombe_difference(x1, n1, x2, n2) for x2 in range(n2 + 1)] for x1 in range(n1 + 1)])
    coverage = []
    for p1 in np.linspace(0.1, 0.9, 9):
        for p2 in np.linspace(0.1, 0.9, 9):
            held = (ranges[..., 0] <= p1 - p2) & (p1 - p2 <= ranges[..., 1])
            chance = np.outer(binom.pmf(np.arange(n1 + 1), n1, p1), binom.pmf(np.arange(n2 + 1), n2, p2))
            coverage.append((chance * held).sum())
    assert 0.945 <= np.mean(coverage) <= 0.97
    assert min(coverage) > 0.92


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 0), "n above 0"),
        ((1, -5), "n above 0"),
        ((1, math.nan), "n above 0"),
        ((6, 5), "between 0 and n"),
        ((-1, 5), "between 0 and n"),
        ((1, 5, 95), "level strictly between 0 and 1"),
    ],
)
def test_an_impossible_count_is_refused_in_plain_words(arguments, message):
    with pytest.raises(ValueError, match=message):
        wilson(*arguments)


def test_an_empty_group_in_a_difference_is_refused_in_plain_words():
    with pytest.raises(ValueError, match="n above 0"):
        newcombe_difference(1, 10, 0, 0)
