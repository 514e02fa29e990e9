"""Conversations with the care team: tickets, chats, calls and e-mails in the helpdesk, and how long people waited."""

import numpy as np
import polars as pl

from sample_data import words
from sample_data.clock import (
    CHAT_OPENED_ON,
    DAY,
    EVENING_FROM_HOUR,
    HOUR,
    NEVER,
    ROTA_WEEK_FROM,
    Clock,
    busyness,
    draw,
    epoch,
    pick,
    to_utc,
)
from sample_data.training import TRAINED_ON

SHIFTS = ["Limmat", "Sihl", "Reuss", "Aare", "Rhein", "Evening"]
AGENTS_PER_SHIFT = 4
TEAMS = [
    "Limmat",
    "Thur",
    "Sihl",
    "Linth",
    "Reuss",
    "Inn",
    "Aare",
    "Doubs",
    "Rhein",
    "Ticino",
    "Dusk",
    "Late",
]
"""Two to a shift, in the order of SHIFTS."""
FIRST_AGENT_ID = 360_786_799_601
FIRST_TICKET_ID = 21_001
STRANGER_SHARE = 0.012
ABOUT_AN_ORDER_SHARE = 0.18
STEADY_DAYS = 180
"""Contacts grew until this many days before the end; since then they only follow the season."""
PROMISE_SECONDS = {"chat": 120, "phone": 120, "email": 14_400, "web": 14_400}
MEDIAN_WAIT = {"chat": 41.0, "phone": 45.0, "email": 3_300.0, "web": 3_300.0}
WAIT_SPREAD = {"chat": 0.85, "phone": 0.79, "email": 0.9, "web": 0.9}
ROTA_MEDIAN_WAIT = 102.0
"""Evening chat in the first week of the new rota: from Monday 9 November 2026."""

# per week and 5,000 customers: at the shop's opening, at the end
WEEKLY = {"email": (34, 118), "phone": (24, 82), "web": (12, 40), "chat": (60, 300)}
PROACTIVE_PER_REACTIVE = 0.21
BOT_ONLY_SHARE = 0.12

_HOURS = {
    "chat": [0] * 8 + [4, 5, 6, 6, 5, 5, 5, 5, 6, 7, 11, 13, 13, 9, 0, 0],
    "phone": [0] * 8 + [9, 12, 12, 10, 7, 8, 10, 10, 9, 7] + [0] * 6,
    "email": [0.5, 0.3, 0.2, 0.2, 0.2, 0.4, 1, 4, 7, 8, 8, 7, 6, 6, 7, 7, 7, 6, 5, 5, 5, 4, 2.5, 1.2],
    "proactive": [0] * 8 + [8, 12, 13, 11, 6, 8, 12, 12, 10, 6] + [0] * 6,
}
_HOURS["web"] = _HOURS["email"]


def agents() -> pl.DataFrame:
    """Agents of the twelve teams; eight teams had the empathy training, two at a time."""
    per_team = AGENTS_PER_SHIFT * len(SHIFTS) // len(TEAMS)
    team = [name for name in TEAMS for _ in range(per_team)]
    trained = {name: day.isoformat() for name, day in TRAINED_ON.items()}
    return pl.DataFrame(
        {
            "agent_id": [str(FIRST_AGENT_ID + 17 * number) for number in range(len(team))],
            "agent_source": "zendesk",
            "team": team,
            "trained_on": [trained.get(name, "") for name in team],
        }
    )


def arrivals(
    rng: np.random.Generator, clock: Clock, channel: str, customers: int, proactive: bool
) -> np.ndarray:
    """Local arrival times of one channel (seconds, unsorted); chat only from the day it opened."""
    days = clock.days
    low, high = WEEKLY[channel]
    opens = max(epoch(CHAT_OPENED_ON), days[0]) if channel == "chat" else days[0]
    progress = np.clip((days - opens) / (days[-STEADY_DAYS] - opens), 0, 1)
    level = np.sqrt(busyness(days))
    expected = (low + (high - low) * progress) / 7 * customers / 5_000 * level / level[-91:].mean()
    if proactive:
        expected *= PROACTIVE_PER_REACTIVE
    counts = rng.poisson(np.where(days >= opens, expected, 0))
    hours = np.array(_HOURS["proactive" if proactive else channel], dtype=float)
    n = counts.sum()
    return (
        np.repeat(days, counts) + rng.choice(24, n, p=hours / hours.sum()) * HOUR + rng.integers(0, HOUR, n)
    )


def who_contacts(
    rng: np.random.Generator, people: pl.DataFrame, orders: pl.DataFrame, at: np.ndarray
) -> np.ndarray:
    """Customer per contact: some ordered shortly before, the others are anybody who has joined; -1 = a stranger."""
    ordered_at, buyer = orders["ordered_at"].to_numpy(), orders["customer"].to_numpy()
    recent = np.searchsorted(ordered_at, at - rng.integers(0, 12 * DAY, len(at))) - 1
    joined = np.searchsorted(people["joined_at"].to_numpy(), at)
    anybody = (rng.random(len(at)) * np.maximum(joined, 1)).astype(np.int64)
    customer = np.where(
        (rng.random(len(at)) < ABOUT_AN_ORDER_SHARE) & (recent >= 0), buyer[np.maximum(recent, 0)], anybody
    )
    return np.where(rng.random(len(at)) < STRANGER_SHARE, -1, customer)


def first_human(rng: np.random.Generator, channel: np.ndarray, asked_local: np.ndarray) -> np.ndarray:
    """Local time at which a person answers; written channels are answered between 7 and 22 o'clock."""
    median = np.array([MEDIAN_WAIT[c] for c in MEDIAN_WAIT])[channel]
    spread = np.array([WAIT_SPREAD[c] for c in WAIT_SPREAD])[channel]
    hour, day = asked_local % DAY // HOUR, asked_local // DAY * DAY
    rota = (channel == 0) & (hour >= EVENING_FROM_HOUR) & (day >= epoch(ROTA_WEEK_FROM))
    wait = np.where(rota, ROTA_MEDIAN_WAIT, median) * np.exp(spread * rng.standard_normal(len(channel)))
    written = channel >= 2
    starts = np.where(
        written & (hour < 7), day + 7 * HOUR, np.where(written & (hour >= 22), day + 31 * HOUR, asked_local)
    )
    return starts + np.maximum(wait, 3).astype(np.int64)


def contacts(seed: int, people: pl.DataFrame, orders: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    """One row per ticket in order of opening; times in UTC seconds, NEVER where it did not happen.

    customer (-1 = stranger), channel, direction, handled_by, topic, opened_at, human_requested_at, first_human_at,
    abandoned_at, resolved_at, rated_at, is_good, agent, reopens, replies.
    """
    rng = draw(seed, "contacts")
    channels = list(MEDIAN_WAIT)
    n_customers = people.height
    local, channel, proactive = [], [], []
    for number, name in enumerate(channels):
        asked = arrivals(rng, clock, name, n_customers, False)
        offered = arrivals(rng, clock, name, n_customers, True)
        local += [asked, offered]
        channel += [np.full(len(asked) + len(offered), number)]
        proactive += [np.repeat([False, True], [len(asked), len(offered)])]
    order = np.argsort(np.concatenate(local), kind="stable")
    opened_local = np.concatenate(local)[order]
    channel_code, is_proactive = np.concatenate(channel)[order], np.concatenate(proactive)[order]
    n = len(order)

    customer = who_contacts(rng, people, orders, to_utc(opened_local))
    is_chat = channel_code == 0
    bot_only = is_chat & ~is_proactive & (rng.random(n) < BOT_ONLY_SHARE)
    asks = ~is_proactive & ~bot_only
    asked_local = opened_local + np.where(is_chat, rng.integers(15, 150, n), 0)
    human_local = first_human(rng, channel_code, asked_local)
    patience = np.where(channel_code < 2, 420 * np.exp(0.7 * rng.standard_normal(n)), np.inf)
    gives_up = asks & (human_local - asked_local > patience)
    abandoned_local = asked_local + np.minimum(patience, 1e7).astype(np.int64)

    median_work = np.array([700, 560, 26_000, 30_000])[channel_code]
    work = (median_work * np.exp(0.8 * rng.standard_normal(n))).astype(np.int64) + 60
    start = np.where(gives_up, abandoned_local, np.where(asks, human_local, opened_local))
    resolved_local = start + np.where(gives_up, 300, np.where(bot_only, 240, work))
    drags_on = rng.random(n) < 0.03
    resolved_local += np.where(drags_on & ~gives_up, rng.integers(2, 20, n) * DAY, 0)

    kept = human_local - asked_local <= np.array([PROMISE_SECONDS[c] for c in channels])[channel_code]
    feeling = np.append(people["emotion"].to_numpy(), 0.0)[customer]
    rates = ~gives_up & (customer >= 0) & (rng.random(n) < np.where(asks, 0.24, 0.04))
    good = rng.random(n) < 1 / (1 + np.exp(-(2.0 + 0.5 * feeling - 1.0 * (asks & ~kept))))

    def utc_if(happens: np.ndarray, at: np.ndarray) -> np.ndarray:
        return np.where(happens, to_utc(at), NEVER)

    evening = opened_local % DAY // HOUR >= EVENING_FROM_HOUR
    shift = np.where(evening, SHIFTS.index("Evening"), rng.integers(0, len(SHIFTS) - 1, n))
    topic = pick(rng, words.TOPICS, n, [30, 14, 11, 17, 7, 6, 10, 5])
    offered_topic = pick(rng, words.PROACTIVE_TOPICS, n, [35, 30, 20, 15])
    handled = np.where(bot_only, 0, np.where(is_chat & asks, 2, 1))
    return pl.DataFrame(
        {
            "ticket_id": FIRST_TICKET_ID + np.arange(n),
            "customer": customer,
            "channel": pl.Series(channels).gather(channel_code),
            "direction": pl.Series(["reactive", "proactive"]).gather(is_proactive.astype(int)),
            "handled_by": pl.Series(["bot", "human", "both"]).gather(handled),
            "topic": offered_topic.zip_with(pl.Series(is_proactive), topic),
            "opened_at": to_utc(opened_local),
            "human_requested_at": utc_if(asks, asked_local),
            "first_human_at": utc_if(asks & ~gives_up, human_local),
            "abandoned_at": utc_if(gives_up, abandoned_local),
            "resolved_at": to_utc(resolved_local),
            "rated_at": utc_if(rates, resolved_local + (rng.exponential(9, n) * HOUR).astype(np.int64) + 60),
            "is_good": good,
            "agent": np.where(
                bot_only | gives_up, -1, shift * AGENTS_PER_SHIFT + rng.integers(0, AGENTS_PER_SHIFT, n)
            ),
            "reopens": np.where(rng.random(n) < 0.04, 1, 0),
            "replies": 1 + rng.poisson(0.8, n),
            "body": rng.integers(0, 3, n),
            "is_merged": rng.random(n) < 0.004,
        }
    )
