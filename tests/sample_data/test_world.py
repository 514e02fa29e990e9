"""The effects that the sample company plants are there, at a size where chance is small."""

from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

SEED, MANY = 7, 30_000


@cache
def world() -> Any:
    from sample_data.clock import Clock
    from sample_data.world import World

    return World(SEED, Clock(24), MANY)


def standardised(answers: pl.DataFrame, behaviour: str) -> np.ndarray:
    drivers = answers.select("success", "effort", "emotion").to_numpy().astype(float)
    outcome = answers[behaviour].to_numpy().astype(float)
    scaled = (drivers - drivers.mean(axis=0)) / drivers.std(axis=0)
    return np.asarray(np.linalg.lstsq(scaled, (outcome - outcome.mean()) / outcome.std(), rcond=None)[0])


@pytest.fixture(scope="module")
def answers() -> pl.DataFrame:
    from sample_data.survey import answered

    return answered(SEED, world().people, np.tile(np.arange(MANY), 4))


@pytest.mark.parametrize("behaviour", ["purchase_more", "recommend", "forgive"])
def test_emotion_goes_with_three_behaviours_most(answers: pl.DataFrame, behaviour: str) -> None:
    success, effort, emotion = standardised(answers, behaviour)
    assert emotion - max(success, effort) > 0.1
    assert abs(success - effort) < 0.02


def test_trust_goes_with_all_three_alike(answers: pl.DataFrame) -> None:
    assert np.ptp(standardised(answers, "trust")) < 0.02


def test_no_driver_is_rated_high_more_often_than_another(answers: pl.DataFrame) -> None:
    high = [float(np.mean(answers[driver].to_numpy() >= 6)) for driver in ("success", "effort", "emotion")]
    assert max(high) - min(high) < 0.01


def test_feeling_understood_and_cared_for_goes_with_emotion_most(answers: pl.DataFrame) -> None:
    for item in ("understood", "showed_they_cared", "listened"):
        success, effort, emotion = standardised(answers, item)
        assert emotion - max(success, effort) > 0.2


def test_who_used_several_channels_had_to_repeat_more_often() -> None:
    from sample_data import aftermath

    told = world().responses.filter("is_finished").drop_nulls("had_to_repeat")
    several = aftermath.asked_on_several_channels(
        world().contacts, told["customer"].to_numpy(), told["started_at"].to_numpy()
    )
    high = told["had_to_repeat"].to_numpy() >= 6
    assert high[several].mean() - high[~several].mean() > 0.1


def test_who_found_it_hard_or_felt_bad_had_to_repeat_more(answers: pl.DataFrame) -> None:
    assert standardised(answers, "had_to_repeat").max() < -0.05


def test_who_we_do_not_hear_feels_worse_and_weighting_by_the_customer_base_repairs_most_of_it() -> None:
    from sample_data.truth import who_answers

    told = who_answers(world())
    true, heard = told["emotion_true_share_all_customers"], told["expected_high_share_of_answers"]["emotion"]
    assert 0.02 < heard - true < 0.04
    assert told["high_share_of_answers_last_13_weeks"]["emotion"] == pytest.approx(heard, abs=0.02)
    assert raked_emotion_share() - true < 0.4 * (heard - true)


def raked_emotion_share() -> float:
    """Finished answers weighted to the customer base by region, customer group and fifth of spending."""
    spent = world().spending.group_by("customer").agg(pl.col("amount").sum())
    base = world().people.select("customer", "region", "segment").join(spent, on="customer", how="left")
    base = base.with_columns(pl.col("amount").fill_null(0).rank("ordinal").mul(5).floordiv(MANY + 1))
    told = world().responses.filter(pl.col("is_finished")).drop_nulls("emotion").join(base, on="customer")
    weight = np.ones(told.height)
    for _ in range(10):
        for cut in ("region", "segment", "amount"):
            wanted = base.group_by(cut).agg(wanted=pl.len() / MANY)
            given = told.select(cut).with_columns(weight=weight).group_by(cut).agg(pl.col("weight").sum())
            factor = told.select(cut).join(wanted, on=cut, maintain_order="left").join(
                given, on=cut, maintain_order="left"
            )  # fmt: skip
            weight = weight * factor["wanted"].to_numpy() / factor["weight"].to_numpy()
    return float(np.average(told["emotion"].to_numpy() >= 6, weights=weight))


def test_what_the_bot_called_solved_comes_back_most() -> None:
    from sample_data.truth import bots

    share = {handled: told["share"] for handled, told in bots(world())["by_handled_by"].items()}
    assert share["bot"] == pytest.approx(0.22, abs=0.02)
    assert max(share["human"], share["both"]) < 0.08


def test_who_says_they_will_buy_more_orders_a_little_more_often_within_half_a_year() -> None:
    from sample_data.truth import words_and_deeds

    ordered = words_and_deeds(world())["ordered_again"]
    for item in ("purchase_more", "emotion"):
        assert 0.05 < ordered[item]["high"]["share"] - ordered[item]["low"]["share"] < 0.15


def test_some_who_felt_bad_stay_away_and_nobody_drawn_for_the_note_does_while_it_is_measured() -> None:
    from sample_data.aftermath import NOTE_HORIZON_DAYS
    from sample_data.clock import DAY

    planned, placed = world().purchases.orders, world().orders
    missed = planned.join(placed.select("customer", "nth"), on=["customer", "nth"], how="anti")
    assert 0.005 < missed.height / planned.height < 0.02
    drawn = missed.join(world().purchases.draw, on="customer")
    assert drawn.filter(pl.col("ordered_at") <= pl.col("assigned_at") + NOTE_HORIZON_DAYS * DAY).is_empty()


def test_the_note_brings_six_more_of_a_hundred_back() -> None:
    from sample_data.truth import initiatives

    note = initiatives(world())["INIT-NOTE"]
    arms = note["arms"]
    control = arms["control"]["ordered_again"] / arms["control"]["drawn"]
    assert control == pytest.approx(0.22, abs=0.02)
    assert note["realised_difference"] == pytest.approx(note["true_effect"], abs=0.02)


def test_people_who_feel_better_order_again_sooner() -> None:
    emotion = world().people["emotion"].to_numpy()
    rate = world().purchases.rate_per_90_days
    assert rate[emotion > 1].mean() / rate[emotion < -1].mean() > 1.3


def test_the_best_tenth_spends_a_little_under_half() -> None:
    from sample_data.truth import top_customers

    assert 0.40 < top_customers(world())["spend_share_of_the_top_tenth"] < 0.50


def test_evening_chat_falls_in_the_last_week_and_nothing_else_moves() -> None:
    from sample_data.truth import reaching_a_person

    weeks = reaching_a_person(world())["weeks"]

    def share(week: str, who: str) -> float:
        return weeks[week][f"{who}reached_in_time"] / weeks[week][f"{who}asked"]

    assert share("2026-W45", "evening_chat_") == pytest.approx(0.89, abs=0.04)
    assert share("2026-W46", "evening_chat_") < 0.65
    assert share("2026-W46", "all_other_") == pytest.approx(share("2026-W45", "all_other_"), abs=0.02)
    assert -0.10 < share("2026-W46", "") - share("2026-W45", "") < -0.05


def test_unhappy_customers_feel_better_next_time_untreated() -> None:
    answers = world().responses.filter(pl.col("is_finished") & pl.col("emotion").is_not_null())
    pairs = answers.with_columns(
        after=pl.col("emotion").shift(-1).over("customer", order_by="ended_at")
    ).drop_nulls("after")
    treated = world().acts.filter(pl.col("initiative_id") == "INIT-DISCOUNT")["customer"]
    unhappy = pairs.filter((pl.col("emotion") <= 3) & ~pl.col("customer").is_in(treated.implode()))
    assert np.mean((unhappy["after"] - unhappy["emotion"]).to_numpy()) > 1


def test_most_of_the_best_customers_are_cared_for_and_some_are_forgotten() -> None:
    from sample_data.clock import DAY

    cut = world().clock.cuts[-1]
    spent = world().spending.group_by("customer").agg(pl.col("amount").sum()).sort("amount", descending=True)
    best = spent["customer"].head(MANY // 10)
    recent = world().acts.filter((pl.col("done_at") > cut - 90 * DAY) & (pl.col("outcome") == "done"))
    share = np.mean(best.is_in(recent["customer"].unique().implode()).to_numpy())
    assert 0.75 < share < 0.90
