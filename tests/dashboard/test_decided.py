"""What we decided and where we want to be, said as they stand and never padded."""

from datetime import date

import polars as pl
import pytest

from dashboard import decided, goals
from dashboard.goals import Goal
from dashboard.kpi import Definition
from tests.dashboard.readings import COUNTED, EMOTION

AT = date(2026, 11, 15)
PROMISES = pl.DataFrame(
    {
        "theme": ["Plain refund letter", "Call back", "No printer", "Long ago", "Still *ahead*"],
        "owner": ["head of billing", "head of chat", "head of shop", None, "head of care"],
        "promised_on": [date(2025, 8, 1), date(2026, 10, 5), date(2026, 7, 6), date(2026, 1, 5), date(2026, 11, 16)],
        "due_on": [date(2026, 11, 13), date(2026, 12, 18), date(2026, 10, 30), date(2026, 6, 1), date(2026, 12, 1)],
        "done_on": [None, None, date(2026, 10, 21), date(2026, 6, 1), None],
        "what_changed": [None, None, "Returns by code.", "Done", None],
    },
    schema_overrides={"done_on": pl.Date},
)  # fmt: skip


def test_decisions_are_told_newest_first_with_what_became_of_them() -> None:
    told = decided.lines(PROMISES, AT)
    assert [(line.state, line.became) for line in told] == [
        ("overdue", "was due on 13 November, not kept yet"),
        ("kept", "kept 9 days before it was due. Returns by code"),
        ("under way", "promised for 18 December"),
    ]
    assert [line.on for line in told] == [date(2026, 11, 13), date(2026, 10, 21), date(2026, 10, 5)]


def test_a_decision_is_worded_as_one() -> None:
    decisions = PROMISES.with_columns(sort=pl.lit("decision"))
    assert [line.became for line in decided.lines(decisions, AT)] == [
        "was due on 13 November, not done yet", "done 9 days before it was due. Returns by code",
        "decided, due 18 December",
    ]  # fmt: skip


def test_an_earlier_week_knows_nothing_of_what_came_after_it() -> None:
    told = decided.lines(PROMISES, date(2026, 10, 18))
    assert {line.state for line in told} == {"under way"}
    assert [line.theme for line in told] == ["Call back", "No printer", "Plain refund letter"]


def test_a_late_promise_is_called_late() -> None:
    late = PROMISES.filter(pl.col("theme") == "No printer").with_columns(due_on=pl.lit(date(2026, 10, 20)))
    assert decided.lines(late, AT)[0].became == "kept 1 day late. Returns by code"


def test_only_what_began_or_was_kept_in_those_days_is_on_the_calendar() -> None:
    initiatives = pl.DataFrame(
        {"name": ["Evening rota", "Old"], "starts_on": [date(2026, 10, 20), date(2026, 1, 1)]}
    )
    assert decided.started(initiatives, PROMISES, date(2026, 10, 19), date(2026, 10, 25)) == [
        "“Evening rota” began on 20 October",
        "the promise “No printer” was kept on 21 October",
    ]
    assert decided.started(initiatives, PROMISES, date(2026, 11, 9), AT) == []


@pytest.mark.parametrize(
    ("about", "n", "value", "expected"),
    [
        (COUNTED, 500, 0.824, "412 of 500; goal 450 of 500 by 31 Dec 2026."),
        (
            EMOTION,
            700,
            0.58,
            "58 of 100 (probably between 54 and 61, rests on 700); goal 90 of 100 by 31 Dec 2026.",
        ),
        (EMOTION, 0, None, "Too few to show; goal 90 of 100 by 31 Dec 2026."),
    ],
)
def test_a_goal_and_where_it_stands_are_said_in_the_same_unit(
    about: Definition, n: int, value: float | None, expected: str
) -> None:
    goal = Goal(about, "head of care", 0.9, date(2026, 12, 31), "behind", n, value, 0.54, 0.61)
    assert goals.in_words(goal) == expected


def test_a_goal_says_where_it_will_probably_be_unless_it_is_decided() -> None:
    goal = Goal(EMOTION, "", 0.6, date(2027, 3, 31), "on track", 700, 0.58, 0.54, 0.61, 0.57, 0.63)
    assert goals.in_words(goal).endswith("By then probably between 57 and 63.")
    missed = Goal(EMOTION, "", 0.6, date(2026, 3, 31), "missed", 700, 0.58, 0.54, 0.61, 0.57, 0.63)
    assert "By then" not in goals.in_words(missed)


def test_only_goals_with_a_value_are_drawn() -> None:
    unknown = Goal(EMOTION, "", 0.6, date(2027, 3, 31), "can't tell yet", 0, None, None, None)
    known = Goal(EMOTION, "", 0.6, date(2027, 3, 31), "behind", 700, 0.58, 0.54, 0.61)
    assert goals.drawn([unknown, known]).select("label", "role").rows() == [("Felt well cared for", "worse")]
