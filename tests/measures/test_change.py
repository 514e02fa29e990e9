import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.measures.change import family_verdicts, smallest_noticeable_change, weekly_verdicts

WEEKS = np.array([f"{year}-W{week:02}" for year in (2024, 2025, 2026) for week in range(1, 53)])
BUDGET = 0.15
FALL = ((0.5, 0.3, 0.2), (0.45, 0.3, 0.25))


def two_standard_errors(runs: int) -> float:
    return 2 * math.sqrt(BUDGET * (1 - BUDGET) / runs)


def series(n, successes, opposites=None, **more) -> pl.DataFrame:
    sizes = np.broadcast_to(n, len(successes))
    frame = pl.DataFrame({"iso_week": WEEKS[: len(successes)], "n": sizes, "successes": successes, **more})
    return frame if opposites is None else frame.with_columns(opposites=pl.Series(opposites))


def verdicts(n, successes, **options) -> list[str]:
    return weekly_verdicts(series(n, successes), **options)["verdict"].to_list()


def each_alone(n, successes, opposites=None, **more) -> tuple[np.ndarray, np.ndarray]:
    """Judge rows of series, each a family of its own: whether up, whether down, by series and week."""
    families = np.arange(len(successes))
    return in_families(n, successes, opposites, rule="holm", families=families, **more)


def in_families(n, successes, opposites=None, *, rule, families, **more) -> tuple[np.ndarray, np.ndarray]:
    runs, weeks = successes.shape
    frame = pl.DataFrame(
        {
            "run": np.repeat(np.arange(runs), weeks),
            "family": np.repeat(families, weeks),
            "iso_week": np.tile(WEEKS[:weeks], runs),
            "n": np.broadcast_to(n, successes.shape).ravel(),
            "successes": successes.ravel(),
            **({} if opposites is None else {"opposites": opposites.ravel()}),
            **{name: each.ravel() for name, each in more.items()},
        }
    )
    said = family_verdicts(frame, ["run"], rule)["verdict"].to_numpy().reshape(runs, weeks)
    return said == "up", said == "down"


def steady(rng, runs: int, weeks: int, n: int, share: float, dispersion: float = 1.0) -> np.ndarray:
    """Weekly successes around an unchanging share; beta-binomial where the dispersion is above 1."""
    if dispersion > 1:
        answers_alike = (n - dispersion) / (dispersion - 1)
        share = rng.beta(share * answers_alike, (1 - share) * answers_alike, (runs, weeks))
    return rng.binomial(n, share, (runs, weeks))


def answered(rng, runs: int, n: int, *stretches) -> tuple[np.ndarray, np.ndarray]:
    """Top and bottom boxes of (weeks, shares) one after the other."""
    drawn = np.concatenate([rng.multinomial(n, shares, (runs, weeks)) for weeks, shares in stretches], axis=1)
    return drawn[..., 0], drawn[..., 2]


def alarming_share(n, share, dispersion, runs, seed, year=slice(0, 52)) -> float:
    rng = np.random.default_rng(seed)
    up, down = each_alone(n, steady(rng, runs, year.stop, n, share, dispersion))
    return (up | down)[:, year].any(axis=1).mean()


def alarming_share_of_clusters(
    people, events_each, share, seed, *, is_known, runs=1000, some_often=False
) -> float:
    """A year of events of people who each have one mind and do a thing about so often, or some of them very often."""
    rng = np.random.default_rng(seed)
    who = rng.poisson(people, (runs, 52)).clip(1)
    pleased = rng.binomial(who, share)
    yes, no = (
        each + (rng.negative_binomial(each + 1e-9, 1 / events_each) if some_often
                else rng.poisson(each * (events_each - 1)))
        for each in (pleased, who - pleased)
    )  # fmt: skip
    bears = {"effective_n": who.astype(float)} if is_known else {}
    up, down = each_alone(yes + no, yes, **bears)
    return (up | down).any(axis=1).mean()


def alarming_share_of_net(n, shares, runs, seed, year=slice(0, 52)) -> float:
    top, bottom = answered(np.random.default_rng(seed), runs, n, (year.stop, shares))
    up, down = each_alone(n, top, bottom)
    return (up | down)[:, year].any(axis=1).mean()


def found_share(runs, seed, n=400, before=FALL[0], after=FALL[1], fall_week=52, weeks=4) -> float:
    top, bottom = answered(np.random.default_rng(seed), runs, n, (fall_week, before), (weeks, after))
    return each_alone(n, top, bottom)[1][:, fall_week:].any(axis=1).mean()


def test_a_plain_fall_is_called_down_with_its_size():
    judged = weekly_verdicts(series(500, [440] * 26 + [400]))
    week = judged.row(-1, named=True)
    assert judged["verdict"].to_list()[4:] == ["no real change"] * 22 + ["down"]
    assert (week["change"], week["weeks"]) == (pytest.approx(-0.08), 1)
    assert week["change_low"] < -0.08 < week["change_high"] < 0
    assert week["level"] == pytest.approx(0.85 ** (1 / 176.8))


def test_a_plain_rise_is_called_up():
    assert verdicts(500, [400] * 26 + [450])[-1] == "up"


def test_a_fall_too_small_for_one_week_is_found_in_the_weeks_pooled():
    judged = weekly_verdicts(series(400, [200] * 30 + [180] * 4, [80] * 30 + [100] * 4))
    assert judged["verdict"].to_list()[-4:] == ["no real change", "down", "down", "down"]
    assert judged["weeks"].to_list()[-4:] == [1, 2, 3, 4]
    assert judged["change"][-1] == pytest.approx(-0.1)


def test_a_series_that_always_swings_is_not_alarmed_by_another_swing():
    swinging = [440, 400, 430, 410] * 6
    assert verdicts(500, [*swinging, 400])[-1] == "no real change"
    assert verdicts(500, [420] * 24 + [370])[-1] == "down"


def test_a_week_is_compared_with_thirty_nine_weeks_and_no_more():
    judged = weekly_verdicts(series(100, [10] * 5 + [60] * 39 + [60]))
    assert judged["change"][-1] == pytest.approx(0)


def test_a_week_is_not_compared_with_itself():
    assert weekly_verdicts(series(100, [50] * 4 + [70]))["change"][-1] == pytest.approx(0.2)


def test_the_first_four_weeks_are_too_few():
    judged = weekly_verdicts(series(500, [440] * 6))
    assert judged["verdict"].to_list() == ["too few"] * 4 + ["no real change"] * 2
    assert judged["change"].to_list()[:4] == [None] * 4


def test_a_week_with_few_answers_is_too_few_and_not_compared_with():
    judged = weekly_verdicts(series([500] * 6 + [9, 500], [440] * 6 + [0, 440]))
    assert judged["verdict"].to_list()[-2:] == ["too few", "no real change"]
    assert judged["change"][-1] == pytest.approx(0)


def test_weeks_before_another_wording_are_not_compared_with():
    new_wording = [week == 20 for week in range(26)]
    judged = weekly_verdicts(series(500, [440] * 20 + [300] * 6, restart=new_wording))
    assert judged["verdict"].to_list()[20:] == ["too few"] * 4 + ["no real change"] * 2
    assert judged["change"][-1] == pytest.approx(0)


def test_a_new_wording_in_a_week_of_few_answers_counts_from_then_on():
    frame = series([500] * 20 + [5] + [500] * 5, [440] * 20 + [3] + [300] * 5)
    broken = frame.with_columns(restart=pl.int_range(pl.len()) == 20)
    assert weekly_verdicts(frame)["verdict"][21] == "down"
    assert weekly_verdicts(broken)["verdict"].to_list()[20:] == ["too few"] * 5 + ["no real change"]


def test_weeks_may_come_in_any_order():
    ordered = series(500, [440] * 12 + [400])
    assert weekly_verdicts(ordered.reverse()).equals(weekly_verdicts(ordered))


def test_a_net_share_is_judged_by_successes_less_opposites():
    assert verdicts(400, [200] * 13)[-1] == "no real change"
    net = weekly_verdicts(series(400, [200] * 13, [80] * 12 + [180])).row(-1, named=True)
    assert (net["verdict"], net["change"]) == ("down", pytest.approx(-0.25))


def test_opposites_that_are_all_unknown_leave_the_plain_share():
    frame = series(400, [200] * 12 + [150])
    unknown = frame.with_columns(opposites=pl.lit(None, dtype=pl.Int64))
    assert weekly_verdicts(unknown).drop("opposites").equals(weekly_verdicts(frame))


week_counts = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))


def assert_verdicts_and_ranges_agree(judged: pl.DataFrame) -> None:
    for week in judged.iter_rows(named=True):
        low, change, high = week["change_low"], week["change"], week["change_high"]
        match week["verdict"]:
            case "too few":
                assert low is change is high is week["weeks"] is week["level"] is None
            case "up":
                assert 0 < low <= change <= high
            case "down":
                assert low <= change <= high < 0
            case _:
                assert low <= 0 <= high
                assert week["weeks"] == 1


@settings(max_examples=60)
@given(st.lists(week_counts, max_size=40), st.booleans())
def test_verdict_and_range_never_contradict_each_other(answers, net):
    counts = np.array(answers, dtype=int).reshape(-1, 3)
    frame = series(counts.sum(axis=1), counts[:, 0], counts[:, 2] if net else None)
    assert_verdicts_and_ranges_agree(weekly_verdicts(frame))


@settings(max_examples=40)
@given(
    st.lists(st.lists(week_counts, min_size=8, max_size=8), min_size=2, max_size=8),
    st.sampled_from(["holm", "benjamini-hochberg"]),
)
def test_verdict_and_range_of_a_family_never_contradict_each_other(members, rule):
    parts = [
        series(counts.sum(axis=1), counts[:, 0], counts[:, 2] if name % 2 else None)
        .cast({"n": pl.Int64, "successes": pl.Int64})
        .with_columns(name=pl.lit(name), family=pl.lit("all"))
        for name, counts in enumerate(map(np.array, members))
    ]  # fmt: skip
    judged = family_verdicts(pl.concat(parts, how="diagonal"), ["name"], rule)
    assert_verdicts_and_ranges_agree(judged)
    assert judged.group_by("iso_week").agg(pl.col("level").n_unique())["level"].max() == 1


def test_many_series_read_together_need_a_plainer_change():
    def said(others: int, rule: str) -> str:
        names = pl.DataFrame({"name": range(1 + others)})
        fall = series(500, [440] * 26 + [409]).with_columns(name=0)
        still = names.filter(pl.col("name") > 0).join(series(500, [440] * 27), how="cross")
        frame = pl.concat([fall, still.select(fall.columns).cast(fall.schema)]).with_columns(
            family=pl.lit("a")
        )
        return family_verdicts(frame, ["name"], rule).filter(pl.col("name") == 0)["verdict"][-1]

    assert [said(others, "holm") for others in (0, 20)] == ["down", "no real change"]
    assert [said(others, "benjamini-hochberg") for others in (0, 20)] == ["down", "no real change"]


def test_a_series_alone_in_its_family_is_judged_as_it_is_alone():
    frame = series(500, [440] * 12 + [400])
    alone = family_verdicts(frame.with_columns(name=pl.lit(1), family=pl.lit(1)), ["name"], "holm")
    assert alone.drop("name", "family").equals(weekly_verdicts(frame))


@pytest.mark.parametrize(("n", "share", "dispersion"), [(500, 0.88, 1.0), (30, 0.95, 1.0), (2000, 0.8, 4.0)])
def test_a_year_without_change_stays_within_its_alarm_budget(n, share, dispersion):
    assert alarming_share(n, share, dispersion, runs=200, seed=7) <= BUDGET + two_standard_errors(200)


@pytest.mark.parametrize("opposites", [None, [40] * 12 + [160]])
def test_events_of_few_people_are_judged_as_the_answers_of_those_people(opposites):
    events = series(400, [300] * 12 + [200], opposites)
    people = series(100.0, [75.0] * 12 + [50.0], None if opposites is None else [n / 4 for n in opposites])
    told = weekly_verdicts(events.with_columns(effective_n=100.0)).drop("effective_n")
    judged = ["verdict", "change", "change_low", "change_high", "weeks", "level"]
    assert told.select(judged).equals(weekly_verdicts(people).select(judged))
    assert told.row(-1, named=True)["n"] == 400
    plain = weekly_verdicts(events).row(-1, named=True)
    last = told.row(-1, named=True)
    assert last["change_high"] - last["change_low"] > 1.5 * (plain["change_high"] - plain["change_low"])


def test_an_effective_n_that_is_not_known_or_is_n_changes_nothing():
    frame = series(500, [440] * 12 + [400])
    for known in (None, 500.0):
        told = frame.with_columns(effective_n=pl.lit(known, pl.Float64))
        assert weekly_verdicts(told).drop("effective_n").equals(weekly_verdicts(frame))


def test_a_week_of_too_few_people_is_too_few_however_many_events():
    told = weekly_verdicts(series(400, [300] * 12 + [200]).with_columns(effective_n=9.0))
    assert set(told["verdict"]) == {"too few"}


def test_events_in_clusters_stay_within_the_alarm_budget_and_alarm_less_than_as_plain_events():
    case = {"people": 30, "events_each": 8, "share": 0.95, "seed": 29, "runs": 400}
    found, plain = (alarming_share_of_clusters(**case, is_known=is_known) for is_known in (True, False))
    assert found <= BUDGET
    assert found < plain / 2


@pytest.mark.simulate
@pytest.mark.parametrize(("people", "events_each"), [(30, 8), (60, 4), (200, 1.5), (400, 3), (1000, 1.2)])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_a_thousand_years_of_events_in_clusters_stay_within_the_alarm_budget(people, events_each, share):
    found = alarming_share_of_clusters(people, events_each, share, seed=37, is_known=True)
    print(f"alarms: {found:.4f}")
    assert found <= BUDGET + two_standard_errors(1000)


@pytest.mark.simulate
@pytest.mark.parametrize(("people", "events_each"), [(30, 8), (30, 3), (60, 4)])
def test_some_who_do_it_very_often_take_half_as_many_alarms_more_at_most_and_fewer_than_plain_events(
    people, events_each
):
    """How many people there were is known, not how often each of them did it."""
    case = {"people": people, "events_each": events_each, "share": 0.95, "seed": 37, "some_often": True}
    found, plain = (alarming_share_of_clusters(**case, is_known=is_known) for is_known in (True, False))
    print(f"alarms: {found:.4f}, of plain events {plain:.4f}")
    assert found <= 1.5 * BUDGET + two_standard_errors(1000)
    assert found < 0.75 * plain


def test_a_lasting_fall_of_ten_points_is_found_within_four_weeks():
    assert found_share(runs=400, seed=11) >= 0.88


def test_a_change_is_found_again_within_a_year_of_another():
    frame = series(400, [200] * 40 + [160] * 30 + [200] * 4)
    assert weekly_verdicts(frame)["verdict"].to_list()[-1] == "up"


@pytest.mark.simulate
@pytest.mark.parametrize("year", [slice(0, 52), slice(52, 104)], ids=["first year", "second year"])
@pytest.mark.parametrize(
    ("n", "share", "dispersion"),
    [
        (500, 0.88, 1.0), (30, 0.5, 1.0), (30, 0.97, 1.0), (12, 0.9, 1.0), (5000, 0.31, 1.0),
        (50, 0.1, 1.0), (50, 0.95, 1.0), (200, 0.3, 1.0), (1000, 0.95, 1.0),
        (500, 0.88, 1.25), (500, 0.88, 1.5), (500, 0.6, 2.0), (500, 0.88, 3.0), (5000, 0.8, 10.0),
    ],
)  # fmt: skip
def test_each_of_fifteen_hundred_years_without_change_stays_within_budget(n, share, dispersion, year):
    found = alarming_share(n, share, dispersion, runs=1500, seed=3, year=year)
    print(f"alarms: {found:.4f}")
    assert found <= BUDGET + two_standard_errors(1500)


@pytest.mark.simulate
@pytest.mark.parametrize("shares", [(0.5, 0.3, 0.2), (0.85, 0.1, 0.05), (0.3, 0.3, 0.4)])
@pytest.mark.parametrize("n", [30, 300])
def test_fifteen_hundred_years_without_change_of_a_net_score_stay_within_budget(n, shares):
    found = alarming_share_of_net(n, shares, runs=1500, seed=5, year=slice(52, 104))
    assert found <= BUDGET + two_standard_errors(1500)


@pytest.mark.simulate
@pytest.mark.parametrize(
    ("n", "before"),
    [(400, FALL[0]), (450, (0.45, 0.3, 0.25)), (450, (0.6, 0.2, 0.2)), (400, (0.7, 0.2, 0.1))],
)
@pytest.mark.parametrize("fall_week", [52, 104])
def test_a_lasting_fall_of_ten_points_is_found_in_nine_of_ten_runs(n, before, fall_week):
    after = (before[0] - 0.05, before[1], before[2] + 0.05)
    found = found_share(runs=2500, seed=13, n=n, before=before, after=after, fall_week=fall_week)
    print(f"found within four weeks: {found:.4f}")
    assert found >= 0.90


@pytest.mark.simulate
@pytest.mark.parametrize("rule", ["holm", "benjamini-hochberg"])
def test_a_family_of_eight_shares_one_budget(rule):
    rng = np.random.default_rng(23)
    up, down = in_families(300, steady(rng, 8 * 250, 104, 300, 0.7), rule=rule, families=np.arange(2000) // 8)
    alarms = (up | down)[:, 52:].any(axis=1).reshape(-1, 8).any(axis=1).mean()
    assert alarms <= BUDGET + two_standard_errors(250)


@pytest.mark.parametrize(("n", "share"), [(500, 0.88), (100, 0.6)])
def test_the_smallest_noticeable_fall_is_noticed_four_times_in_five(n, share):
    fall = smallest_noticeable_change(n, share)
    after = (share - fall, 0, 1 - share + fall)
    top, _ = answered(np.random.default_rng(17), 400, n, (104, (share, 0, 1 - share)), (4, after))
    found = each_alone(n, top)[1][:, 104:].any(axis=1).mean()
    assert found == pytest.approx(0.8, abs=0.06)


@pytest.mark.simulate
@pytest.mark.parametrize(("n", "shares"), [(400, FALL[0]), (60, FALL[0]), (200, (0.7, 0.2, 0.1))])
def test_the_smallest_noticeable_fall_of_a_net_score_is_noticed_four_times_in_five(n, shares):
    top, middle, bottom = shares
    fall = smallest_noticeable_change(n, top, opposite_share=bottom)
    after = (top - fall / 2, middle, bottom + fall / 2)
    found = found_share(2000, seed=19, n=n, before=shares, after=after, fall_week=104)
    assert found == pytest.approx(0.8, abs=0.04)


def test_more_answers_and_more_weeks_show_smaller_falls_and_scatter_and_company_hide_them():
    fall = smallest_noticeable_change(400, 0.84)
    assert smallest_noticeable_change(1600, 0.84) < 0.6 * fall
    assert smallest_noticeable_change(400, 0.84, within_weeks=1) > 1.3 * fall
    assert smallest_noticeable_change(400, 0.84, dispersion=2) > 1.2 * fall
    assert smallest_noticeable_change(400, 0.84, family_size=10) > 1.05 * fall


def test_a_fall_that_cannot_be_noticed_is_infinite():
    assert smallest_noticeable_change(10, 0.05) == math.inf


def test_a_question_that_makes_no_sense_is_refused_in_plain_words():
    with pytest.raises(ValueError, match="n above 0"):
        smallest_noticeable_change(0, 0.5)
    with pytest.raises(ValueError, match="fits beside it"):
        smallest_noticeable_change(100, 0.5, opposite_share=0.6)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pl.DataFrame({"iso_week": ["2026-W01"], "n": [10]}), "missing: \\['successes'\\]"),
        (series(10, [5, None]), "nulls in: \\['successes'\\]"),
        (series(10, [5, 5], [1, None]), "nulls in: \\['opposites'\\]"),
        (pl.concat([series(10, [5])] * 2), "several rows for: \\['2024-W01'\\]"),
        (series(10, [11]), "do not in: \\['2024-W01'\\]"),
        (series(10, [5], effective_n=[11.0]), "effective_n from 0 to n, it is not in: \\['2024-W01'\\]"),
    ],
)
def test_a_series_that_cannot_be_is_refused_in_plain_words(frame, message):
    with pytest.raises(ValueError, match=message):
        weekly_verdicts(frame)


def test_weeks_long_ago_are_not_taken_for_the_last_weeks() -> None:
    fell = series(400, [240] * 30 + [205] * 4)
    assert weekly_verdicts(fell).row(-1, named=True)["verdict"] == "down"
    assert weekly_verdicts(fell).row(-1, named=True)["weeks"] > 1
    gap = pl.concat([fell.head(33), fell.tail(1).with_columns(iso_week=pl.lit("2025-W40"))])
    last = weekly_verdicts(gap).row(-1, named=True)
    assert (last["weeks"], last["verdict"]) == (1, "no real change")


def test_a_week_or_two_that_are_missing_are_stepped_over() -> None:
    fell = series(400, [240] * 30 + [200] * 6)
    holes = fell.filter(~pl.col("iso_week").is_in([WEEKS[33], WEEKS[34]]))
    assert weekly_verdicts(holes).row(-1, named=True)["weeks"] > 1


def test_names_of_weeks_that_no_calendar_knows_are_taken_in_order() -> None:
    fell = series(400, [240] * 30 + [200] * 4)
    numbered = fell.with_columns(iso_week=pl.format("week {}", pl.int_range(100, 100 + pl.len())))
    assert weekly_verdicts(numbered).drop("iso_week").equals(weekly_verdicts(fell).drop("iso_week"))
