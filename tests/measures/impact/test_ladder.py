from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures.impact import Design, choose
from pipelines.measures.impact.judgement import (
    BEFORE_AND_AFTER,
    DRAWN_BY_LOT,
    LATER_STARTERS,
    OUTSIDE_FIGURES,
    SIMILAR_CUSTOMERS,
)
from pipelines.measures.impact.ladder import NAMES

STORY = "The head of care picked them by hand from the list of silent customers."
LOT = Design("By lot.", "customer", is_drawn=True, draw_p=0.4, n_treated=600, n_control=620)
CALLS = Design(STORY, "customer", trigger="complaint", share_matched=0.9, n_treated=300, n_control=500)
CUSTOMERS = Design(STORY, "customer", start_dates=3, n_treated=900, n_control=400, pre_periods=8)
TEAMS = Design(STORY, "team", start_dates=4, teams_treated=8, teams_control=14, pre_periods=12)
REGIONS = Design(STORY, "team", start_dates=1, teams_treated=3, teams_control=20, pre_periods=24)
COMPANY = Design(STORY, "company", donors=12, pre_periods=52, n_treated=9000)

facts = st.builds(
    Design,
    story=st.sampled_from(["", " ", STORY]),
    unit=st.sampled_from(["customer", "team", "company"]),
    is_drawn=st.booleans(),
    draw_p=st.none() | st.floats(0, 1),
    trigger=st.sampled_from([None, "complaint"]),
    share_matched=st.none() | st.floats(0, 1),
    known_starts=st.sampled_from([0.0, 0.94, 0.95, 1.0]),
    start_dates=st.integers(0, 5),
    n_treated=st.integers(0, 200),
    n_control=st.integers(0, 200),
    teams_treated=st.integers(0, 30),
    teams_control=st.integers(0, 30),
    pre_periods=st.integers(0, 60),
    donors=st.integers(0, 20),
    smallest_detectable=st.none() | st.floats(0, 1),
    smallest_effect=st.none() | st.floats(0, 1),
)


@given(facts)
def test_there_is_always_exactly_one_rung_and_every_stronger_one_says_why_not(design):
    choice = choose(design)
    of_rungs = [reason for reason in choice.reasons if reason.rung is not None]
    assert [reason.rung for reason in of_rungs] == list(range(choice.rung + 1))
    assert [reason.passed for reason in of_rungs] == [False] * choice.rung + [True]
    assert all(reason.says.strip().endswith(".") for reason in choice.reasons)
    assert choice.name == NAMES[choice.rung]


@given(facts)
def test_before_and_after_is_never_an_effect(design):
    choice = choose(design)
    assert (choice.evidence == BEFORE_AND_AFTER) == (choice.name == "none")
    if choice.name == "none":
        assert not choice.has_effect
        assert choice.verdict == "not identifiable"
    compared = design.n_control + design.teams_control + design.donors
    if compared == 0:
        assert not choice.has_effect


@given(facts)
def test_a_failed_gate_shuts_out_every_effect(design):
    choice = choose(design)
    if any(reason.rung is None and reason.passed is False for reason in choice.reasons):
        assert not choice.has_effect
    unexplained = not design.story.strip() or design.known_starts < 0.95
    if not design.is_drawn and unexplained:
        assert choice.name == "none"


@given(facts)
def test_what_an_event_sets_off_is_only_compared_incident_with_incident(design):
    if design.trigger is not None and not design.is_drawn:
        assert choose(design).name in {"incident", "none"}


@given(facts)
def test_only_a_launch_for_everybody_is_held_against_outside_figures(design):
    assert (choose(design).evidence == OUTSIDE_FIGURES) <= (design.unit == "company")


@pytest.mark.parametrize(
    ("design", "name", "evidence", "inference"),
    [
        (LOT, "randomised", DRAWN_BY_LOT, "units"),
        (
            replace(LOT, unit="team", teams_treated=5, teams_control=6),
            "randomised",
            DRAWN_BY_LOT,
            "permutation",
        ),
        (replace(LOT, unit="team", teams_treated=9, teams_control=9), "randomised", DRAWN_BY_LOT, "teams"),
        (CALLS, "incident", SIMILAR_CUSTOMERS, "units"),
        (CUSTOMERS, "staggered customers", LATER_STARTERS, "units"),
        (replace(CUSTOMERS, start_dates=1), "staggered customers", SIMILAR_CUSTOMERS, "units"),
        (TEAMS, "staggered teams", LATER_STARTERS, "teams"),
        (replace(TEAMS, teams_treated=4), "staggered teams", LATER_STARTERS, "permutation"),
        (replace(TEAMS, teams_treated=2), "synthetic", SIMILAR_CUSTOMERS, "placebo"),
        (REGIONS, "synthetic", SIMILAR_CUSTOMERS, "placebo"),
        (COMPANY, "org wide", OUTSIDE_FIGURES, "posterior"),
        (replace(COMPANY, donors=0), "none", BEFORE_AND_AFTER, None),
    ],
)
def test_each_design_has_its_rung(design, name, evidence, inference):
    choice = choose(design)
    assert (choice.name, choice.evidence, choice.inference) == (name, evidence, inference)
    assert choice.has_effect == (inference is not None)


@pytest.mark.parametrize(
    ("design", "said"),
    [
        (replace(LOT, draw_p=0.0005), "too uneven for a fair draw"),
        (replace(CUSTOMERS, story=""), "Nobody has written down who decided"),
        (replace(CUSTOMERS, known_starts=0.9), "known for 90 of 100; at least 95"),
        (replace(CALLS, n_control=0), "Nobody is known who had the event (complaint) and went without it"),
        (replace(CALLS, share_matched=0.3), "For only 30 of 100 who got it"),
        (replace(CALLS, share_matched=None), "an unknown number"),
        (replace(CUSTOMERS, n_control=49), "49 did not at the same time; at least 50"),
        (replace(CUSTOMERS, n_control=0), "No customer went without it"),
        (replace(CUSTOMERS, pre_periods=3), "Only 3 periods are known before the first start; at least 4"),
        (replace(TEAMS, teams_treated=3, teams_control=4), "3 teams started and 4 had not yet"),
        (replace(REGIONS, teams_control=9), "9 teams went without it; at least 10"),
        (replace(REGIONS, pre_periods=7), "at least 8 are needed"),
        (replace(COMPANY, donors=9), "There are 9 figures from outside"),
        (replace(COMPANY, pre_periods=29), "at least 30 are needed"),
    ],
)
def test_what_cannot_be_told_says_so_in_a_sentence(design, said):
    choice = choose(design)
    assert choice.name == "none"
    assert said in " ".join(reason.says for reason in choice.reasons if reason.passed is False)


def test_a_fair_lot_with_few_people_stays_a_lot_but_says_nothing_yet():
    choice = choose(replace(LOT, n_treated=40))
    assert (choice.name, choice.verdict, choice.has_effect) == ("randomised", "inconclusive", False)
    assert choice.reasons[-1].says.startswith("40 got it and 620 did not")


def test_what_the_numbers_can_show_is_said_before_the_result():
    enough = choose(replace(LOT, smallest_detectable=0.03, smallest_effect=0.04)).reasons[-1]
    few = choose(replace(LOT, smallest_detectable=0.05, smallest_effect=0.03)).reasons[-1]
    assert enough.passed is True
    assert few.passed is None
    assert "only an effect of 0.05 or more would most likely show; 0.03 would be worth having" in few.says
