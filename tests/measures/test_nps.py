import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multinomial

from pipelines.measures.nps import nps_interval

answers = st.tuples(*[st.integers(0, 500)] * 3).filter(any)


def exact_coverage(n: int, promoters: float, detractors: float) -> float:
    outcomes = np.array([(p, n - p - d, d) for p in range(n + 1) for d in range(n + 1 - p)])
    ranges = np.array([nps_interval(*outcome)[1:] for outcome in outcomes.tolist()])
    truth = 100 * (promoters - detractors)
    held = (ranges[:, 0] <= truth) & (truth <= ranges[:, 1])
    return multinomial.pmf(outcomes, n, [promoters, 1 - promoters - detractors, detractors])[held].sum()


def test_the_score_is_the_plain_one_in_points():
    assert nps_interval(50, 30, 20)[0] == pytest.approx(30)


def test_the_range_is_the_adjusted_wald_range():
    net, extreme, n = 30 / 103, 71.5 / 103, 103
    half_width = 195.996 * ((extreme - net**2) / n) ** 0.5
    assert nps_interval(50, 30, 20)[1:] == pytest.approx(
        (100 * net - half_width, 100 * net + half_width), abs=0.01
    )


@pytest.mark.parametrize("n", [10, 25, 50])
@pytest.mark.parametrize("shares", [(0.5, 0.2), (0.7, 0.05), (0.85, 0.05), (0.3, 0.4)])
def test_the_range_covers_at_least_nine_times_in_ten_also_for_few_answers(n, shares):
    assert exact_coverage(n, *shares) > 0.925


def test_a_range_of_thirty_happy_answers_covers_94_percent():
    assert exact_coverage(30, 0.7, 0.05) >= 0.94


@given(answers)
def test_the_range_holds_the_score_and_stays_on_the_scale(counts):
    nps, low, high = nps_interval(*counts)
    assert -100 <= low <= nps <= high <= 100


@given(answers)
def test_swapping_promoters_and_detractors_mirrors_the_range(counts):
    nps, low, high = nps_interval(*counts)
    assert nps_interval(*counts[::-1]) == pytest.approx((-nps, -high, -low), abs=1e-9)


@pytest.mark.parametrize(
    ("counts", "message"), [((0, 0, 0), "at least one answer"), ((5, -1, 2), "0 or more")]
)
def test_impossible_counts_are_refused_in_plain_words(counts, message):
    with pytest.raises(ValueError, match=message):
        nps_interval(*counts)
