from datetime import date

import numpy as np
import polars as pl
import pytest

from pipelines.measures.goals import Level, expected_level, status, target_at

WEEKS = np.arange(40.0)


def expected(shares, due=46, n=400, **options):
    successes = np.broadcast_to(shares, WEEKS.shape) * n
    return expected_level(np.full(WEEKS.size, n), successes, successes, WEEKS, due, answers_then=n, **options)


def test_a_series_that_does_not_move_is_expected_to_stay():
    found = expected(0.6)
    assert found.value == pytest.approx(0.6)
    assert found.low < 0.56
    assert found.high > 0.64


def test_a_plain_climb_is_carried_on_to_the_due_date():
    found = expected(0.3 + 0.01 * WEEKS)
    assert found.value == pytest.approx(0.76, abs=0.005)


def test_a_climb_that_chance_explains_is_not_carried_on():
    noise = np.random.default_rng(1).binomial(60, 0.5, 40) / 60
    found = expected(noise, due=92, n=60)
    assert found.value == pytest.approx(noise[-26:].mean(), abs=0.02)


def test_the_further_ahead_the_wider():
    widths = [found.high - found.low for due in (41, 60, 90) if (found := expected(0.5, due))]
    assert widths == sorted(widths)
    assert widths[2] > 1.5 * widths[0]


def test_a_few_weeks_are_no_trend():
    few = np.ones(7)
    assert expected_level(few, few, few, few.cumsum(), 20, answers_then=10) is None


def test_the_range_stays_on_the_scale():
    assert expected(0.98 * np.ones(40), due=90).high <= 1
    net = expected_level(
        np.full(40, 20.0), np.full(40, -18.0), np.full(40, 20.0), WEEKS, 90, answers_then=20, lowest=-1
    )
    assert -1 <= net.low <= -0.9


NOW, THEN = Level(0.5, 0.45, 0.55), Level(0.6, 0.55, 0.65)


@pytest.mark.parametrize(
    ("target", "is_due", "better", "word"),
    [
        (0.40, False, "up", "reached"),
        (0.52, False, "up", "on track"),
        (0.60, False, "up", "can't tell yet"),
        (0.70, False, "up", "behind"),
        (0.70, True, "up", "missed"),
        (0.52, True, "up", "can't tell yet"),
        (0.60, False, "down", "reached"),
        (0.50, False, "down", "behind"),
    ],
)
def test_the_word_is_read_off_the_ranges(target, is_due, better, word):
    assert status(target, NOW, THEN, is_due=is_due, better=better) == word


def test_without_a_number_a_goal_can_not_be_told():
    assert status(0.5, None, None, is_due=True) == "can't tell yet"
    assert status(0.6, NOW, None, is_due=False) == "can't tell yet"


def coverage(slope, runs, dispersion=1.0, n=200, due=45) -> float:
    rng = np.random.default_rng(5)
    truth = 0.5 + slope * (np.append(WEEKS, due) - 20)
    alike = (n - dispersion) / max(dispersion - 1, 1e-9)
    held = 0
    for _ in range(runs):
        shares = rng.beta(truth * alike, (1 - truth) * alike) if dispersion > 1 else truth
        successes = rng.binomial(n, shares)
        found = expected_level(np.full(40, n), successes[:-1], successes[:-1], WEEKS, due, answers_then=n)
        held += found.low <= successes[-1] / n <= found.high
    return held / runs


@pytest.mark.parametrize(("slope", "dispersion"), [(0, 1), (0.004, 1), (0, 3), (0.008, 2)])
def test_what_comes_is_within_the_range_nineteen_times_in_twenty(slope, dispersion):
    assert coverage(slope, 400, dispersion) >= 0.93


def test_the_target_of_a_day_is_the_one_in_force_that_is_due_next():
    targets = pl.DataFrame(
        [
            ("a", 0.5, date(2026, 6, 30), None, date(2026, 3, 31)),
            ("a", 0.6, date(2026, 6, 30), date(2026, 4, 1), None),
            ("b", 0.8, date(2026, 12, 31), date(2026, 5, 1), None),
        ],
        schema={"goal_id": pl.String, "target_share": pl.Float64, "due_on": pl.Date, "from_on": pl.Date,
                "until_on": pl.Date},
        orient="row",
    )  # fmt: skip
    days = pl.Series(
        [date(2026, 3, 31), date(2026, 4, 1), date(2026, 5, 1), date(2026, 7, 1), date(2027, 2, 1)]
    )
    found = target_at(targets, days)
    assert dict(found.select("on", "target").iter_rows()) == dict(
        zip(days, [0.5, 0.6, 0.6, 0.8, 0.8], strict=True)
    )
    assert target_at(targets.filter(pl.col("goal_id") == "b"), days)["on"].min() == date(2026, 5, 1)
    assert target_at(targets.clear(), days).is_empty()
