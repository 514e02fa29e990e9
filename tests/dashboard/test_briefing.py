"""What a week says: never more than its numbers bear."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import briefing
from dashboard.kpi import Definition, Reading

EMOTION = Definition(
    "emotion", "Felt well cared for", "?", "", "estimate", "share", "success", "up", "1–7", "6–7", 10, "wilson", 4, 14,
    "insight", "survey responses", "", "",
)  # fmt: skip
WAIT = replace(
    EMOTION, kpi="human_within_promise", label="Reached a person within the promise", clock_weeks=1
)
STEADY = Reading(EMOTION, "2026-W46", 700, 400, 0.571, 0.53, 0.61, verdict="no real change", change=0.0)
FALLEN = Reading(
    WAIT, "2026-W46", 569, 471, 0.828, 0.79, 0.86, verdict="worse", change=-0.066, change_low=-0.133,
    change_high=-0.013, week_value=0.828,
)  # fmt: skip
UNKNOWN = Reading(EMOTION, "2026-W46")
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
COUNTS = st.lists(
    st.tuples(st.integers(1, 400), st.integers(0, 400), st.integers(1, 400), st.integers(0, 400)),
    min_size=1,
    max_size=5,
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


@given(COUNTS)
def test_where_a_change_comes_from_adds_up_to_the_change_exactly(
    counts: list[tuple[int, int, int, int]],
) -> None:
    frame = pl.DataFrame(
        [
            {"member": f"channel {i}", "n": n, "successes": min(x, n), "n_b": n_b, "x_b": min(x_b, n_b)}
            for i, (n, x, n_b, x_b) in enumerate(counts)
        ]
    )
    week = frame.select("member", "n", "successes")
    before = frame.select("member", n="n_b", successes="x_b")
    places = briefing.where_it_moved(week, before)
    change = week["successes"].sum() / week["n"].sum() - before["successes"].sum() / before["n"].sum()
    assert places is not None
    assert sum(place.points for place in places) == pytest.approx(change, abs=1e-12)


def test_where_a_change_comes_from_is_said_in_whole_customers_of_100() -> None:
    chat_only = [briefing.Place("chat", -0.07), briefing.Place("phone", 0.001), briefing.Place("mix", 0.0)]
    assert briefing.where_in_words(chat_only, -0.069) == (
        "all of it on chat; the other channels together make no difference."
    )
    spread = [briefing.Place("chat", -0.05), briefing.Place("phone", -0.01), briefing.Place("mix", -0.01)]
    assert briefing.where_in_words(spread, -0.07) == (
        "5 of the 7 on chat, 1 on the other channels and 1 because people came through other channels than usual."
    )


def test_no_place_is_named_where_a_channel_is_hidden() -> None:
    week = pl.DataFrame({"member": ["chat", "phone"], "n": [10, 20], "successes": [5, 10]})
    assert briefing.where_it_moved(week, week.head(1)) is None


def test_promises_are_overdue_as_of_the_week_on_the_page() -> None:
    now = briefing.promise_need(PROMISES, date(2026, 11, 15))
    assert now is not None
    assert now.title == "Overdue since 13 November"
    assert now.owner == "head of billing"
    assert briefing.promise_need(PROMISES, date(2026, 11, 8)) is None
    later = briefing.promise_need(PROMISES, date(2026, 12, 6))
    assert later is not None
    assert later.title == "Two promises are overdue"


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
    assert briefing.top_customer_need(summary, 90) is None
