import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures.impact import suggested, verdict


@pytest.mark.parametrize(
    ("effect", "low", "high", "said"),
    [
        (0.056, 0.022, 0.091, "works"),
        (-0.03, -0.05, -0.01, "harmful"),
        (0.002, -0.01, 0.014, "no relevant effect"),
        (0.010, 0.005, 0.015, "no relevant effect"),
        (0.025, -0.03, 0.08, "inconclusive"),
        (0.010, -0.015, 0.035, "inconclusive"),
    ],
)
def test_the_verdict_says_no_more_than_the_range_bears(effect, low, high, said):
    assert verdict(effect, low, high, smallest_effect=0.03) == said


def test_no_relevant_effect_needs_the_90_percent_range_inside():
    assert verdict(0.0, -0.0355, 0.0355, 0.03) == "no relevant effect"
    assert verdict(0.0, -0.0360, 0.0360, 0.03) == "inconclusive"


@given(st.floats(-0.5, 0.5), st.floats(0, 0.3), st.floats(0, 0.3), st.floats(0, 0.2))
def test_cannot_tell_never_stands_beside_a_range_without_zero(effect, below, above, smallest):
    low, high = effect - below, effect + above
    if verdict(effect, low, high, smallest) == "inconclusive":
        assert low <= 0 <= high


def test_at_a_stricter_level_no_relevant_effect_needs_the_wider_range_inside():
    assert verdict(0.0, -0.0355, 0.0355, 0.03) == "no relevant effect"
    assert verdict(0.0, -0.0355, 0.0355, 0.0315, level=0.99) == "inconclusive"
    assert verdict(0.0, -0.0355, 0.0355, 0.0325, level=0.99) == "no relevant effect"


def test_what_can_only_suggest_makes_no_call():
    assert {suggested(said) for said in ("works", "harmful", "no relevant effect")} == {"suggestive"}
    assert suggested("inconclusive") == "inconclusive"
    assert suggested("not identifiable") == "not identifiable"


def test_a_range_that_leaves_out_its_estimate_is_refused():
    with pytest.raises(ValueError, match="low <= effect <= high"):
        verdict(0.5, 0.6, 0.7, 0.1)
