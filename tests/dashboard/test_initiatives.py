"""What is said of an initiative follows from its range, and from nothing else."""

from dataclasses import replace
from datetime import date

import pytest

from dashboard import decisions, doubts, initiatives, looks, margins, reservations, verdicts, weekly_review
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
    NOTE, margin=6400.0, margin_low=2500.0, margin_high=10_300.0, acts_amount=3840.0, acts_counted=1200,
    discount_amount=0.0, net=2560.0,
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
        ("Cost: 1,200 at €3.20", "−€3,840", "counted"),
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


def test_the_page_counts_what_worked_and_what_is_not_known_and_the_counts_add_up() -> None:
    hint = replace(NOTE, verdict="suggestive")
    assert initiatives.headline([NOTE, CARD]) == "Of two initiatives, one worked and one can't be judged."
    assert initiatives.headline([CARD]) == "The only initiative can not be judged."
    assert initiatives.headline([UNSURE]) == "The only initiative can not be judged yet."
    assert initiatives.headline([hint, CARD]) == "Of two initiatives, none can be judged."
    assert initiatives.headline([NOTE, replace(NOTE, verdict="harmful"), UNSURE, UNSURE, hint, CARD]) == (
        "Of six initiatives, one worked, one made things worse, of two we can't tell yet and two can't be judged."
    )
    assert "Nothing has been tried" in initiatives.headline([])


def test_groups_that_moved_apart_before_the_start_are_a_hint_and_not_judged() -> None:
    apart = replace(UNSURE, evidence="compared with later starters", pretrend_p=0.01)
    alike = replace(apart, pretrend_p=0.4)
    assert (apart.is_hint, apart.is_judged, apart.is_beyond_judging) == (True, False, True)
    assert (alike.is_hint, alike.is_judged, alike.is_beyond_judging) == (False, True, False)
    assert initiatives.headline([NOTE, apart]) == "Of two initiatives, one worked and one can't be judged."
    assert (verdicts.word(apart), verdicts.word(alike)) == ("This set-up can't tell us.", "Can't tell yet.")
    assert verdicts.next_step(apart).startswith("don't build on it.")


def test_a_lot_that_waits_for_its_look_can_still_be_judged() -> None:
    young = replace(UNSURE, effect=None, low=None, high=None)
    assert (young.is_judged, young.is_open, young.is_beyond_judging) == (False, True, False)


LOSES = replace(PAID, verdict="inconclusive", effect=0.0, low=-0.05, high=0.05, net=-900.0, net_high=-100.0)


def test_what_surely_loses_money_says_so_first_while_its_effect_is_open() -> None:
    assert verdicts.headline(LOSES) == "It loses money. Whether it helps, we can't tell yet."
    assert verdicts.in_list(LOSES) == "It loses money."
    assert verdicts.word(LOSES) == "Can't tell yet.", "beside the range of the outcome"
    assert verdicts.next_step(LOSES).startswith("stop, or change it so that it costs less")
    assert [choice for choice, _ in decisions.offered(LOSES)] == ["stop", "change", "keep going"]
    assert initiatives.headline([LOSES, NOTE]) == (
        "Of two initiatives, one worked and of one we can't tell yet. One loses money."
    )


def test_what_may_yet_pay_for_itself_does_not_lose_money() -> None:
    perhaps = replace(LOSES, net_high=0.0)
    assert (verdicts.headline(perhaps), verdicts.in_list(perhaps)) == ("Can't tell yet.", "Can't tell yet.")
    assert next(choice for choice, _ in decisions.offered(perhaps)) == "wait"


def test_a_table_of_initiatives_has_the_verdict_that_the_page_says() -> None:
    assert weekly_review.effects([LOSES])["verdict"].item() == verdicts.in_list(LOSES) == "It loses money."


def test_what_works_and_loses_money_is_to_be_changed() -> None:
    works = replace(LOSES, verdict="works", effect=0.05, low=0.01, high=0.09)
    assert verdicts.headline(works) == "Yes, it worked. It costs more than it brings."
    assert verdicts.next_step(works).startswith("change it so that it costs less, or stop")
    assert [choice for choice, _ in decisions.offered(works)] == ["change", "stop", "keep going"]


def test_what_is_owed_is_not_stopped_for_money() -> None:
    owed = replace(LOSES, care_class="owed")
    assert verdicts.next_step(owed) == "make it cheaper. It is owed, so money is no reason to stop it."
    assert next(choice for choice, _ in decisions.offered(owed)) == "change"
    assert verdicts.next_step(replace(owed, verdict="harmful", high=-0.01)) == "stop today."


def test_what_was_paid_for_all_is_not_held_against_the_few_who_are_counted_so_far() -> None:
    early = replace(LOSES, acts_counted=None, still_running=400)
    assert not early.loses_money
    assert "also for those not counted yet" in margins.table(early)[1, 0]
    assert replace(early, still_running=0).loses_money
    assert replace(LOSES, acts_counted=1200, still_running=400).loses_money


def test_what_was_not_drawn_is_not_gone_on_with_by_lot_but_drawn_from_now_on() -> None:
    later = replace(NOTE, evidence="compared with later starters", low=0.01)
    assert verdicts.next_step(later) == "keep going, by lot from now on."


def test_a_page_says_at_which_look_it_was_judged_and_when_the_next_one_is() -> None:
    one = replace(
        NOTE, looks=(date(2026, 11, 12), date(2027, 2, 12)), judged_on=date(2026, 11, 12),
        next_look_on=date(2027, 2, 12),
    )  # fmt: skip
    today = date(2026, 12, 24)
    assert looks.look(one, today) == (
        "Judged at the look of 12 Nov 2026; next look 12 Feb 2027. In between nobody else is counted."
    )
    last = replace(one, judged_on=date(2027, 2, 12), next_look_on=None)
    assert "the last look that was planned" in looks.look(last, date(2027, 3, 1))
    assert "everybody's 90 days were over" in looks.look(replace(last, looks=()), date(2027, 3, 1))
    assert "plan a new one by lot" in verdicts.next_step(replace(last, verdict="inconclusive"))


@pytest.mark.parametrize(
    ("doubt", "why"),
    [("told late", "we were told late who was drawn"), ("silence", "kept silent could undo it"),
     ("moved apart", "did not move alike before the start")],
)  # fmt: skip
def test_a_hint_says_why_it_is_no_proof(doubt: str, why: str) -> None:
    assert why in verdicts.lead(replace(NOTE, verdict="suggestive", doubt=doubt))


def test_counts_that_say_something_else_than_the_effect_say_why() -> None:
    assert reservations.why_counts_differ(replace(NOTE, effect=344 / 1215 - 259 / 1208)) == ""
    by_lot = replace(NOTE, effect=0.02, low=0.01, high=0.03)
    assert "These counts alone would say 7 of 100 more: not everybody had the same chance" in verdicts.counts(
        by_lot
    )
    alike = replace(by_lot, evidence="compared with similar customers")
    assert "only people of the same kind are compared" in verdicts.counts(alike)


def test_another_method_that_disagrees_stands_next_to_the_verdict_and_in_the_list() -> None:
    disputed = replace(NOTE, evidence="compared with later starters", is_disputed=True)
    told = "Another method finds something else on the same customers, so take it with care."
    assert verdicts.answer(disputed)[1].endswith(told)
    assert verdicts.short(disputed).endswith(told)
    assert told not in verdicts.answer(NOTE)[1]


def test_what_waits_for_its_first_look_is_not_called_impossible_to_judge() -> None:
    waits = replace(
        NOTE, verdict="inconclusive", evidence="compared with similar customers", effect=None, low=None, high=None,
        care_class="owed", looks=(date(2027, 2, 12),), next_look_on=date(2027, 2, 12),
    )  # fmt: skip
    word, told = verdicts.answer(waits)
    assert word == "Can't tell yet."
    assert told.endswith("The first look was fixed for 12 Feb 2027; nothing is said before it.")


def test_what_started_for_everybody_rests_on_weeks_and_on_figures_from_outside() -> None:
    launch = replace(
        NOTE, unit="company", evidence="compared with outside figures: suggests, proves nothing",
        verdict="suggestive", n_treated=20, n_control=15,
    )  # fmt: skip
    assert verdicts.people(launch) == "20 weeks with it, and 15 figures from outside"
    assert "the world may have moved as well" in verdicts.lead(launch)
