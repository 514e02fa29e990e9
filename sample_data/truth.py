"""What is true in the sample company, for tests and for readers who want to check the dashboard."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl

from sample_data import care, purchases, survey
from sample_data.clock import AS_OF, DAY, EVENING_FROM_HOUR, HOUR, ROTA_WEEK_FROM, epoch, to_local
from sample_data.contacts import PROMISE_SECONDS
from sample_data.people import DRIVER_CORRELATION
from sample_data.world import World

LEADERS = {
    "purchase_more": "emotion leads",
    "recommend": "emotion leads",
    "forgive": "emotion leads",
    "trust": "tied",
}


def truth(world: World, ledger: list[dict[str, Any]]) -> dict[str, Any]:
    """Everything that was planted, and what came of it by chance in this seed."""
    return {
        "about": "The truth behind sample_data. Simulated; no person, company or order in it exists.",
        "seed": world.seed,
        "customers": world.n,
        "months": world.clock.months,
        "as_of": AS_OF.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "drops": [day.isoformat() for day in world.clock.drops],
        "identity": identity(world),
        "loyalty": loyalty(world),
        "reaching_a_person": reaching_a_person(world),
        "initiatives": initiatives(world),
        "top_customers": top_customers(world),
        "files": ledger,
    }


def identity(world: World) -> dict[str, Any]:
    """How many people there are, and who was recorded twice."""
    doubles, cut = world.duplicates, world.clock.cuts
    merged = doubles.filter(pl.col("merged_at") < cut[-1])
    strangers = world.contacts.filter((pl.col("customer") < 0) & (pl.col("opened_at") < cut[-1])).height
    return {
        "people": world.n + strangers,
        "customers": world.n,
        "strangers": strangers,
        "hubspot_duplicates_merged_before_the_history": merged.filter(pl.col("merged_at") < cut[0]).height,
        "hubspot_duplicates_merged_in_weekly_drops": merged.filter(pl.col("merged_at") >= cut[0]).height,
        "hubspot_duplicates_joined_by_telephone_only": doubles.height - merged.height,
        "salesforce_duplicates_merged": int((world.salesforce.merged_at < cut[-1]).sum()),
    }


def loyalty(world: World) -> dict[str, Any]:
    """The effects behind the answers of the relationship survey."""
    return {
        "driver_correlation": DRIVER_CORRELATION,
        "standardised_effects": {
            behaviour: dict(zip(survey.DRIVERS, effects, strict=True))
            for behaviour, effects in survey.EFFECTS.items()
        },
        "verdicts": LEADERS | {"overall": "emotion leads"},
        "finished_answers": int(world.responses["is_finished"].sum()),
    }


def reaching_a_person(world: World) -> dict[str, Any]:
    """Waits of the last five weeks: asked, reached within the promise; and evening chat alone."""
    tickets = world.contacts.filter(pl.col("human_requested_at") < world.clock.cuts[-1])
    promise = tickets["channel"].replace_strict(PROMISE_SECONDS, return_dtype=pl.Int64)
    local = pl.Series(to_local(tickets["human_requested_at"].to_numpy()))
    frame = tickets.select("channel").with_columns(
        kept=(tickets["first_human_at"] - tickets["human_requested_at"]) <= promise,
        week=(local - epoch(ROTA_WEEK_FROM)) // (7 * DAY),
        is_evening_chat=(tickets["channel"] == "chat") & (local % DAY // HOUR >= EVENING_FROM_HOUR),
    )
    weeks = {}
    for back in range(-4, 1):
        week = frame.filter(pl.col("week") == back)
        monday = datetime.fromtimestamp(epoch(ROTA_WEEK_FROM) + back * 7 * DAY, UTC)
        evening, rest = week.filter("is_evening_chat"), week.filter(~pl.col("is_evening_chat"))
        weeks[f"{monday:%G-W%V}"] = {
            "asked": week.height,
            "reached_in_time": int(week["kept"].sum()),
            "evening_chat_asked": evening.height,
            "evening_chat_reached_in_time": int(evening["kept"].sum()),
            "all_other_asked": rest.height,
            "all_other_reached_in_time": int(rest["kept"].sum()),
        }
    return {
        "what_happened": "A new evening rota from Monday 2026-11-09: evening chat (18 to 22 o'clock) answers later.",
        "week_it_fell": "2026-W46",
        "weeks": weeks,
    }


def initiatives(world: World) -> dict[str, Any]:
    """True effects on 'ordered again within 90 days', and what the note's draw shows in this seed."""
    lot = world.purchases.draw
    bought = lot.join(world.orders.select("customer", "ordered_at"), on="customer", how="left").with_columns(
        again=(pl.col("ordered_at") > pl.col("assigned_at"))
        & (pl.col("ordered_at") <= pl.col("assigned_at") + 90 * DAY)
    )
    each = bought.group_by("customer").agg(pl.col("again").any(), pl.col("arm").first())
    arms = {
        arm: {"drawn": group.height, "ordered_again": int(group["again"].sum())}
        for arm in ("treated", "control")
        for group in [each.filter(pl.col("arm") == arm)]
    }
    acts = dict(world.acts.group_by("initiative_id").len().iter_rows())
    return {
        care.NOTE: {
            "true_effect": purchases.NOTE_EFFECT,
            "is_drawn_by_lot": True,
            "arms": arms,
            "realised_difference": round(_share(arms["treated"]) - _share(arms["control"]), 6),
            "cost_of_one": "3.20",
            "acts": acts.get(care.NOTE, 0),
        },
        care.BIRTHDAY: {"true_effect": 0.0, "is_drawn_by_lot": False, "acts": acts.get(care.BIRTHDAY, 0)},
        care.DISCOUNT: {
            "true_effect": 0.0,
            "is_drawn_by_lot": False,
            "trap": "given to customers who had just said they felt bad; they feel better later with or without it",
            "acts": acts.get(care.DISCOUNT, 0),
        },
        care.TRAINING: {"true_effect": 0.0, "is_drawn_by_lot": False, "acts": 0},
        care.EASY_HUMAN: {"true_effect": 0.0, "is_drawn_by_lot": False, "acts": 0},
    }


def _share(arm: dict[str, int]) -> float:
    return arm["ordered_again"] / max(arm["drawn"], 1)


def top_customers(world: World) -> dict[str, Any]:
    """Who is truly worth most, and how much of what was spent came from the tenth that spent most."""
    spent = np.bincount(
        world.spending["customer"].to_numpy(), world.spending["amount"].to_numpy(), minlength=world.n
    )
    tenth = max(round(world.n / 10), 1)
    best = np.argsort(-world.expected_spend, kind="stable")[:tenth]
    numbers = world.people["customer_number"]
    return {
        "spend_share_of_the_top_tenth": round(float(np.sort(spent)[::-1][:tenth].sum() / spent.sum()), 6),
        "by_true_expected_value": [
            {"customer_id": numbers[int(c)], "expected_365d_amount": round(float(world.expected_spend[c]), 2)}
            for c in best
        ],
    }
