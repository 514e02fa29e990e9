import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures.impact import lee_bounds, randomised


def survey(rng, effect: float = 0.5, n: int = 1000, more: float = 0.15) -> pl.DataFrame:
    """Being drawn makes the mildly pleased answer too; the truth is among those who answer either way."""
    drawn = rng.permutation(np.arange(n) < n // 2)
    feeling, readiness = rng.normal(0, 1, n), rng.random(n)
    answered = readiness < 0.5 + more * drawn * (feeling > 0)
    score = np.where(answered, feeling + effect * drawn + rng.normal(0, 0.5, n), np.nan)
    return pl.DataFrame({"score": score, "drawn": drawn, "answered": answered}).with_columns(
        pl.col("score").fill_nan(None)
    )


def test_the_arm_that_answers_more_is_trimmed_until_both_answer_alike():
    frame = pl.DataFrame(
        {
            "score": [1.0, 2.0, 3.0, 4.0, 2.0, 4.0, None, None],
            "drawn": [1, 1, 1, 1, 0, 0, 0, 0],
            "answered": [1, 1, 1, 1, 1, 1, 0, 0],
        }
    )
    bounds = lee_bounds(frame, "score", "drawn", "answered")
    assert (bounds.lower, bounds.upper) == pytest.approx((1.5 - 3, 3.5 - 3))
    turned = lee_bounds(frame.with_columns(drawn=1 - pl.col("drawn")), "score", "drawn", "answered")
    assert (turned.lower, turned.upper) == pytest.approx((-bounds.upper, -bounds.lower))


def test_ties_at_the_edge_are_split():
    frame = pl.DataFrame(
        {
            "score": [1, 5, 4, None],
            "drawn": [1, 1, 0, 0],
            "answered": [1, 1, 1, 0],
            "count": [40, 60, 50, 50],
        }
    )
    bounds = lee_bounds(frame, "score", "drawn", "answered")
    assert bounds.upper == pytest.approx(5 - 4)
    assert bounds.lower == pytest.approx((40 * 1 + 10 * 5) / 50 - 4)


def test_arms_that_answer_alike_have_one_bound_and_a_range_no_narrower_than_the_plain_one():
    frame = survey(np.random.default_rng(1)).with_columns(
        answered=pl.int_range(pl.len()).over("drawn") < 250, score=pl.col("score").fill_null(0.0)
    )
    bounds = lee_bounds(frame, "score", "drawn", "answered")
    plain = randomised(frame.filter("answered"), "score", "drawn")
    assert bounds.lower == pytest.approx(bounds.upper)
    assert bounds.lower == pytest.approx(plain.estimate)
    assert bounds.low < plain.low < plain.high < bounds.high


def test_the_response_rates_are_compared_first():
    uneven, even = (
        lee_bounds(survey(np.random.default_rng(2), n=4000, more=more), "score", "drawn", "answered")
        for more in (0.2, 0.0)
    )
    assert uneven.is_response_different
    assert uneven.response.p_value < 0.001
    assert not even.is_response_different


def test_the_errors_of_the_bounds_are_those_of_a_bootstrap():
    frame = survey(np.random.default_rng(3), more=0.4)
    bounds = lee_bounds(frame, "score", "drawn", "answered")
    again = [
        lee_bounds(frame.sample(fraction=1, with_replacement=True, seed=seed), "score", "drawn", "answered")
        for seed in range(250)
    ]
    assert bounds.se_lower == pytest.approx(np.std([each.lower for each in again]), rel=0.15)
    assert bounds.se_upper == pytest.approx(np.std([each.upper for each in again]), rel=0.15)


@given(st.integers(0, 10_000))
def test_the_bounds_hold_what_any_silence_among_those_who_need_not_answer_would_give(seed):
    rng = np.random.default_rng(seed)
    frame = survey(rng, n=60, more=0.4)
    bounds = lee_bounds(frame, "score", "drawn", "answered")
    answers = frame.filter("answered")
    plain = answers.group_by("drawn").agg(pl.col("score").mean()).sort("drawn")["score"]
    rounding = 1e-12
    assert bounds.low <= bounds.lower <= plain[1] - plain[0] + rounding
    assert plain[1] - plain[0] - rounding <= bounds.upper <= bounds.high


def test_an_answer_that_is_not_there_is_refused():
    frame = survey(np.random.default_rng(4)).with_columns(answered=pl.lit(True))
    with pytest.raises(ValueError, match="found nulls"):
        lee_bounds(frame, "score", "drawn", "answered")


def test_an_arm_without_answers_is_refused():
    frame = survey(np.random.default_rng(4)).with_columns(answered="drawn", score=pl.lit(1.0))
    with pytest.raises(ValueError, match="two answers"):
        lee_bounds(frame, "score", "drawn", "answered")


@pytest.mark.simulate
def test_the_range_holds_the_truth_where_comparing_the_answers_does_not():
    rng = np.random.default_rng(5)
    held, naive = [], []
    for _ in range(200):
        frame = survey(rng, effect=0.0, n=4000, more=0.5)
        bounds = lee_bounds(frame, "score", "drawn", "answered")
        plain = randomised(frame.filter("answered"), "score", "drawn")
        held.append(bounds.low <= 0 <= bounds.high)
        naive.append(plain.low <= 0 <= plain.high)
    assert np.mean(held) >= 0.93
    assert np.mean(naive) < 0.1
