"""A series is cut where it was asked differently, and open where the week is not over."""

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from dashboard import kpi, timeline
from dashboard.parts import number, verdict
from dashboard.timeline import SoFar
from tests.dashboard.readings import COUNTED, EMOTION, FALLEN, STEADY, WAIT

OPEN = SoFar(date(2026, 11, 18), date(2026, 11, 22), 210, 0.81, 0.752, 0.857, "no real change", 0.01)


def history(weeks: int = 6) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "iso_week": [f"2026-W{41 + i}" for i in range(weeks)],
            "week_ends_on": [date(2026, 10, 11) + timedelta(weeks=i) for i in range(weeks)],
            "n": [100] * weeks,
            "value": [0.5] * weeks,
            "low": [0.4] * weeks,
            "high": [0.6] * weeks,
            "maturity": ["final"] * weeks,
        }
    )


def test_every_break_begins_a_new_stretch() -> None:
    breaks = pl.DataFrame({"iso_week": ["2026-W43", "2026-W45"], "what": ["new wording", "new scale"]})
    cut = timeline.with_breaks(history(), breaks)
    assert cut["part"].to_list() == [0, 0, 1, 1, 2, 2]
    assert cut["what"].drop_nulls().to_list() == ["new wording", "new scale"]


def test_a_series_without_a_break_is_one_stretch_that_the_open_week_continues() -> None:
    whole = timeline.with_breaks(history(), pl.DataFrame(schema={"iso_week": pl.String, "what": pl.String}))
    drawn = timeline.with_so_far(whole, OPEN)
    assert drawn["part"].unique().to_list() == [0]
    assert drawn.row(-1, named=True)["maturity"] == "partial"
    assert drawn.row(-1, named=True)["week_ends_on"] == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("judged", "expected"),
    [
        (OPEN, "no real change."),
        (replace(OPEN, verdict="down", change=-0.09), "down by 9 of 100."),
        (replace(OPEN, verdict="too few", change=None), "too few to say if it moved."),
    ],
)
def test_an_unfinished_week_is_compared_with_the_same_days(judged: SoFar, expected: str) -> None:
    assert timeline.so_far_in_words(WAIT, judged) == (
        "So far, to Wednesday: 81 of 100 (probably between 75 and 86; 210 contacts). "
        f"Compared with the same days before: {expected}"
    )


def test_a_number_says_how_much_it_bears() -> None:
    assert [kpi.strength(n) for n in (10, 29, 30, 99, 100)] == ["too few to read"] * 2 + ["a hint"] * 2 + [""]
    assert "**Too few to read**: 12 answers in four weeks" in number.basis(replace(STEADY, n=12))
    assert "**A hint**: 40 answers in four weeks" in number.basis(replace(STEADY, n=40))
    assert "**Too few to read**: 400 answers in four weeks, worth 12" in number.basis(
        replace(STEADY, n=400, effective_n=12.4)
    )
    assert "worth" not in number.basis(replace(STEADY, n=40, effective_n=40.0))
    assert "hint" not in number.basis(STEADY)
    assert "hint" not in number.basis(replace(STEADY, about=COUNTED, n=40))


def test_a_verdict_says_over_how_many_weeks_the_change_runs() -> None:
    assert "Worse**, down 7 of 100" in verdict.in_words(FALLEN)
    assert "Worse for three weeks**, down 7 of 100" in verdict.in_words(replace(FALLEN, weeks=3))
    assert "No real change last week" in verdict.in_words(replace(STEADY, weeks=1))
    assert verdict.role(replace(FALLEN, verdict="better")) == "better"


def test_what_really_moved_is_never_down_by_nothing() -> None:
    small = replace(FALLEN, change=-0.004, change_low=-0.007, change_high=-0.001)
    assert "Worse**, down 0.4 of 100" in verdict.in_words(small)
    told = timeline.so_far_in_words(WAIT, replace(OPEN, verdict="down", change=-0.004))
    assert told.endswith("down by 0.4 of 100.")


def test_what_falls_for_the_better_is_called_better_and_down() -> None:
    fewer_repeats = replace(EMOTION, kpi="had_to_repeat", label="Had to repeat themselves", better="down")
    told = verdict.in_words(replace(FALLEN, about=fewer_repeats, verdict="better", weeks=2))
    assert ":green[" in told
    assert "Better for two weeks**, down 7 of 100" in told


def test_a_goal_on_the_card_has_the_unit_of_the_number() -> None:
    aim = (0.9, date(2026, 12, 31), "head of care")
    everybody = replace(STEADY, about=COUNTED, n=500, successes=412)
    assert number.goal_in_words(everybody, aim) == "Goal: 450 of 500 by 31 Dec 2026"
    assert number.goal_in_words(STEADY, aim) == "Goal: 90 of 100 by 31 Dec 2026"
