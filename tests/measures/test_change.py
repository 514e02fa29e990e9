import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.measures.change import smallest_noticeable_change, weekly_verdicts

WEEKS = [f"{year}-W{week:02}" for year in (2024, 2025, 2026) for week in range(1, 53)]

NOISE_OF_A_THOUSAND_RUNS = 2 * math.sqrt(0.15 * 0.85 / 1000)


def series(n, successes, opposites=None) -> pl.DataFrame:
    weeks = WEEKS[: len(successes)]
    sizes = np.broadcast_to(n, len(successes))
    return pl.DataFrame({"iso_week": weeks, "n": sizes, "successes": successes, "opposites": opposites})


def verdicts(n, successes, **options) -> list[str]:
    return weekly_verdicts(series(n, successes), **options)["verdict"].to_list()


def steady(rng, weeks: int, n: int, share: float, dispersion: float = 1.0) -> np.ndarray:
    """Weekly successes around an unchanging share; beta-binomial where the dispersion is above 1."""
    if dispersion > 1:
        answers_alike = (n - dispersion) / (dispersion - 1)
        return rng.binomial(n, rng.beta(share * answers_alike, (1 - share) * answers_alike, weeks))
    return rng.binomial(n, share, weeks)


def alarming_share(n, share, dispersion, runs, seed, weeks=slice(0, 52)) -> float:
    rng = np.random.default_rng(seed)
    alarms = 0
    for _ in range(runs):
        said = verdicts(n, steady(rng, weeks.stop, n, share, dispersion))[weeks]
        alarms += "up" in said or "down" in said
    return alarms / runs


def noticed_share(fall_week, runs, seed, n=500, before=0.88, after=0.80) -> float:
    rng = np.random.default_rng(seed)
    noticed = 0
    for _ in range(runs):
        successes = np.append(steady(rng, fall_week, n, before), rng.binomial(n, after))
        noticed += verdicts(n, successes)[-1] == "down"
    return noticed / runs


def test_a_plain_fall_is_called_down_with_its_size():
    judged = weekly_verdicts(series(500, [440] * 12 + [400]))
    week = judged.row(-1, named=True)
    assert judged["verdict"].to_list()[4:] == ["no real change"] * 8 + ["down"]
    assert week["change"] == pytest.approx(-0.08)
    assert week["change_low"] < -0.08 < week["change_high"] < 0


def test_a_plain_rise_is_called_up():
    assert verdicts(500, [400] * 12 + [450])[-1] == "up"


def test_a_series_that_always_swings_is_not_alarmed_by_another_swing():
    swinging = [440, 400, 430, 410] * 4
    assert verdicts(500, [*swinging, 400])[-1] == "no real change"
    assert verdicts(500, [420] * 16 + [380])[-1] == "down"


def test_a_week_is_compared_with_twelve_weeks_and_no_more():
    judged = weekly_verdicts(series(100, [10] * 5 + [60] * 12 + [60]))
    assert judged["change"][-1] == pytest.approx(0)


def test_a_week_is_not_compared_with_itself():
    assert weekly_verdicts(series(100, [50] * 4 + [70]))["change"][-1] == pytest.approx(0.2)


def test_the_first_four_weeks_are_too_few():
    judged = weekly_verdicts(series(500, [440] * 6))
    assert judged["verdict"].to_list() == ["too few"] * 4 + ["no real change"] * 2
    assert judged["change"].to_list()[:4] == [None] * 4


def test_a_week_with_few_answers_is_too_few_and_not_compared_with():
    said = weekly_verdicts(series([500] * 6 + [9, 500], [440] * 6 + [0, 440]))
    assert said["verdict"].to_list()[-2:] == ["too few", "no real change"]
    assert said["change"][-1] == pytest.approx(0)


def test_weeks_may_come_in_any_order():
    ordered = series(500, [440] * 12 + [400])
    assert weekly_verdicts(ordered.reverse()).equals(weekly_verdicts(ordered))


def test_a_net_share_is_judged_by_successes_less_opposites():
    frame = series(400, [200] * 12 + [200], [80] * 12 + [180])
    assert weekly_verdicts(frame)["verdict"][-1] == "no real change"
    net = weekly_verdicts(frame, net=True).row(-1, named=True)
    assert (net["verdict"], net["change"]) == ("down", pytest.approx(-0.25))


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60)), max_size=30),
    st.booleans(),
)
def test_verdict_and_range_never_contradict_each_other(answers, net):
    n = [sum(counts) for counts in answers]
    frame = series(n, [s for s, _, _ in answers], [o for _, o, _ in answers]).cast(
        {"n": pl.Int64, "successes": pl.Int64, "opposites": pl.Int64}
    )
    for week in weekly_verdicts(frame, net=net).iter_rows(named=True):
        low, change, high = week["change_low"], week["change"], week["change_high"]
        match week["verdict"]:
            case "too few":
                assert low is change is high is None
            case "up":
                assert 0 < low <= change <= high
            case "down":
                assert low <= change <= high < 0
            case _:
                assert low <= 0 <= high


@pytest.mark.parametrize(("n", "share", "dispersion"), [(500, 0.88, 1.0), (30, 0.95, 1.0), (2000, 0.8, 4.0)])
def test_a_year_without_change_stays_within_its_alarm_budget(n, share, dispersion):
    assert alarming_share(n, share, dispersion, runs=100, seed=7) <= 0.15


@pytest.mark.parametrize("fall_week", [30, 51])
def test_a_fall_from_88_to_80_is_noticed_in_that_very_week(fall_week):
    assert noticed_share(fall_week, runs=300, seed=11) >= 0.90


@pytest.mark.simulate
@pytest.mark.parametrize("year", [slice(0, 52), slice(52, 104)], ids=["first year", "second year"])
@pytest.mark.parametrize(
    ("n", "share", "dispersion"),
    [
        (500, 0.88, 1.0),
        (30, 0.5, 1.0),
        (30, 0.97, 1.0),
        (12, 0.9, 1.0),
        (5000, 0.31, 1.0),
        (500, 0.88, 1.5),
        (500, 0.6, 2.0),
        (500, 0.88, 3.0),
        (5000, 0.8, 10.0),
    ],
)
def test_each_of_a_thousand_years_without_change_stays_within_budget(n, share, dispersion, year):
    assert (
        alarming_share(n, share, dispersion, runs=1000, seed=3, weeks=year) <= 0.15 + NOISE_OF_A_THOUSAND_RUNS
    )


@pytest.mark.simulate
@pytest.mark.parametrize("shares", [(0.5, 0.3, 0.2), (0.85, 0.1, 0.05), (0.3, 0.3, 0.4)])
@pytest.mark.parametrize("n", [30, 300])
def test_a_thousand_years_without_change_of_a_net_score_stay_within_budget(n, shares):
    rng = np.random.default_rng(5)
    alarms = 0
    for _ in range(1000):
        answers = rng.multinomial(n, shares, 104)
        said = weekly_verdicts(series(n, answers[:, 0], answers[:, 2]), net=True)["verdict"][52:]
        alarms += said.is_in(["up", "down"]).any()
    assert alarms / 1000 <= 0.15 + NOISE_OF_A_THOUSAND_RUNS


@pytest.mark.simulate
@pytest.mark.parametrize(("fall_week", "power"), [(12, 0.80), (20, 0.89), (26, 0.90), (52, 0.92)])
def test_two_thousand_falls_are_noticed_in_that_very_week(fall_week, power):
    assert noticed_share(fall_week, runs=2000, seed=13) >= power


@pytest.mark.parametrize(("n", "share"), [(500, 0.88), (100, 0.6)])
def test_the_smallest_noticeable_fall_is_noticed_four_times_in_five(n, share):
    fall = smallest_noticeable_change(n, share)
    assert noticed_share(40, runs=200, seed=17, n=n, before=share, after=share - fall) == pytest.approx(
        0.8, abs=0.06
    )


def test_more_answers_and_more_weeks_show_smaller_falls_and_scatter_hides_them():
    fall = smallest_noticeable_change(400, 0.84)
    assert smallest_noticeable_change(1600, 0.84) < 0.6 * fall
    assert smallest_noticeable_change(400, 0.84, within_weeks=4) < fall
    assert smallest_noticeable_change(400, 0.84, dispersion=2) > 1.2 * fall


def test_a_fall_that_cannot_be_noticed_is_infinite():
    assert smallest_noticeable_change(20, 0.05) == math.inf


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pl.DataFrame({"iso_week": ["2026-W01"], "n": [10]}), "missing: \\['successes'\\]"),
        (series(10, [5, None]), "nulls in: \\['successes'\\]"),
        (pl.concat([series(10, [5])] * 2), "several rows for: \\['2024-W01'\\]"),
        (series(10, [11]), "do not in: \\['2024-W01'\\]"),
    ],
)
def test_a_series_that_cannot_be_is_refused_in_plain_words(frame, message):
    with pytest.raises(ValueError, match=message):
        weekly_verdicts(frame)
