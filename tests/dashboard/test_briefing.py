"""What a week says: never more than its numbers bear."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from dashboard import briefing
from dashboard.kpi import Reading
from tests.dashboard.readings import FALLEN, STEADY, UNKNOWN

PROMISES = pl.DataFrame(
    {
        "theme": ["Refund letter", "Call back", "Old one"],
        "owner": ["head of billing", "head of chat", "head of care"],
        "promised_on": [date(2026, 8, 1)] * 3,
        "due_on": [date(2026, 11, 13), date(2026, 12, 1), date(2026, 7, 1)],
        "done_on": [None, None, date(2026, 6, 24)],
    },
    schema_overrides={"done_on": pl.Date},
)


@pytest.mark.parametrize(
    ("readings", "needs", "where", "expected"),
    [
        ([STEADY], 0, "", "A quiet week. Nothing needs you."),
        ([STEADY], 1, "", "A quiet week. One thing needs you."),
        ([STEADY, FALLEN], 3, "chat", "Customers feel as well cared for as before. "
                                      "But on chat fewer reached a person within the promise."),
        ([replace(STEADY, verdict="worse", change=-0.1), FALLEN], 3, "",
         "Customers feel less well cared for. And fewer reached a person within the promise."),
        ([replace(STEADY, verdict="better", change=0.1)], 0, "", "Customers feel better cared for."),
        ([UNKNOWN, FALLEN], 1, "", "We can't say how customers feel. But fewer reached a person within the promise."),
        ([UNKNOWN], 0, "", "Too little was counted in this week to show."),
        ([replace(STEADY, verdict="too few")], 0, "", "Too early to say whether anything moved."),
    ],
)  # fmt: skip
def test_the_headline_says_what_the_verdicts_say(
    readings: list[Reading], needs: int, where: str, expected: str
) -> None:
    assert briefing.headline(readings, needs, where) == expected


def test_an_incomplete_number_is_not_judged() -> None:
    left = briefing.unjudged({"emotion": STEADY, "human_within_promise": FALLEN}, {"human_within_promise"})
    assert not left["human_within_promise"].has_moved
    assert "One is incomplete." in briefing.lead(list(left.values()), 1)


def test_a_change_is_told_with_its_range() -> None:
    assert briefing.change_in_words(FALLEN) == "fell by 7 of 100 (probably between 1 and 13), to 83"


def test_a_real_change_and_its_range_are_never_said_to_be_nothing() -> None:
    small = replace(FALLEN, change=-0.004, change_low=-0.007, change_high=-0.001)
    assert briefing.change_in_words(small) == "fell by 0.4 of 100 (probably between 0.1 and 0.7), to 82.8"
    wide = replace(FALLEN, change_high=-0.003)
    assert briefing.change_in_words(wide) == "fell by 7 of 100 (probably between 0.3 and 13), to 83"


def test_a_channel_that_others_named_is_shown_as_it_is() -> None:
    told = briefing.headline([FALLEN], 1, "a*b](http://x)")
    assert "On a\\*b\\](http\\:\u2060//x) fewer reached" in told.replace("But on", "On")
    need = briefing.change_need(FALLEN, "[chat](http://x)", None, "")
    assert need.title.startswith(r"On \[chat\]")


def test_promises_are_overdue_as_of_the_week_on_the_page() -> None:
    now = briefing.promise_need(PROMISES, date(2026, 11, 15))
    assert now is not None
    assert now.title == "Overdue since 13 November"
    assert now.owner == "head of billing"
    assert briefing.promise_need(PROMISES, date(2026, 11, 8)) is None
    later = briefing.promise_need(PROMISES, date(2026, 12, 6))
    assert later is not None
    assert later.title == "Two promises are overdue"
    both = PROMISES.with_columns(sort=pl.Series(["decision", *["promise"] * (PROMISES.height - 1)]))
    mixed, one = (briefing.promise_need(both, day) for day in (date(2026, 12, 6), date(2026, 11, 15)))
    assert mixed is not None
    assert mixed.title == "Two promises and decisions are overdue"
    assert one is not None
    assert one.facts == "We decided: “Refund letter”."


def test_needs_are_never_padded_and_never_more_than_three() -> None:
    need = briefing.Need("title", "facts")
    assert briefing.most_pressing(None, None) == []
    assert len(briefing.most_pressing(need, None, need, need, need)) == 3


def test_nobody_is_needed_when_every_top_customer_was_looked_after() -> None:
    summary = {
        "top_customers": 30,
        "without_care": 0,
        "can_be_contacted": 0,
        "wait": 0,
        "must_not_be_contacted": 0,
    }
    assert briefing.top_customer_need(summary, 90, date(2026, 11, 16)) is None


def test_top_customers_without_care_are_split_into_now_later_and_never() -> None:
    summary = {
        "top_customers": 500,
        "without_care": 88,
        "can_be_contacted": 31,
        "wait": 22,
        "must_not_be_contacted": 35,
    }
    need = briefing.top_customer_need(summary, 90, date(2026, 11, 16), on_list=4)
    assert need is not None
    assert need.title == "88 of our 500 top customers had no personal care for 90 days"
    assert need.facts == (
        "Counted on 16 November. 31 can be contacted now, 4 of them on this week's care list; 22 later; 35 must not be "
        "contacted."
    )
    assert need.page == "app_pages/top_customers.py"
    without_lists = briefing.top_customer_need(summary, 90, date(2026, 11, 16))
    assert without_lists is not None
    assert "31 can be contacted now; 22 later" in without_lists.facts
