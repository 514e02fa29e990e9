import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures.nps import nps_interval
from pipelines.measures.proportions import wilson
from pipelines.measures.scores import effort_score, net_emotional_value, net_score, rating_mean, share_score

SEVEN = [2, 3, 5, 10, 20, 30, 30]
counts = st.lists(st.integers(0, 200), min_size=7, max_size=7).filter(any)
variants = st.sampled_from(["mean", "top three of seven", "net"])


def test_the_mean_of_a_rating_is_the_plain_one_with_the_adjusted_range():
    found = effort_score(SEVEN, "mean")
    adjusted = (100 * found.value + 3 * 4) / 103
    squares = (np.arange(1, 8) ** 2 @ SEVEN + 1.5 * 16 + 0.75 * (1 + 49)) / 103
    half_width = 1.959964 * ((squares - adjusted**2) / 103) ** 0.5
    assert found.value == pytest.approx(5.53)
    assert found[1:] == pytest.approx((adjusted - half_width, adjusted + half_width, 100))


def test_the_other_effort_scores_are_a_share_and_a_net_share():
    assert effort_score(SEVEN, "top three of seven") == pytest.approx((0.8, *wilson(80, 100), 100))
    assert effort_score(SEVEN, "net") == pytest.approx((0.5, *net_score(100, 60, 10)[1:]))


def test_the_net_promoter_score_is_a_net_score_in_points():
    assert nps_interval(50, 30, 20) == pytest.approx([100 * each for each in net_score(100, 50, 20)[:3]])


def test_net_emotional_value_is_the_mean_of_each_persons_difference():
    differences = np.array([4.0, -2, 0, 1, 6, -6, 2, 2, 3, 5])
    found = net_emotional_value(10, differences.sum(), (differences**2).sum(), 1, 7)
    assert found.value == pytest.approx(1.5)
    assert found.low == pytest.approx(-0.88, abs=0.3)
    assert found.high < 4


@given(counts, variants)
def test_the_range_holds_the_score_and_stays_on_its_scale(answers, variant):
    lowest, highest = {"mean": (1, 7), "top three of seven": (0, 1), "net": (-1, 1)}[variant]
    found = effort_score(answers, variant)
    assert lowest <= found.low <= found.value <= found.high <= highest


@given(counts)
def test_turning_the_scale_round_mirrors_the_mean(answers):
    found, mirrored = effort_score(answers, "mean"), effort_score(answers[::-1], "mean")
    assert mirrored[:3] == pytest.approx((8 - found.value, 8 - found.high, 8 - found.low))


@given(counts, variants)
def test_weighted_answers_are_as_sure_as_their_effective_number(answers, variant):
    n = sum(answers)
    weighted = effort_score(answers, variant, effective_n=n / 2)
    halved = effort_score([count / 2 for count in answers], variant)
    assert weighted[:3] == pytest.approx(halved[:3], abs=1e-9)
    assert weighted.n == n


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: effort_score([1, 2, 3], "net"), "seven counts"),
        (lambda: effort_score([0] * 7, "net"), "at least one answer"),
        (lambda: net_score(10, 8, 3), "add up to at most n"),
        (lambda: rating_mean(10, 80, 640, 1, 7), "can not have"),
        (lambda: rating_mean(10, 40, 100, 1, 7), "can not have"),
        (lambda: share_score(10, 5, effective_n=0), "above 0"),
    ],
)
def test_impossible_counts_are_refused_in_plain_words(ask, message):
    with pytest.raises(ValueError, match=message):
        ask()
