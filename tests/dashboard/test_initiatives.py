"""What is said of an initiative follows from its range, and from nothing else."""

from dataclasses import replace
from datetime import date

import pytest

from dashboard import doubts, initiatives, looks, margins, verdicts
from dashboard.initiatives import Judged
from pipelines.measures.impact import Money

NOTE = Judged(
    "INIT-NOTE", "Note", "works", "drawn by lot", hypothesis="It brings them back.", starts_on=date(2025, 1, 20),
    worth=0.03, cost_amount=3888.0, acts_done=1166, acts_not_delivered=49, effect=0.0687, low=0.0343, high=0.1029,
    n_treated=1215, n_control=1208, successes_treated=344, successes_control=259, detectable=0.0485, draw_p=0.9,
)  # fmt: skip
CARD = replace(
    NOTE, verdict="not identifiable", evidence="nothing to compare with", effect=None, low=None, high=None
)
UNSURE = replace(NOTE, verdict="inconclusive", effect=0.02, low=-0.03, high=0.08)
PAID = replace(
    NOTE, margin=6400.0, margin_low=2500.0, margin_high=10_300.0, acts_amount=3840.0, discount_amount=0.0, net=2560.0,
    net_low=-1340.0, net_high=6460.0, break_even=0.034,
)  # fmt: skip


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (NOTE, "Worth having: 3 more of 100. It very probably brings that."),
        (replace(NOTE, low=0.01), "Worth having: 3 more of 100. Whether it brings that, we are not sure yet."),
        (UNSURE, "Anything from 3 fewer to 8 more of 100 fits what we saw. 3 more would be worth having."),
        (replace(NOTE, verdict="harmful", effect=-0.03, low=-0.05, high=-0.011),
         "About 3 fewer of 100 came back (probably between 1 and 5 fewer)."),
        (replace(NOTE, verdict="no relevant effect", effect=0.001, low=-0.008, high=0.0093),
         "If it changes anything, it is no more than 1 in 100 (probably between 0.8 fewer and 0.9 more). "
         "You would need 3."),
        (CARD, ""),
    ],
)  # fmt: skip
def test_under_the_headline_stands_what_the_range_says_and_no_more(one: Judged, expected: str) -> None:
    assert verdicts.lead(one) == expected


def test_customers_brought_and_customers_who_came_anyway_add_up_to_those_who_came() -> None:
    told = verdicts.counts(NOTE)
    assert "about 261 would have done so without us" in told
    assert "about **83** (probably between 42 and 125)" in told


def test_nothing_is_brought_or_paid_for_without_a_proof() -> None:
    assert verdicts.counts(CARD) == ""
    assert "for each customer" not in margins.unknown(CARD)
    assert "for each customer" not in margins.unknown(replace(NOTE, verdict="inconclusive", low=-0.01))


@pytest.mark.parametrize(
    "evidence", ["nothing to compare with", "only before and after", "only before and after: proves nothing"]
)
def test_before_and_after_is_no_effect_whatever_the_build_says(evidence: str) -> None:
    one = replace(PAID, evidence=evidence)
    assert not one.is_compared
    assert not one.is_paid
    assert verdicts.headline(one) == "This set-up can't tell us."
    assert verdicts.counts(one) == verdicts.short(one) == ""
    assert "No effect and no money figure is shown." in verdicts.no_proof(one)


def test_who_was_chosen_because_they_were_unhappy_is_not_credited_with_feeling_better() -> None:
    called = replace(CARD, evidence="only before and after: proves nothing", occasion="felt_bad")
    assert verdicts.no_proof(called).startswith("Unhappy customers got it and may have felt better later.")


def test_a_range_across_nothing_says_both_directions() -> None:
    assert verdicts.in_range(UNSURE) == "probably between 3 fewer and 8 more"
    assert verdicts.in_range(replace(NOTE, effect=-0.03, low=-0.05, high=-0.01)) == (
        "probably between 1 and 5 fewer"
    )


@pytest.mark.parametrize(
    ("verdict", "headline", "step"),
    [
        ("works", "Yes, it worked.", "widen it"),
        ("harmful", "It made things worse.", "stop today"),
        ("no relevant effect", "No difference worth having.", "stop, and spend the €3,888 elsewhere"),
        ("inconclusive", "Can't tell yet.", "keep going by lot"),
        ("suggestive", "A hint, no proof.", "don't build on it"),
    ],
)
def test_each_verdict_has_its_words_and_its_next_step(verdict: str, headline: str, step: str) -> None:
    one = replace(NOTE, verdict=verdict)
    assert verdicts.headline(one) == headline
    assert verdicts.next_step(one).startswith(step)


def test_a_hint_says_why_it_is_no_more() -> None:
    hint = replace(NOTE, verdict="suggestive")
    assert "All got it at once" in verdicts.lead(hint)
    assert "did not move alike before the start" in verdicts.lead(replace(hint, pretrend_p=0.01))


def test_a_lot_that_waits_for_its_first_look_says_so() -> None:
    waits = replace(NOTE, verdict="inconclusive", effect=None, looks=(date(2027, 2, 12),))
    assert verdicts.why_not(waits) == "The first look was fixed for 12 Feb 2027; nothing is said before it."


@pytest.mark.parametrize("unit", ["customer", "team", "company"])
def test_what_can_not_be_judged_says_how_to_start_next_time(unit: str) -> None:
    assert verdicts.why_not(replace(CARD, unit=unit)).startswith("Next time: ")


def test_with_twice_the_pace_the_answer_is_in_sooner_and_never_before_the_horizon() -> None:
    """Fleiss, Levin and Paik: to notice .06 on .215 takes about 780 in each group: 380 more, 8 weeks at 50."""
    few = replace(UNSURE, n_treated=400, n_control=410, successes_control=88, worth=0.06)
    assert looks.when_known(few, 50, date(2026, 11, 16)) == (
        "With 50 a week by lot we will know by about 11 Apr 2027; with 100, by about 14 Mar 2027."
    )
    assert looks.when_known(few, None, date(2026, 11, 16)) == ""
    assert "more than five years" in looks.when_known(replace(few, worth=0.001), 50, date(2026, 11, 16))


def test_the_next_look_is_the_one_that_was_fixed_before_the_start() -> None:
    one = replace(NOTE, looks=(date(2026, 11, 20), date(2027, 2, 12)))
    assert (
        looks.look(one, date(2026, 11, 16))
        == "20 Nov 2026: first look, fixed before we started. None before."
    )
    assert looks.look(one, date(2026, 12, 1)).startswith("12 Feb 2027: second look")
    assert looks.look(one, date(2027, 3, 1)) == "The last look fixed before we started was 12 Feb 2027."
    assert looks.look(NOTE, date(2027, 3, 1)) == ""


# Could we be fooled


def test_a_lopsided_draw_is_not_called_fair() -> None:
    draw = doubts.from_counts(replace(NOTE, draw_p=1e-6), 1)[0]
    assert draw == (False, "Lopsided draw: 1,215 drawn and 1,208 not. Do not trust this result.")


def test_several_tries_are_a_doubt_unless_the_range_allows_for_them() -> None:
    assert (True, "It is the only initiative that was judged, so there was one try.") in doubts.from_counts(
        NOTE, 1
    )
    assert [settled for settled, told in doubts.from_counts(NOTE, 3) if "several tries" in told] == [False]
    allowed = doubts.from_counts(replace(NOTE, p_adjusted=0.01), 3)
    assert (True, "One of three initiatives judged; the range allows for so many tries.") in allowed


# Money


@pytest.mark.parametrize(
    ("low", "mean", "high", "expected"),
    [
        (100.0, 500.0, 900.0, "It pays for itself."),
        (-100.0, 500.0, 900.0, "It probably pays for itself; we are not sure yet."),
        (-900.0, -500.0, 100.0, "It probably does not pay for itself; we are not sure yet."),
        (-900.0, -500.0, -100.0, "It costs more than it brings."),
    ],
)
def test_whether_it_pays_follows_from_the_range_of_what_is_left(
    low: float, mean: float, high: float, expected: str
) -> None:
    one = replace(PAID, net=mean, net_low=low, net_high=high)
    assert margins.pays(one) == expected
    unsure = margins.pays(replace(one, verdict="inconclusive"))
    assert unsure == (expected if high < 0 else "")


def test_the_money_block_names_margin_cost_and_what_is_left_with_their_ranges() -> None:
    plain = [tuple(cell.replace("\u2060", "") for cell in row) for row in margins.table(PAID).iter_rows()]
    assert plain == [
        ("Extra margin", "+€6,400", "+€2,500 and +€10,300"),
        ("Cost: 1,215 at €3.16", "−€3,840", "counted"),
        ("Left over", "+€2,560", "−€1,340 and +€6,460"),
    ]
    assert margins.break_even(PAID) == "Break-even is 3.4 more per 100; we saw about 7."


def test_the_line_for_the_board_says_only_what_exists() -> None:
    nothing = margins.Board(9400.0, "EUR", None, 0, 5, 5)
    assert margins.board_words(nothing) == (
        "Care this quarter: spent €9,400 (counted). Five of five can't be judged."
    )
    some = margins.Board(9400.0, "EUR", Money(6500.0, -1000.0, 14_000.0, 8000.0, 700.0, 90), 3, 2, 5)
    assert margins.board_words(some) == (
        "Care this quarter: spent €9,400 (counted). So far the three initiatives whose money is known cost €8,700 and "
        "brought back probably between −\u2060€1,000 and €14,000. Two of five can't be judged."
    )


def test_the_page_counts_what_can_be_judged() -> None:
    assert initiatives.headline([NOTE, CARD]) == "One of two initiatives can be judged, and it worked."
    assert initiatives.headline([CARD]) == "The only initiative can not be judged yet."
    assert initiatives.headline([replace(NOTE, verdict="suggestive"), CARD]) == (
        "Of two initiatives, none can be judged yet."
    )
    assert "Nothing has been tried" in initiatives.headline([])


def test_what_surely_loses_money_is_not_to_be_gone_on_with_while_its_effect_is_open() -> None:
    loses = replace(
        PAID, verdict="inconclusive", effect=0.0, low=-0.05, high=0.05, net=-900.0, net_high=-100.0
    )
    assert verdicts.headline(loses) == "Can't tell yet. It costs more than it brings."
    assert verdicts.next_step(loses) == "make it cheaper, or stop: it costs more than it brings."
    assert verdicts.headline(replace(loses, net_high=100.0)) == "Can't tell yet."


def test_what_was_not_drawn_is_not_gone_on_with_by_lot_but_drawn_from_now_on() -> None:
    later = replace(NOTE, evidence="compared with later starters", low=0.01)
    assert verdicts.next_step(later) == "keep going, by lot from now on."
