from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ga4.periods import (
    MOST_PERIODS,
    Period,
    Window,
    ends_at,
    period_of,
    periods,
    settles_on,
    today,
    windows,
)
from pipelines.ga4.reports import Grain, Report

REPORT = Report(name="ours", question="?", owner="us", grains=("day",), metrics=("activeUsers",))
MONDAY = date(2026, 11, 16)
GRAINS: tuple[Grain, ...] = ("day", "week", "month", "rolling_28_days", "cohort_week")
DAYS = st.dates(date(2016, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("grain", "first", "last", "count"),
    [
        ("day", ("2026-10-01", "2026-10-01"), ("2026-11-16", "2026-11-16"), 47),
        ("week", ("2026-09-28", "2026-10-04"), ("2026-11-16", "2026-11-22"), 8),
        ("month", ("2026-10-01", "2026-10-31"), ("2026-11-01", "2026-11-30"), 2),
        ("rolling_28_days", ("2026-10-05", "2026-11-01"), ("2026-10-19", "2026-11-15"), 3),
        ("cohort_week", ("2026-10-04", "2026-10-10"), ("2026-11-08", "2026-11-14"), 6),
    ],
)
def test_unfinished_days_weeks_and_months_are_asked_for_and_unfinished_28_days_and_cohorts_are_not(
    grain: Grain, first: tuple[str, str], last: tuple[str, str], count: int
) -> None:
    found = periods(grain, date(2026, 10, 1), date.max, MONDAY)
    assert found[0] == Period(*map(date.fromisoformat, first))
    assert found[-1] == Period(*map(date.fromisoformat, last))
    assert len(found) == count


def test_cohorts_are_those_of_the_last_eight_complete_weeks_from_sunday_to_saturday() -> None:
    found = periods("cohort_week", date(2025, 1, 1), date.max, MONDAY)
    assert len(found) == 8
    assert {(p.starts_on.strftime("%a"), p.ends_on.strftime("%a")) for p in found} == {("Sun", "Sat")}


def test_nothing_is_asked_of_days_to_come_and_what_is_not_over_is_not_complete() -> None:
    (week,) = windows(REPORT, "1", "week", [Period(MONDAY, MONDAY + timedelta(days=6))], MONDAY)
    assert (week.first_on, week.last_on, week.name) == (MONDAY, MONDAY, "ours week 2026-11-16..2026-11-16")
    assert not week.is_complete(week.periods[0])
    (day,) = windows(
        REPORT, "1", "day", [Period(MONDAY - timedelta(days=1), MONDAY - timedelta(days=1))], MONDAY
    )
    assert day.is_complete(day.periods[0])


@given(grain=st.sampled_from(GRAINS), since=DAYS, length=st.integers(0, 500), keep=st.randoms())
def test_every_wanted_period_is_in_one_window_of_neighbours_and_the_newest_come_first(
    grain: Grain, since: date, length: int, keep: object
) -> None:
    day = since + timedelta(days=length)
    wanted = [p for p in periods(grain, since, date.max, day) if keep.random() < 0.9]  # type: ignore[attr-defined]
    found = windows(REPORT, "1", grain, wanted, day)
    assert sorted(p for window in found for p in window.periods) == wanted
    assert [w.first_on for w in found] == sorted((w.first_on for w in found), reverse=True)
    for window in found:
        assert 0 < len(window.periods) <= MOST_PERIODS[grain]
        assert list(window.periods) == sorted(window.periods)
        gaps = {b.ends_on - a.ends_on for a, b in zip(window.periods, window.periods[1:], strict=False)}
        if grain != "month":
            assert len(gaps) <= 1, "neighbours follow each other without a hole"


@given(grain=st.sampled_from(GRAINS), day=DAYS)
def test_a_day_lies_in_its_period(grain: Grain, day: date) -> None:
    period = period_of(grain, day)
    assert period.starts_on <= day <= period.ends_on
    lengths = {
        "day": [1],
        "week": [7],
        "month": [28, 29, 30, 31],
        "rolling_28_days": [28],
        "cohort_week": [7],
    }
    assert (period.ends_on - period.starts_on).days + 1 in lengths[grain]


@given(count=st.integers(1, 62))
def test_halves_hold_all_periods_until_one_is_left(count: int) -> None:
    days = tuple(
        Period(MONDAY - timedelta(days=n), MONDAY - timedelta(days=n)) for n in reversed(range(count))
    )
    halves = Window(REPORT, "1", "day", days, MONDAY).halves()
    assert sum((half.periods for half in halves), ()) == (days if count > 1 else ())
    assert all(half.asked_on == MONDAY for half in halves)


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("Europe/Zurich", "2026-11-15T22:59", "2026-11-15"),
        ("Europe/Zurich", "2026-11-15T23:00", "2026-11-16"),
        ("Europe/Zurich", "2026-07-01T22:00", "2026-07-02"),
        ("America/Los_Angeles", "2026-11-16T05:00", "2026-11-15"),
        ("Pacific/Auckland", "2026-11-15T11:00", "2026-11-16"),
    ],
)
def test_today_is_the_propertys_own(zone: str, at: str, day: str) -> None:
    assert today(zone, datetime.fromisoformat(at)) == date.fromisoformat(day)


def test_a_day_on_which_the_clocks_change_has_23_or_25_hours() -> None:
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 15), 24)):
        length = ends_at(day, "Europe/Zurich") - ends_at(day - timedelta(days=1), "Europe/Zurich")
        assert length == timedelta(hours=hours)


def test_a_cohort_settles_after_the_weeks_it_is_followed() -> None:
    period = Period(date(2026, 11, 8), date(2026, 11, 14))
    assert settles_on("week", period, 3) == date(2026, 11, 17)
    assert settles_on("cohort_week", period, 3) == date(2027, 1, 12)
