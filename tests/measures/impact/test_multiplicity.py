import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from pipelines.measures.impact import Effect, adjust, judge

PUBLISHED = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1,
]  # fmt: skip


def normal(estimate: float, se: float) -> Effect:
    return Effect(estimate, se, estimate, estimate, 100, 100, "mean").at(0.95)


def test_benjamini_and_hochbergs_own_example_calls_four():
    adjusted = adjust(PUBLISHED)
    assert sum(p <= 0.05 for p in adjusted.p_values) == 4
    assert adjusted.p_values[:5] == pytest.approx((0.0015, 0.003, 0.0095, 0.035625, 0.0603))
    assert adjusted.level == pytest.approx(1 - 4 * 0.05 / 15)
    assert sum(p <= 0.05 for p in adjust(PUBLISHED, "holm").p_values) == 3


@pytest.mark.parametrize(("method", "name"), [("bh", "fdr_bh"), ("holm", "holm")])
def test_the_adjusted_p_values_are_those_of_statsmodels(method, name):
    rng = np.random.default_rng(2)
    for _ in range(20):
        p_values = rng.beta(0.3, 1, rng.integers(1, 12)).round(3).tolist()
        reference = multipletests(p_values, method=name)[1]
        assert adjust(p_values, method).p_values == pytest.approx(reference, abs=1e-12)


@given(
    st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 3)), min_size=1, max_size=12),
    st.floats(0, 2),
)
def test_verdict_p_value_and_range_never_contradict_one_another(drawn, worth):
    effects = {place: normal(*each) for place, each in enumerate(drawn)}
    judged = judge(effects, dict.fromkeys(effects, worth))
    for each in judged.values():
        effect = each.effect
        leaves_out = not effect.low <= 0 <= effect.high
        if each.verdict == "inconclusive":
            assert not leaves_out
        if each.verdict in {"works", "harmful"}:
            assert leaves_out
        if abs(each.p_adjusted - 0.05) > 1e-9:
            assert (each.p_adjusted <= 0.05) == leaves_out


def test_one_initiative_alone_needs_no_allowance():
    (alone,) = judge({"note": normal(2.1, 1.0)}, {"note": 0.0}).values()
    assert (alone.effect.level, alone.verdict) == (pytest.approx(0.95), "works")
    assert alone.p_adjusted == pytest.approx(normal(2.1, 1.0).p_value)


def test_the_same_effect_among_six_tries_can_no_longer_be_told():
    effects = {"note": normal(2.1, 1.0)} | {f"other {place}": normal(0.1, 1.0) for place in range(5)}
    judged = judge(effects, dict.fromkeys(effects, 0.0))["note"]
    assert judged.verdict == "inconclusive"
    assert judged.effect.low < 0 < judged.effect.high
    assert judged.effect.level == pytest.approx(1 - 0.05 / 6)


def test_up_to_five_decisions_are_kept_from_any_false_call():
    effects = dict(enumerate([normal(2.4, 1.0), normal(2.3, 1.0), normal(0.1, 1.0)]))
    p_values = [effect.p_value for effect in effects.values()]
    judged = judge(effects, dict.fromkeys(effects, 0.0))
    assert [each.p_adjusted for each in judged.values()] == pytest.approx(adjust(p_values, "holm").p_values)


def test_nothing_to_judge_is_no_error():
    assert judge({}, {}) == {}
    assert adjust([]).level == 0.95


@pytest.mark.parametrize(
    ("p_values", "error"), [([1.2], 0.05), ([-0.1], 0.05), ([float("nan")], 0.05), ([0.1], 0.5)]
)
def test_what_is_no_p_value_is_refused(p_values, error):
    with pytest.raises(ValueError, match="p-values from 0 to 1"):
        adjust(p_values, error=error)


@pytest.mark.simulate
def test_of_the_ranges_of_those_called_one_in_twenty_misses_on_average_over_the_years():
    rng = np.random.default_rng(1)
    missed, none_works = [], 0
    for _ in range(2000):
        truth = np.where(np.arange(20) < 5, 3.0, 0.0)
        effects = dict(enumerate(normal(float(value), 1.0) for value in rng.normal(truth, 1)))
        misses = [
            not each.effect.low <= truth[place] <= each.effect.high
            for place, each in judge(effects, dict.fromkeys(effects, 0.0)).items()
            if each.p_adjusted <= 0.05
        ]
        missed.append(np.mean(misses) if misses else 0.0)
        nothing = dict(enumerate(normal(float(value), 1.0) for value in rng.normal(0, 1, 6)))
        none_works += any(
            each.verdict == "works" for each in judge(nothing, dict.fromkeys(nothing, 0.0)).values()
        )
    assert np.mean(missed) <= 0.05
    assert none_works / 2000 <= 0.05
