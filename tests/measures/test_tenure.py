import numpy as np
import polars as pl
import pytest

from pipelines.measures.durations import kaplan_meier
from pipelines.measures.tenure import discounted_days, staying_curve


def tenures(rows: list[tuple[int, bool, int]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["tenure_days", "has_left", "entered_days"], orient="row")


def test_those_who_were_not_watched_yet_are_not_at_risk():
    curve = staying_curve(tenures([(10, True, 0), (20, True, 0), (30, False, 15), (30, True, 15)]))
    assert curve["at_risk"].to_list() == [2, 3, 2]
    assert curve["share"].to_list() == pytest.approx([1 / 2, 1 / 2 * 2 / 3, 1 / 2 * 2 / 3 * 1 / 2])


def test_late_entry_is_taken_out_of_the_curve_as_in_a_simulation_of_known_truth():
    rng = np.random.default_rng(4)
    began = rng.uniform(-1500, 0, 40_000)
    stayed = rng.exponential(600, len(began))
    watched = began + stayed > 0
    seen = tenures(
        [
            (int(min(length, 400 - start)), bool(start + length <= 400), int(-start))
            for start, length in zip(began[watched], stayed[watched], strict=True)
        ]
    )
    curve = staying_curve(seen.filter(pl.col("tenure_days") > pl.col("entered_days")))
    from_100 = curve.filter(pl.col("tenure_days").is_between(100, 1500))
    start = from_100["share"][0]
    told = [from_100.filter(pl.col("tenure_days") <= day)["share"][-1] / start for day in (400, 700, 1300)]
    assert told == pytest.approx(np.exp([-300 / 600, -600 / 600, -1200 / 600]), abs=0.02)


def test_without_late_entry_the_curve_is_the_one_of_waits():
    waits = pl.DataFrame({"seconds": [5, 8, 8, 12], "finished": [True, True, False, False]})
    assert kaplan_meier(waits).equals(kaplan_meier(waits.with_columns(entered_seconds=0)))


def test_days_to_come_are_those_of_a_constant_chance_to_leave():
    days = np.arange(1, 4001)
    curve = pl.DataFrame({"tenure_days": days.astype(float), "share": np.exp(-days / 800), "at_risk": 1.0})
    found = discounted_days(curve, np.array([0.0, 500.0, 0.0]), 365, 0.0)
    assert found == pytest.approx(800 * (1 - np.exp(-365 / 800)), rel=0.003)
    discounted = discounted_days(curve, np.array([0.0]), 365, 0.1)
    rate = 1 / 800 + np.log(1.1) / 365
    assert discounted == pytest.approx((1 - np.exp(-365 * rate)) / rate, rel=0.003)


def test_who_has_outstayed_everybody_who_left_is_expected_to_stay():
    curve = staying_curve(tenures([(10, True, 0), (20, False, 0)]))
    assert discounted_days(curve, np.array([20.0]), 365, 0.0) == pytest.approx(365)
    nobody_stayed = staying_curve(tenures([(10, True, 0)]))
    assert discounted_days(nobody_stayed, np.array([20.0]), 365, 0.0) == pytest.approx(0)
