"""What is true in the sample company, for tests and for readers who want to check the dashboard."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl

from sample_data import aftermath, care, initiative_truth, purchases, silence, survey
from sample_data.clock import AS_OF, DAY, EVENING_FROM_HOUR, HOUR, ROTA_WEEK_FROM, epoch, to_local
from sample_data.contacts import PROMISE_SECONDS
from sample_data.people import DRIVER_CORRELATION
from sample_data.web_truth import website
from sample_data.world import World

QUARTER_DAYS, HORIZON_DAYS = 91, 180
LEADERS = {
    "purchase_more": "emotion leads",
    "recommend": "emotion leads",
    "forgive": "emotion leads",
    "trust": "tied",
}


def truth(world: World, ledger: list[dict[str, Any]], has_website: bool) -> dict[str, Any]:
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
        "who_answers": who_answers(world),
        "bad_experiences": bad_experiences(world),
        "words_and_deeds": words_and_deeds(world),
        "bots": bots(world),
        "reaching_a_person": reaching_a_person(world),
        "initiatives": initiative_truth.initiatives(world),
        "top_customers": top_customers(world),
        "promises_and_goals": promises_and_goals(),
        "website": website(world) if has_website else None,
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
        "standardised_effects_on_care_items": {
            item: dict(zip(survey.DRIVERS, effects, strict=True))
            for item, effects in survey.CARE_EFFECTS.items()
        },
        "repeats_after_several_channels": survey.REPEATS_AFTER_SEVERAL_CHANNELS,
        "verdicts": LEADERS | {"overall": "emotion leads"},
        "finished_answers": int(world.responses["is_finished"].sum()),
    }


def who_answers(world: World) -> dict[str, Any]:
    """Who is heard too rarely, and what we would see if everybody had answered in the last 13 weeks."""
    until = world.clock.cuts[-1]
    heard = world.responses.filter(
        pl.col("is_finished")
        & pl.col("ended_at").is_between(until - QUARTER_DAYS * DAY, until, closed="left")
    )
    invited = world.invitations.filter(
        pl.col("invited_at").is_between(until - QUARTER_DAYS * DAY, until, closed="left")
    )
    everybody, likely = np.ones(world.n), silence.answering(world.people)
    items = [*survey.ITEMS, *survey.CARE_ITEMS]
    return {
        "what_happens": "Three groups answer less and feel worse; weighting to the customer base repairs most of it.",
        "groups": {
            group: {
                "share_of_customers": round(float(here.mean()), 6),
                "answers_against_others": silence.GROUPS[group][0],
                "feels_against_others_in_standard_deviations": silence.GROUPS[group][1],
                "invited_last_13_weeks": int(here[invited["customer"].to_numpy()].sum()),
                "answered_last_13_weeks": int(here[heard["customer"].to_numpy()].sum()),
            }
            for group, here in silence.members(world.people).items()
        },
        "emotion_true_share_all_customers": round(
            survey.true_high_share(world.people, "emotion", everybody), 6
        ),
        "true_high_share_all_customers": {
            item: round(survey.true_high_share(world.people, item, everybody), 6) for item in items
        },
        "expected_high_share_of_answers": {
            item: round(survey.true_high_share(world.people, item, likely), 6) for item in items
        },
        "high_share_of_answers_last_13_weeks": {item: _high_share(heard[item]) for item in items},
        "answers_last_13_weeks": heard.height,
        "invited_last_13_weeks": invited.height,
    }


def _high_share(answers: pl.Series) -> float:
    given = answers.drop_nulls()
    return round(float(np.mean(given.filter(given > 0).to_numpy() >= 6)), 6) if len(given) else 0.0


def bad_experiences(world: World) -> dict[str, Any]:
    """Customers who felt bad and then bought nothing for a while: planned orders that were never placed."""
    bad, placed = aftermath.bad_answers(world.responses), world.orders.select("customer", "nth")
    missed = world.purchases.orders.join(placed, on=["customer", "nth"], how="anti")
    return {
        "felt_bad_is": f"an answer of 1 to {aftermath.BAD_EMOTION} to how it felt",
        "answers_that_felt_bad": bad.height,
        "share_that_stays_away": aftermath.STAYS_AWAY_SHARE,
        "stays_away_days": aftermath.STAYS_AWAY_DAYS,
        "orders_not_placed": missed.height,
        "amount_not_spent": round(float(missed["amount"].sum()), 2),
    }


def words_and_deeds(world: World) -> dict[str, Any]:
    """Who ordered within 180 days after saying how likely it is to buy more; and after how it felt.

    Answers old enough that the 180 days are over. The relation is modest and comes from the lasting part of
    emotion, which raises the rate of ordering, and from those who stay away.
    """
    until = world.clock.cuts[-1] - HORIZON_DAYS * DAY
    told = world.responses.filter(pl.col("is_finished") & (pl.col("ended_at") < until))
    orders = world.orders.select("customer", "ordered_at")
    after = told.select("response_id", "customer", "ended_at").join(orders, on="customer", how="left")
    bought = after.group_by("response_id").agg(
        ordered=pl.col("ordered_at")
        .is_between(pl.col("ended_at") + 1, pl.col("ended_at") + HORIZON_DAYS * DAY)
        .fill_null(False)
        .any()
    )
    each = told.join(bought, on="response_id", how="left")
    return {
        "horizon_days": HORIZON_DAYS,
        "rate_of_ordering_per_standard_deviation_of_lasting_emotion": purchases.EMOTION_RAISES_RATE,
        "ordered_again": {
            item: {
                level: {
                    "answers": group.height,
                    "share": round(float(np.mean(group["ordered"].to_numpy())), 6),
                }
                for level, low, high in (("high", 6, 7), ("middle", 4, 5), ("low", 1, 3))
                for group in [each.filter(pl.col(item).is_between(low, high))]
                if group.height
            }
            for item in ("purchase_more", "emotion")
        },
    }


def bots(world: World) -> dict[str, Any]:
    """Contacts that were called solved, and customers who asked about the same topic again within a week."""
    counted = aftermath.came_back(world.contacts, world.clock.cuts[-1])
    return {
        "what_happens": "What the bot alone called solved comes back within 7 days far more often.",
        "came_back_within_days": aftermath.COMES_BACK_DAYS,
        "by_handled_by": {
            handled: {"solved": solved, "came_back": again, "share": round(again / solved, 6)}
            for handled, solved, again in counted.iter_rows()
        },
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


def promises_and_goals() -> dict[str, Any]:
    """What the company promised itself, and where it wants to be."""
    today = AS_OF.date().isoformat()
    open_ones = [(key, due) for key, *_, due, done, _ in care.PROMISES if not done]
    return {
        "done": [key for key, *_, done, _ in care.PROMISES if done],
        "overdue": [key for key, due in open_ones if due < today],
        "not_due_yet": [key for key, due in open_ones if due >= today],
        "goals": {
            key: {"kpi": kpi, "target_share": target, "due_on": due}
            for key, kpi, target, due, _ in care.GOALS
        },
    }


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
