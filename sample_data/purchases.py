"""What customers order in the online shop, and what the thank-you note truly does to it.

The shop opened when the history starts, so every customer's first order is in the data. Orders follow a
process in operational time (calendar time stretched by how busy a day is): the gap after the first order is
shorter, later gaps are exponential with the customer's own rate.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from sample_data.clock import DAY, HOUR, NEVER, Clock, busyness, draw, epoch, to_utc

MOST_ORDERS = 48
NOTE_EFFECT = 0.06
NOTE_CONTROL_SHARE = 0.22
NOTE_FROM_DAYS = 120
"""Days after the shop's opening from which second orders are drawn for a note."""
NOTE_UNTIL_DAYS = 52
"""The draw stops this many days before the first drop: over 100 days before the sample's clock."""
DELIVERED_SHARE = 0.95
RATE_PER_90_DAYS = 0.22
FIRST_GAP_SHARE = 0.45
EMOTION_RAISES_RATE = 0.22
"""Of ordering, for a standard deviation of the lasting part of a customer's emotion (of the logarithm)."""


@dataclass(frozen=True)
class Purchases:
    """Orders (one row each, ascending in time), rates of the true process and the draw for the note."""

    orders: pl.DataFrame
    draw: pl.DataFrame
    rate_per_90_days: np.ndarray
    mean_basket: np.ndarray


def operational_time(clock: Clock) -> tuple[np.ndarray, np.ndarray]:
    """Local midnights and the activity accumulated until then, in average days."""
    days = np.append(clock.days, clock.days[-1] + DAY)
    level = busyness(clock.days)
    return days, np.concatenate([[0.0], np.cumsum(level / level.mean())])


def times_of_day(rng: np.random.Generator, n: int) -> np.ndarray:
    """Seconds after local midnight at which people shop: noon and evening, hardly at night."""
    hours = np.array(
        [1, 0.5, 0.3, 0.2, 0.2, 0.5, 1.5, 3, 4, 5, 5.5, 6, 7, 6, 5, 5, 5.5, 6, 7, 9, 10, 8, 5, 2.5]
    )
    return rng.choice(24, n, p=hours / hours.sum()) * HOUR + rng.integers(0, HOUR, n)


def note_strata(people: pl.DataFrame) -> pl.Series:
    """The strata of the draw: customer group and language."""
    return people["segment"] + " · " + people["language"]


def draw_for_note(seed: int, people: pl.DataFrame, second_at: np.ndarray, clock: Clock) -> pl.DataFrame:
    """Half of those whose second order falls in the window, drawn inside strata in blocks of four.

    Columns: customer, arm, stratum, assigned_at (the next morning at 06:30), delivered.
    """
    rng = draw(seed, "note draw")
    opens, last = epoch(clock.opens_on) + NOTE_FROM_DAYS * DAY, epoch(clock.drops[0]) - NOTE_UNTIL_DAYS * DAY
    eligible = np.flatnonzero((second_at >= opens) & (second_at < last))
    eligible = eligible[np.argsort(second_at[eligible], kind="stable")]
    stratum = note_strata(people).gather(eligible)
    shuffled = pl.DataFrame({"stratum": stratum, "lot": rng.random(len(eligible))}).with_columns(
        block=pl.int_range(pl.len()).over("stratum") // 4
    )
    treated = shuffled.select(pl.col("lot").rank("ordinal").over("stratum", "block") <= 2).to_series()
    morning = (second_at[eligible] // DAY + 1) * DAY + 6 * HOUR + 1800
    return pl.DataFrame(
        {
            "customer": eligible,
            "arm": pl.Series(["control", "treated"]).gather(treated.cast(pl.Int64)),
            "stratum": stratum,
            "assigned_at": to_utc(morning),
            "delivered": treated & pl.Series(rng.random(len(eligible)) < DELIVERED_SHARE),
        }
    )


def purchases(seed: int, people: pl.DataFrame, clock: Clock) -> Purchases:
    """Simulates every customer's orders.

    `orders` has customer, nth, ordered_at (UTC seconds), amount (in the customer's currency, before shipping).
    """
    rng = draw(seed, "purchases")
    n = people.height
    value, emotion = people["value"].to_numpy(), people["emotion"].to_numpy()
    business = (people["segment"] == "Business").to_numpy()
    rate = RATE_PER_90_DAYS * np.exp(
        0.75 * value + EMOTION_RAISES_RATE * emotion + 0.35 * rng.standard_normal(n) - 0.35
    )

    midnights, activity = operational_time(clock)
    opens, ends = epoch(clock.opens_on), epoch(clock.drops[-1])
    adoption = opens + rng.beta(1.0, 1.5, n) * (ends - opens)
    joined = people["joined_at"].to_numpy()
    first_at = np.where(joined > opens, joined + rng.exponential(12, n) * DAY, adoption)
    never_orders = rng.random(n) < 0.05

    gaps = rng.exponential(1.0, (n, MOST_ORDERS)) / rate[:, None] * 90
    gaps[:, 0] = np.interp(first_at, midnights, activity, right=np.inf)
    gaps[:, 1] *= FIRST_GAP_SHARE
    at_activity = np.cumsum(gaps, axis=1)
    at_activity[never_orders] = np.inf
    day = np.interp(at_activity, activity, midnights, right=np.nan)
    happened = at_activity < activity[-1]
    day = np.where(happened, day, 0).astype(np.int64) // DAY * DAY
    local = np.where(happened, day + times_of_day(rng, n * MOST_ORDERS).reshape(n, MOST_ORDERS), NEVER)
    local = np.sort(local, axis=1)

    lot = draw_for_note(seed, people, local[:, 1], clock)
    extra = returns_because_of_note(seed, lot, local)
    local = np.sort(np.concatenate([local, extra[:, None]], axis=1), axis=1)

    customer, nth = np.nonzero((local < NEVER) & (local < ends))
    basket = np.exp(3.95 + 0.42 * value + 0.35 * rng.standard_normal(n) + 0.8 * business)
    ordered_at = to_utc(local[customer, nth])
    amount = basket[customer] * np.exp(0.45 * rng.standard_normal(len(customer)) - 0.1)
    orders = pl.DataFrame(
        {
            "customer": customer,
            "nth": nth + 1,
            "ordered_at": ordered_at,
            "amount": np.maximum(amount, 6.0).round(2),
        }
    ).sort("ordered_at", "customer")
    return Purchases(orders, lot, rate, basket)


def returns_because_of_note(seed: int, lot: pl.DataFrame, local: np.ndarray) -> np.ndarray:
    """One further order for some of those who got a note and would not have come back (local seconds or NEVER).

    The chance is set so that, with the control share and the delivered share as planned, the effect of being
    drawn is NOTE_EFFECT.
    """
    rng = draw(seed, "note effect")
    extra = np.full(len(local), NEVER)
    customer, assigned = lot["customer"].to_numpy(), lot["assigned_at"].to_numpy()
    third = local[customer, 2]
    stays_away = third > assigned + 90 * DAY
    chance = NOTE_EFFECT / (1 - NOTE_CONTROL_SHARE) / DELIVERED_SHARE
    comes = lot["delivered"].to_numpy() & stays_away & (rng.random(len(customer)) < chance)
    at = assigned // DAY * DAY + rng.integers(9, 86, len(customer)) * DAY + times_of_day(rng, len(customer))
    extra[customer[comes]] = at[comes]
    return extra
