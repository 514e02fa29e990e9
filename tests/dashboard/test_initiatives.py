"""What is said of an initiative follows from its range, and from nothing else."""

from dataclasses import replace
from datetime import date

import pytest

from dashboard import initiatives
from dashboard.initiatives import Judged

NOTE = Judged(
    "Note", "It brings them back.", "customer", 90, date(2025, 1, 20), 0.03, 3888.0, "EUR", 1166, 49, "works",
    "drawn by lot", 0.0687, 0.0343, 0.1029, 1215, 1208, 344, 259, 0, 0.0485, 0.9, "difference of shares",
)  # fmt: skip
CARD = replace(
    NOTE, verdict="not identifiable", evidence="nothing to compare with", effect=None, low=None, high=None
)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (NOTE, "It was to bring at least 3 more of 100, and it very probably does."),
        (replace(NOTE, low=0.01), "Whether it brings the 3 more of 100 that were worth having, we are not sure yet."),
        (replace(NOTE, verdict="inconclusive", effect=0.02, low=-0.03, high=0.08),
         "Anything from 3 fewer to 8 more fits what we saw; 3 more would be worth having."),
        (CARD, ""),
    ],
)  # fmt: skip
def test_worth_is_judged_by_the_end_of_the_range(one: Judged, expected: str) -> None:
    assert initiatives.worth_in_words(one) == expected


def test_customers_brought_and_customers_who_came_anyway_add_up_to_those_who_came() -> None:
    told = initiatives.counts_in_words(NOTE)
    assert "about 261 would have come back without us" in told
    assert "about **83** (probably between 42 and 125)" in told


def test_nothing_is_brought_or_paid_for_without_a_proof() -> None:
    assert initiatives.counts_in_words(CARD) == ""
    assert "for each customer" not in initiatives.cost_in_words(CARD)
    assert "for each customer" not in initiatives.cost_in_words(
        replace(NOTE, verdict="inconclusive", low=-0.01)
    )


def test_a_range_across_nothing_says_both_directions() -> None:
    both = replace(NOTE, verdict="inconclusive", effect=0.02, low=-0.03, high=0.08)
    assert initiatives.range_in_words(both) == "probably between 3 fewer and 8 more"
    assert initiatives.range_in_words(replace(NOTE, effect=-0.03, low=-0.05, high=-0.01)) == (
        "probably between 1 and 5 fewer"
    )


@pytest.mark.parametrize(
    ("verdict", "headline", "step"),
    [
        ("works", "Yes, it worked.", "widen it"),
        ("harmful", "It made things worse.", "stop today"),
        ("no relevant effect", "No difference worth having.", "stop, and spend"),
        ("inconclusive", "Can't tell yet.", "keep going by lot"),
    ],
)
def test_each_verdict_has_its_words_and_its_next_step(verdict: str, headline: str, step: str) -> None:
    one = replace(NOTE, verdict=verdict)
    assert one.headline == headline
    assert initiatives.next_step(one).startswith(step)


@pytest.mark.parametrize("unit", ["customer", "team", "company"])
def test_what_can_not_be_judged_says_how_to_start_next_time(unit: str) -> None:
    assert initiatives.why_not(replace(CARD, unit=unit)).startswith("Next time: ")


def test_a_lopsided_draw_is_not_called_fair() -> None:
    draw = initiatives.doubts(replace(NOTE, draw_p=1e-6), 1)[0]
    assert draw == (False, "Lopsided draw: 1,215 drawn and 1,208 not. Do not trust this result.")


def test_several_tries_are_a_doubt() -> None:
    assert (True, "It is the only initiative that was judged, so there was one try.") in initiatives.doubts(
        NOTE, 1
    )
    assert all(settled is False for settled, told in initiatives.doubts(NOTE, 3) if "several tries" in told)


def test_the_page_counts_what_can_be_judged() -> None:
    assert initiatives.headline([NOTE, CARD]) == "One of two initiatives can be judged, and it worked."
    assert initiatives.headline([CARD]) == "The only initiative can not be judged yet."
    assert "Nothing has been tried" in initiatives.headline([])
