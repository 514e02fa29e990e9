import numpy as np
import polars as pl
import pytest

from pipelines.measures.impact import NotIdentifiable, org_wide
from tests.measures.impact.truth import company, record

FIGURES = [f"f{number}" for number in range(15)]


def launch(rng, effect):
    return org_wide(company(rng, effect), "week", "answered", FIGURES, 60)


def test_a_clear_launch_is_at_most_suggestive():
    found = launch(np.random.default_rng(1), 3.0)
    assert found.low < 3.0 < found.high
    assert found.agrees
    assert found.verdict(smallest_effect=0.5) == "suggestive"
    assert found.pre_fit < 0.5


def test_one_donor_is_mixed_from_all_and_follows_the_outcome_before():
    found = launch(np.random.default_rng(2), 2.0)
    before = found.path.filter(pl.col("week") < 60)
    after = found.path.filter(pl.col("week") >= 60)
    assert found.weights["weight"].sum() == pytest.approx(1)
    assert found.weights["weight"].min() >= 0
    assert before["answered"].mean() == pytest.approx(before["mix"].mean())
    assert (after["answered"] - after["mix"]).mean() == pytest.approx(found.estimate, abs=0.5)


def test_the_same_launch_gives_the_same_range():
    first, second = (launch(np.random.default_rng(3), 1.0) for _ in range(2))
    assert (first.estimate, first.low, first.high) == (second.estimate, second.low, second.high)


def test_methods_that_disagree_can_tell_nothing():
    frame = company(np.random.default_rng(4), 3.0)
    found = org_wide(frame, "week", "answered", FIGURES, 60)
    other = org_wide(company(np.random.default_rng(4), -3.0), "week", "answered", FIGURES, 60)
    mixed = type(found)(
        found.effect, other.second_opinion, found.in_time, found.weights, found.path, found.pre_fit
    )
    assert not mixed.agrees
    assert mixed.verdict(0.5) == "inconclusive"


def test_a_method_that_finds_a_launch_that_never_was_is_not_believed():
    frame = company(np.random.default_rng(1), 3.0).with_columns(
        answered=pl.col("answered") + pl.when(pl.col("week") >= 40).then(3).otherwise(0)
    )
    found = org_wide(frame, "week", "answered", FIGURES, 60)
    assert not found.in_time.low <= 0 <= found.in_time.high
    assert found.verdict(0.5) == "inconclusive"


@pytest.mark.parametrize(
    ("launched", "figures", "message"),
    [
        (29, FIGURES, "29 periods before the launch and 15 figures"),
        (60, FIGURES[:9], "60 periods before the launch and 9 figures"),
    ],
)
def test_too_short_a_past_or_too_few_figures_are_refused(launched, figures, message):
    with pytest.raises(NotIdentifiable, match=message):
        org_wide(company(np.random.default_rng(5), 1.0), "week", "answered", figures, launched)


def test_figures_that_never_moved_alike_are_refused():
    frame = company(np.random.default_rng(6), 1.0)
    noise = np.random.default_rng(7).normal(60, 3, frame.height)
    with pytest.raises(NotIdentifiable, match="of the outcome's own spread away"):
        org_wide(frame.with_columns(answered=noise), "week", "answered", FIGURES, 60)


@pytest.mark.parametrize(
    ("change", "launched", "message"),
    [
        (pl.col("week"), 80, "at least one period from the launch on"),
        (pl.col("week") // 2, 30, "found some twice"),
        (pl.when(pl.col("week") > 3).then("week"), 60, "nulls in \\['week'\\]"),
    ],
)
def test_a_series_that_cannot_be_read_is_refused(change, launched, message):
    frame = company(np.random.default_rng(8), 1.0).with_columns(week=change)
    with pytest.raises(ValueError, match=message):
        org_wide(frame, "week", "answered", FIGURES, launched)


@pytest.mark.simulate
@pytest.mark.parametrize("effect", [0.0, 1.0])
def test_a_launch_for_everybody_is_judged_honestly(effect):
    calls = []

    def method(rng):
        found = launch(rng, effect)
        calls.append(found.verdict(0.0) == "suggestive" and found.estimate > 0)
        return found

    found = record(method, effect, runs=200, seed=9)
    assert found.is_honest()
    assert effect > 0 or np.mean(calls) <= 0.06
