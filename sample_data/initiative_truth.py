"""What each initiative truly does, and what its data show by chance in this seed."""

from typing import Any

import numpy as np
import polars as pl

from sample_data import initiatives as plans
from sample_data import personal_contact, purchases, survey, training, vouchers
from sample_data.clock import DAY, NEVER, draw, epoch
from sample_data.people import TRAIT_SHARE
from sample_data.settings import MARGIN_SHARE
from sample_data.vendors import shopify
from sample_data.world import CHF_IN_EUR, World

AGAIN_DAYS = 90
NEXT_ANSWER_DAYS = 180


def initiatives(world: World) -> dict[str, Any]:
    """Per initiative: `true_effect` on its own outcome, how it was decided who gets it, and what came of it."""
    acts = dict(world.acts.group_by("initiative_id").len().iter_rows())
    nothing = {"true_effect": 0.0, "is_drawn_by_lot": False}
    told = {
        plans.NOTE: note(world),
        plans.BIRTHDAY: nothing,
        plans.DISCOUNT: nothing
        | {
            "trap": "given to customers who had just said they felt bad; they feel better later with or without it"
        },
        plans.CALL: call(world),
        plans.VOUCHER: voucher(world),
        plans.PERSON: contact_person(world),
        plans.TRAINING: empathy_training(world),
        plans.EASY_HUMAN: nothing,
    }
    return {key: said | {"acts": acts.get(key, 0)} for key, said in told.items()}


def note(world: World) -> dict[str, Any]:
    """The note: more of those drawn order again within AGAIN_DAYS."""
    arms = ordered_again(world, world.purchases.draw, AGAIN_DAYS)
    return {
        "true_effect": purchases.NOTE_EFFECT,
        "is_drawn_by_lot": True,
        "arms": arms,
        "realised_difference": _difference(arms),
        "cost_of_one": "3.20",
    }


def ordered_again(world: World, drawn: pl.DataFrame, days: int) -> dict[str, dict[str, int]]:
    """By arm, how many were drawn, and how many of them ordered within some days of it."""
    orders = world.orders.select("customer", "ordered_at")
    after = drawn.join(orders, on="customer", how="left").with_columns(
        again=(pl.col("ordered_at") - pl.col("assigned_at")).is_between(1, days * DAY)
    )
    each = after.group_by("customer").agg(pl.col("again").any(), pl.col("arm").first())
    return {
        arm: {"drawn": group.height, "ordered_again": int(group["again"].sum())}
        for arm in ("treated", "control")
        for group in [each.filter(pl.col("arm") == arm)]
    }


def _difference(arms: dict[str, dict[str, int]]) -> float:
    treated, control = (
        arms[arm]["ordered_again"] / max(arms[arm]["drawn"], 1) for arm in ("treated", "control")
    )
    return round(treated - control, 6)


def call(world: World) -> dict[str, Any]:
    """The call after a bad answer: everybody feels better next time, called or not."""
    bad = world.responses.filter(
        pl.col("is_finished")
        & ~pl.col("is_anonymous")
        & (pl.col("emotion") <= 3)
        & pl.col("recorded_at").is_between(epoch(plans.CALLS_FROM), epoch(plans.CALLS_UNTIL))
    ).select("customer", "emotion", at="ended_at")
    later = world.responses.filter(pl.col("is_finished") & ~pl.col("is_anonymous")).select(
        "customer", after="emotion", later_at="ended_at"
    )
    following = (
        bad.join(later.drop_nulls("after"), on="customer")
        .filter((pl.col("later_at") - pl.col("at")).is_between(1, NEXT_ANSWER_DAYS * DAY))
        .sort("later_at")
        .unique(["customer", "at"], keep="first", maintain_order=True)
    )
    called = world.calls.select("customer", "assigned_at")
    each = bad.join(following.select("customer", "at", "after"), on=["customer", "at"], how="left").join(
        called, on="customer", how="left"
    )
    since = (pl.col("assigned_at") - pl.col("at")).is_between(0, 10 * DAY).fill_null(False)
    each = each.with_columns(called=since)
    return {
        "true_effect": 0.0,
        "true_effect_on_purchase_share": 0.0,
        "true_effect_on_margin_per_customer": 0.0,
        "is_drawn_by_lot": False,
        "trap": "who felt bad feels better the next time, called or not; compare bad answers with bad answers",
        "bad_answers": {
            who: {
                "n": group.height,
                "answered_again": group["after"].drop_nulls().len(),
                "mean_before": round(_mean(group.drop_nulls("after")["emotion"]), 4),
                "mean_after": round(_mean(group["after"].drop_nulls()), 4),
                "high_share_after": round(_mean(group["after"].drop_nulls() >= 6), 4),
            }
            for who, here in (("called", True), ("not_called", False))
            for group in [each.filter(pl.col("called") == here)]
        },
        "cost_of_one": "6.50",
    }


def _mean(values: pl.Series) -> float:
    return float(np.mean(values.to_numpy())) if len(values) else 0.0


def kept_cents(book: pl.DataFrame) -> pl.DataFrame:
    """What is left of each order after refunds, in cents of its currency: customer, ordered_at, kept, discount."""
    total = pl.col("subtotal_cents") + shopify.shipping_cents()
    refunded = pl.col("refund_at") < NEVER
    gone = pl.col("is_cancelled") | (refunded & (pl.col("refund_share") >= 1))
    back = (
        pl.when(gone)
        .then(total)
        .when(refunded)
        .then((pl.col("subtotal_cents") * pl.col("refund_share")).round())
        .otherwise(0)
    )
    return book.select(
        "customer", "ordered_at", kept=total - back, discount=pl.col("discount_cents") * (1 - back / total)
    )


def voucher(world: World) -> dict[str, Any]:
    """The voucher: nobody orders more; the discounts are what it costs, order by order."""
    drawn = world.vouchers
    in_francs = (world.people["country"] == "CH").gather(world.order_book["customer"])
    rate = pl.Series(np.where(in_francs, CHF_IN_EUR, 1.0)) / 100
    paid = kept_cents(world.order_book).with_columns(pl.col("kept", "discount") * rate)
    window = (
        (pl.col("ordered_at") - pl.col("assigned_at"))
        .is_between(1, vouchers.HORIZON_DAYS * DAY)
        .fill_null(False)
    )
    margin = (pl.col("kept") + pl.col("discount")) * MARGIN_SHARE - pl.col("discount")
    each = (
        drawn.join(paid, on="customer", how="left")
        .group_by("customer")
        .agg(
            pl.col("arm").first(),
            margin=margin.filter(window).sum(),
            discount=pl.col("discount").filter(window).sum(),
        )
    )
    by_arm = {arm: each.filter(pl.col("arm") == arm) for arm in ("treated", "control")}
    means = {arm: _mean(group["margin"]) for arm, group in by_arm.items()}
    arms = ordered_again(world, drawn, vouchers.HORIZON_DAYS)
    given = _mean(by_arm["treated"]["discount"])
    return {
        "true_effect": 0.0,
        "true_effect_on_purchase_share": 0.0,
        "true_effect_on_margin_per_customer": round(-given, 2),
        "is_drawn_by_lot": True,
        "margin_share": MARGIN_SHARE,
        "discount_share": vouchers.DISCOUNT_SHARE,
        "horizon_days": vouchers.HORIZON_DAYS,
        "arms": {
            arm: arms[arm] | {"mean_margin_eur": round(means[arm], 2)} for arm in ("treated", "control")
        },
        "realised_difference": _difference(arms),
        "realised_difference_of_margin": round(means["treated"] - means["control"], 2),
        "cost_of_one": "1.20",
    }


def contact_person(world: World) -> dict[str, Any]:
    """The contact person: the planted rise of the share who order in a month, and how many orders it brought."""
    offered = world.contact_persons
    return {
        "true_effect_by_month_since_the_offer": list(personal_contact.MONTHLY_EFFECT),
        "true_effect": personal_contact.MONTHLY_EFFECT[-1],
        "is_drawn_by_lot": False,
        "waves": {
            wave: {"starts_on": day.isoformat(), "offered": offered.filter(pl.col("stratum") == wave).height}
            for wave, day in zip(("wave 1", "wave 2", "wave 3"), personal_contact.WAVES, strict=True)
        },
        "not_offered": offered.filter(pl.col("arm") == "control").height,
        "orders_it_brought": int(world.orders["by_phone"].sum()),
        "cost_of_one": "9.00",
    }


def empathy_training(world: World) -> dict[str, Any]:
    """The training: what it adds to the share who felt understood, and listened to, after talking to a trained team."""
    everybody = np.arange(world.n)
    lasting = np.sqrt(TRAIT_SHARE) * world.people.select(survey.DRIVERS).to_numpy()[everybody]
    rng = draw(world.seed, "what training is worth")
    effects = {}
    for item in training.TRAINED_ITEMS:
        weights = np.array(survey.CARE_EFFECTS[item])
        spread = np.sqrt(1 - TRAIT_SHARE * survey.explained(survey.CARE_EFFECTS[item]))
        latent = lasting @ weights + spread * rng.standard_normal(world.n)
        edge = survey.normal_quantiles(np.array([sum(survey.SHARES[item][:5]) / 100]))[0]
        effects[item] = float(np.mean(latent + training.LATENT_EFFECT > edge) - np.mean(latent > edge))
    return {
        "true_effect": round(effects["understood"], 4),
        "true_effect_on": {item: round(effect, 4) for item, effect in effects.items()},
        "latent_effect_in_standard_deviations": training.LATENT_EFFECT,
        "is_drawn_by_lot": False,
        "trained_on": {team: day.isoformat() for team, day in training.TRAINED_ON.items()},
        "teams": world.agents["team"].n_unique(),
        "counts_for": f"answers within {training.AFTER_DAYS} days of the last talk with the team",
    }
