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
    from sample_data.initiative_truth import note as truth_of

    note = truth_of(world())
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


def test_who_felt_bad_feels_much_better_next_time_called_or_not() -> None:
    from sample_data.initiative_truth import call

    told = call(world())["bad_answers"]
    for who in ("called", "not_called"):
        assert told[who]["answered_again"] > 500
        assert told[who]["mean_after"] - told[who]["mean_before"] > 1.5
    assert told["called"]["high_share_after"] == pytest.approx(
        told["not_called"]["high_share_after"], abs=0.06
    )


def test_the_worse_they_felt_the_more_were_called_and_nobody_without_a_telephone() -> None:
    called = world().calls
    felt = dict(called["stratum"].value_counts().iter_rows())
    bad = world().responses.filter(pl.col("is_finished") & ~pl.col("is_anonymous"))
    share = {level: felt[f"felt {level}"] / bad.filter(pl.col("emotion") == level).height for level in (1, 3)}
    assert share[1] > share[3] > 0
    assert (world().people["phone_number"].gather(called["customer"]) >= 0).all()
    assert called["customer"].is_unique().all()


def test_the_voucher_is_a_fair_draw_that_changes_no_order_and_costs_margin() -> None:
    from sample_data.initiative_truth import voucher

    told = voucher(world())
    strata = (
        world()
        .vouchers.group_by("stratum")
        .agg(treated=(pl.col("arm") == "treated").sum(), control=(pl.col("arm") == "control").sum())
    )
    assert (strata["treated"] - strata["control"]).abs().max() <= 2
    assert told["realised_difference"] == pytest.approx(0, abs=0.03)
    assert -12 < told["true_effect_on_margin_per_customer"] < -5
    true = told["true_effect_on_margin_per_customer"]
    assert told["realised_difference_of_margin"] == pytest.approx(true, abs=3)


def test_discounts_are_given_to_those_drawn_only_and_while_the_voucher_is_valid() -> None:
    from sample_data import vouchers
    from sample_data.clock import DAY

    less = (
        world().orders.filter(pl.col("discount_share") > 0).join(world().vouchers, on="customer", how="left")
    )
    after = less["ordered_at"] - less["assigned_at"]
    assert less.height > 500
    assert (less["arm"] == "treated").all()
    assert after.min() > 0
    assert after.max() <= vouchers.HORIZON_DAYS * DAY


def monthly_shares(customers: pl.Series) -> np.ndarray:
    """Of these customers, who ordered in each month since January 2024 (customers x months)."""
    month = pl.from_epoch(pl.col("ordered_at")).dt
    orders = world().orders.with_columns(month=(month.year() - 2024) * 12 + month.month() - 1)
    ordered = np.zeros((MANY, 36))
    ordered[orders["customer"].to_numpy(), orders["month"].to_numpy()] = 1
    return np.asarray(ordered[customers.to_numpy()])


def test_a_contact_person_brings_the_planted_orders_and_nothing_parted_the_groups_before() -> None:
    from sample_data import personal_contact

    offered = world().contact_persons
    never = monthly_shares(offered.filter(pl.col("arm") == "control")["customer"]).mean(axis=0)
    for number, day in enumerate(personal_contact.WAVES, 1):
        wave = offered.filter(pl.col("stratum") == f"wave {number}")["customer"]
        starts = (day.year - 2024) * 12 + day.month - 1
        apart = monthly_shares(wave).mean(axis=0) - never
        before, settled = apart[starts - 6 : starts], apart[starts + 2 : 34]
        assert len(wave) > 1000
        assert before[:3].mean() == pytest.approx(before[3:].mean(), abs=0.012)
        planted = personal_contact.MONTHLY_EFFECT[-1]
        assert settled.mean() - before.mean() == pytest.approx(planted, abs=0.012)


def test_orders_by_telephone_change_no_other_order() -> None:
    from sample_data.vendors import shopify

    with_them = world().order_book.filter(~world().orders["by_phone"])
    own = world().orders.filter(~pl.col("by_phone"))
    without = shopify.order_book(SEED, world().people, own, world().duplicates, world().clock)
    same = [
        "customer",
        "ordered_at",
        "id",
        "subtotal_cents",
        "discount_cents",
        "refund_share",
        "is_pos",
        "drop",
    ]
    assert world().orders["by_phone"].sum() > 1000
    assert world().order_book["id"].is_unique().all()
    assert world().order_book["id"].is_sorted()
    assert with_them.select(same).equals(without.select(same))


def test_after_the_training_customers_feel_understood_more_often() -> None:
    from sample_data import training
    from sample_data.clock import epoch
    from sample_data.initiative_truth import empathy_training

    told = world().responses.filter("is_finished").drop_nulls("understood")
    talk = training.last_talk(world().contacts, told["customer"].to_numpy(), told["started_at"].to_numpy())
    spoke = (talk["agent"] >= 0).to_numpy()
    team = world().agents["team"].gather(talk["agent"].clip(0)).to_numpy()
    high, at = told["understood"].to_numpy() >= 6, talk["opened_at"].to_numpy()
    last = epoch(max(training.TRAINED_ON.values()))
    first = epoch(min(training.TRAINED_ON.values()))
    trained = np.isin(team, list(training.TRAINED_ON))

    def rise(here: np.ndarray) -> float:
        return float(high[spoke & here & (at >= last)].mean() - high[spoke & here & (at < first)].mean())

    true = empathy_training(world())["true_effect"]
    assert rise(trained) - rise(~trained) == pytest.approx(true, abs=0.035)


def test_states_begin_after_joining_and_an_end_is_told_in_the_file_after_it() -> None:
    from sample_data import contact_states
    from sample_data.clock import NEVER

    known, people, cuts = world().contact_states, world().people, world().clock.cuts
    assert (known["from_at"] > people["joined_at"].gather(known["customer"])).all()
    assert known.filter(pl.col("until_at") == NEVER).height > 20
    ended = known.filter((pl.col("from_at") < cuts[0]) & pl.col("until_at").is_between(cuts[0], cuts[1] - 1))
    ended = ended.filter(~pl.col("state").is_in(contact_states.END_IS_KNOWN))
    then, later = (
        contact_states.rows(ended, people, cut, since) for cut, since in ((cuts[0], 0), (cuts[1], cuts[0]))
    )
    assert ended.height > 0
    assert then["until_at"].null_count() == then.height == ended.height
    assert later["until_at"].null_count() == 0
    assert later.drop("until_at").equals(then.drop("until_at"))
