"""The settling curve and its flat end, on figures whose truth is known."""

import random
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from pipelines.measures.settling import (
    CONFIDENCE,
    FEWEST_PERIODS,
    NEWEST_PERIODS,
    SETTLED_SHARE,
    settled_after,
    settling_curve,
)

FIRST = date(2026, 1, 5)
DECLARED = pl.DataFrame(
    {"report": ["visitors"], "grain": ["day"], "metric": ["sessions"], "settling_days": [3]}
)
SAID = {
    "report": pl.String, "grain": pl.String, "metric": pl.String, "property_id": pl.String, "period_start_on": pl.Date,
    "age_days": pl.Int64, "pulled_at": pl.Datetime("us"), "value": pl.Float64,
}  # fmt: skip
Looks = Iterable[tuple[int, int, float]]


def said(looks: Looks, property_id: str = "1") -> pl.DataFrame:
    """Of (place of the period, age, value)."""
    return pl.DataFrame(
        [
            ("visitors", "day", "sessions", property_id, FIRST + timedelta(place), age,
             datetime(2026, 1, 5, 5) + timedelta(place + age), float(value))
            for place, age, value in looks
        ],
        schema=SAID, orient="row",
    )  # fmt: skip


def looks(periods: int, value: Callable[[int, int], float], ages: Iterable[int] = range(1, 9)) -> Looks:
    return [(place, age, value(place, age)) for place in range(periods) for age in ages]


def growing(place: int, age: int) -> float:
    """Nine in ten of it after a day, all but two in a thousand after two."""
    return (1000 + place) * {1: 0.9, 2: 0.998}.get(age, 1.0)


def told(frame: pl.DataFrame, declared: pl.DataFrame = DECLARED) -> tuple[int, bool, int]:
    """settled_after_days, is_measured, n of the only series."""
    row = settled_after(frame, declared).row(0, named=True)
    return row["settled_after_days"], row["is_measured"], row["n"]


def test_a_figure_has_settled_at_the_first_age_from_which_on_it_stays_within_half_a_percent():
    assert told(said(looks(40, growing))) == (2, True, 40)


def test_the_curve_tells_at_each_age_how_much_was_there_and_nothing_of_the_last_look_itself():
    curve = settling_curve(said(looks(40, growing, ages=(1, 2, 8))), DECLARED)
    assert curve.select("age_days", "n").rows() == [(1, 40), (2, 40)]
    assert curve["share_median"].to_list() == pytest.approx([0.9, 0.998])
    assert curve["share_low"].to_list() == pytest.approx([0.9, 0.998])


def test_a_figure_that_moves_for_a_while_after_it_stood_still_has_not_settled_before():
    late = looks(40, lambda place, age: 1000 if age in (2, 3) else 900 if age == 1 else 1200)
    assert told(said(late))[0] == 4


def test_fewer_periods_than_could_show_it_leave_the_declared_days():
    few = looks(FEWEST_PERIODS - 1, growing)
    assert told(said(few)) == (3, False, FEWEST_PERIODS - 1)
    assert told(said(looks(FEWEST_PERIODS, growing)))[1]
    assert told(said([])) == (3, False, 0)


def test_the_fewest_periods_are_the_fewest_that_can_show_it():
    assert 1 - SETTLED_SHARE**FEWEST_PERIODS >= CONFIDENCE > 1 - SETTLED_SHARE ** (FEWEST_PERIODS - 1)


def test_a_period_whose_final_figure_is_not_known_yet_is_no_evidence():
    """Still for two days, and too young to have moved: as if it were not there."""
    known = looks(40, lambda place, age: 900 if age < 4 else 1000)
    young = [(100 + place, age, 900) for place in range(80) for age in (1, 2)]
    assert told(said(known)) == told(said([*known, *young])) == (4, True, 40)
    assert settling_curve(said(young), DECLARED).is_empty()


def test_a_period_that_was_looked_at_once_is_no_evidence():
    assert told(said(looks(60, growing, ages=(9,)))) == (3, False, 0)


def test_a_look_on_the_periods_own_last_day_is_none():
    with_unfinished = looks(40, lambda place, age: 100 if age < 1 else 1000, ages=range(-3, 9))
    assert told(said(with_unfinished)) == (1, True, 40)


def test_of_several_looks_at_one_age_the_last_counts():
    frame = said(looks(40, growing))
    corrected = frame.filter(pl.col("age_days") == 1).with_columns(
        value=pl.col("value") / 0.9, pulled_at=pl.col("pulled_at") + timedelta(hours=3)
    )
    assert told(pl.concat([corrected, frame]))[0] == 1


def test_ages_that_nobody_looked_at_are_not_read_off_a_line():
    """Looked at weekly: a day is one, two or three days old at first, and a week older at last."""
    weekly = [(7 * week + 7 - age, look, 900 if look == 1 else 1000)
              for week in range(40) for age in (1, 2, 3) for look in (age, age + 7)]  # fmt: skip
    assert told(said(weekly)) == (2, True, 40)
    assert settling_curve(said(weekly), DECLARED)["age_days"].to_list() == [1, 2, 3]


def test_what_moved_after_the_declared_days_puts_the_settling_off_even_where_it_can_not_be_measured():
    moved = looks(12, lambda place, age: 1000 if age > 5 else 900)
    assert told(said(moved)) == (6, False, 12)
    assert told(said([look for look in moved if look[0] < 9])) == (3, False, 9)


def test_a_figure_that_never_stands_still_is_never_measured():
    assert told(said(looks(60, lambda place, age: 1000 + 10 * age))) == (8, False, 60)


def test_nothing_that_stays_nothing_stands_still_and_something_that_vanishes_moved():
    assert told(said(looks(40, lambda place, age: 0)))[:2] == (1, True)
    vanished = said(looks(40, lambda place, age: 7 if age < 3 else 0))
    assert told(vanished)[:2] == (3, True)
    assert settling_curve(vanished, DECLARED).filter(pl.col("age_days") == 1).is_empty()


def test_only_the_newest_periods_count():
    then = looks(NEWEST_PERIODS, lambda place, age: 900 if age < 6 else 1000)
    now = [(1000 + place, age, value) for place, age, value in looks(NEWEST_PERIODS, growing)]
    assert told(said([*then, *now])) == (2, True, NEWEST_PERIODS)


def test_periods_of_several_properties_are_evidence_together():
    both = pl.concat([said(looks(20, growing), "1"), said(looks(20, growing), "2")])
    assert told(both) == (2, True, 40)


def test_series_do_not_mix():
    declared = pl.DataFrame(
        {"report": ["visitors", "channels"], "grain": ["day", "day"], "metric": ["sessions", "sessions"],
         "settling_days": [3, 12]}
    )  # fmt: skip
    slow = said(looks(40, lambda place, age: 1000 if age > 5 else 900, ages=range(1, 15)))
    frame = pl.concat([said(looks(40, growing)), slow.with_columns(report=pl.lit("channels"))])
    assert settled_after(frame, declared).rows() == [
        ("channels", "day", "sessions", 6, True, 40),
        ("visitors", "day", "sessions", 2, True, 40),
    ]


def test_the_order_of_the_rows_does_not_matter():
    rng = random.Random(3)
    every = list(looks(50, lambda place, age: 1000 - rng.choice((0, 0, 30)) * (age < 4)))
    shuffled = random.Random(4).sample(every, len(every))
    assert told(said(every)) == told(said(shuffled))
    assert settling_curve(said(every), DECLARED).equals(settling_curve(said(shuffled), DECLARED))


def test_the_range_of_the_median_is_that_of_the_sign_test():
    shares = [0.8, 0.82, 0.85, 0.86, 0.9, 0.91, 0.94, 0.95, 0.97, 0.99]
    ten = [
        (place, age, 1000 * (share if age == 1 else 1))
        for place, share in enumerate(shares)
        for age in (1, 9)
    ]
    row = settling_curve(said(ten), DECLARED).row(0, named=True)
    assert (row["share_low"], row["share_high"]) == pytest.approx((0.82, 0.97))
    assert binom.cdf(1, 10, 0.5) <= 0.025 < binom.cdf(2, 10, 0.5)
    five = settling_curve(said([look for look in ten if look[0] < 5]), DECLARED).row(0, named=True)
    assert (five["n"], five["share_low"], five["share_high"]) == (5, None, None)


# Against a known truth


def settles(rng: np.random.Generator, still_at: dict[int, float], periods: int) -> list[int]:
    """The age at which each period stands still, drawn by the share that does at each age."""
    ages = np.array([*still_at])
    return [int(age) for age in ages[np.searchsorted([*still_at.values()], rng.random(periods))]]


def daily(ages: list[int]) -> Looks:
    return [
        (place, age, 1000 if age >= stands else 950)
        for place, stands in enumerate(ages)
        for age in range(1, 9)
    ]


def weekly(ages: list[int]) -> Looks:
    """Each period first seen at an age of one to four days, and again a week later."""
    return [
        (place, age, 1000 if age >= stands else 950)
        for place, stands in enumerate(ages)
        for age in (1 + place % 4, 8 + place % 4)
    ]


@pytest.mark.simulate
@pytest.mark.parametrize(("schedule", "periods"), [(daily, 120), (daily, 45), (weekly, 400)])
def test_a_figure_is_called_settled_too_early_in_at_most_five_of_a_hundred_series(schedule, periods):
    """At three days just less than nine in ten stand still, which is the hardest case; at four nearly all do."""
    rng = np.random.default_rng(41)
    runs = 1000
    still_at = {1: 0.3, 2: 0.7, 3: 0.899, 4: 0.999, 5: 1.0}
    found = [told(said(schedule(settles(rng, still_at, periods)))) for _ in range(runs)]
    early = sum(days < 4 and measured for days, measured, _ in found) / runs
    assert early <= 0.05 + 2 * (0.05 * 0.95 / runs) ** 0.5
    right = sum(days == 4 and measured for days, measured, _ in found) / runs
    assert right >= 0.9 if schedule is daily else right >= 0.85


@pytest.mark.simulate
def test_young_periods_taken_for_settled_would_call_it_too_early():
    """Four in ten move on their sixth day. Ten periods are old enough to have; four hundred are two days old."""
    rng = np.random.default_rng(42)
    naive = DECLARED.with_columns(settling_days=pl.lit(1))
    early = {"careful": 0, "naive": 0}
    for _ in range(300):
        slow = [1 if rng.random() < 0.6 else 6 for _ in range(10)]
        young = [(100 + place, age, 950 if stands > age else 1000)
                 for place, stands in enumerate(1 if rng.random() < 0.6 else 6 for _ in range(400))
                 for age in (1, 2)]  # fmt: skip
        frame = said([*daily(slow), *young])
        early["careful"] += told(frame)[0] < 6 and told(frame)[1]
        early["naive"] += told(frame, naive)[0] < 6 and told(frame, naive)[1]
    assert early == {"careful": 0, "naive": 300}


@pytest.mark.simulate
@pytest.mark.parametrize("periods", [8, 30, 100])
def test_the_range_of_the_curve_holds_the_true_median(periods):
    rng = np.random.default_rng(43)
    held = 0
    for _ in range(800):
        shares = 0.9 * np.exp(0.1 * rng.standard_normal(periods) ** 3)
        pairs = [
            (place, age, 1000 * (share if age == 1 else 1))
            for place, share in enumerate(shares)
            for age in (1, 9)
        ]
        row = settling_curve(said(pairs), DECLARED).row(0, named=True)
        held += row["share_low"] <= 0.9 <= row["share_high"]
    assert held / 800 >= 0.94
