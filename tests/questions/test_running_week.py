"""Rows of the sample company, moved into the week that is not over."""

from datetime import date, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipelines.questions.accept import to_running_week
from pipelines.questions.golden import RUNNING_SINCE, RUNNING_WEEK, Case, rows_of, text_of

WEEKS = "iso_week, maturity, n\n2026-W01, final, 10\n2025-W52, final, 20\n"


def test_the_newest_rows_become_the_running_weeks_and_partial() -> None:
    moved = rows_of(to_running_week({"kpi_week": WEEKS})["kpi_week"])
    assert moved.rows() == [(RUNNING_WEEK, "partial", "10"), ("2026-W46", "final", "20")]


def test_days_keep_their_weekday_and_instants_their_time() -> None:
    moved = to_running_week({"contact": "opened_at, seen_on\n2026-10-01 14:30:00, 2026-09-30\n"})
    assert rows_of(moved["contact"]).rows() == [("2026-11-19 14:30:00", "2026-11-18")]


def test_rows_without_a_time_or_with_words_for_one_are_not_moved() -> None:
    assert to_running_week({"goal": "kpi, n\nvalued, 3\n", "any": "based_on, n\nwords, 1\n"}) == {}


@given(st.lists(st.dates(date(2000, 1, 1), date(2026, 11, 15)), min_size=1, max_size=6))
def test_rows_of_any_time_have_a_running_period_and_keep_their_distance(days: list[date]) -> None:
    text = text_of(pl.DataFrame({"answered_on": days}))
    moved = to_running_week({"response": text})
    assert Case(inputs=moved, expect="n").has_partial_period
    found = [date.fromisoformat(row[0]) for row in rows_of(moved["response"]).rows()]
    assert len({late - day for late, day in zip(found, days, strict=True)}) == 1
    assert RUNNING_SINCE <= max(found) < RUNNING_SINCE + timedelta(days=7)
