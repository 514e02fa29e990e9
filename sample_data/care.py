"""What the sample company does on purpose to care: initiatives, acts, promises and goals."""

from datetime import date

import numpy as np
import polars as pl

from sample_data import words
from sample_data.clock import DAY, HOUR, NEVER, Clock, draw, epoch, pick, to_local, to_utc
from sample_data.contacts import SHIFTS
from sample_data.initiatives import (
    BIRTHDAY,
    BIRTHDAYS_FROM,
    CALL,
    CALLS_FROM,
    CALLS_UNTIL,
    DISCOUNT,
    DISCOUNTS_FROM,
    DISCOUNTS_UNTIL,
    NOTE,
    PERSON,
    VOUCHER,
)

CALLED_SHARE = {1: 0.7, 2: 0.6, 3: 0.45}
"""Who told us how badly it went, 1 to 3, and has a telephone: the worse, the more often the team finds the time."""
NOT_REACHED_SHARE = 0.15
SPONTANEOUS_WEEKS = 60
ACTS_A_WEEK = (0.32, 0.004)
"""Spontaneous acts a customer and week: the tenth that spent most, everybody else."""
FORGOTTEN_SHARE = 0.06
GENTLE_DAYS = 120
TOP_SHARE = 0.10


def note_acts(seed: int, lot: pl.DataFrame) -> pl.DataFrame:
    """One note for everybody drawn: written one to four days later, the undeliverable ones come back."""
    rng = draw(seed, "note acts")
    drawn = lot.filter(pl.col("arm") == "treated")
    done = (
        drawn["assigned_at"].to_numpy()
        + rng.integers(1, 5, drawn.height) * DAY
        + rng.integers(2, 9, drawn.height) * HOUR
    )
    returned = np.where(drawn["delivered"].to_numpy(), NEVER, done + rng.integers(6, 15, drawn.height) * DAY)
    return acts(
        rng, drawn["customer"].to_numpy(), done, returned, NOTE, "handwritten note", "3.20", "second order"
    )


def birthday_acts(seed: int, people: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    """A card to everyone who told us the birthday and agreed to personal care.

    Includes the cards planned for after the last drop: who is meant to get one is known twelve days before.
    """
    rng = draw(seed, "birthday cards")
    year = BIRTHDAYS_FROM.year
    known = people.filter(
        (pl.col("birthday") != "") & pl.col("has_care_consent") & ~pl.col("birthday").str.ends_with("02-29")
    ).with_columns(on=(pl.lit(f"{year}-") + pl.col("birthday").str.slice(5)).str.to_date())
    posted = known["on"].dt.epoch("s").to_numpy() - 2 * DAY + rng.integers(9, 17, known.height) * HOUR
    due = (posted >= epoch(BIRTHDAYS_FROM)) & (known["joined_at"].to_numpy() < posted - 14 * DAY)
    customer, done = known["customer"].to_numpy()[due], to_utc(posted[due])
    returned = np.where(rng.random(len(done)) < 0.05, done + 9 * DAY, NEVER)
    return acts(rng, customer, done, returned, BIRTHDAY, "greeting card", "2.40", "birthday")


def discount_acts(seed: int, answers: pl.DataFrame) -> pl.DataFrame:
    """A surprise voucher for customers who said they felt bad; it does nothing."""
    rng = draw(seed, "discounts")
    unhappy = answers.filter(
        pl.col("is_finished")
        & ~pl.col("is_anonymous")
        & (pl.col("emotion") <= 3)
        & pl.col("recorded_at").is_between(epoch(DISCOUNTS_FROM), epoch(DISCOUNTS_UNTIL))
    ).unique("customer", keep="first", maintain_order=True)
    told = unhappy.filter(pl.Series(rng.random(unhappy.height) < 0.85))
    done = told["recorded_at"].to_numpy() + rng.integers(2, 8, told.height) * DAY
    return acts(
        rng,
        told["customer"].to_numpy(),
        done,
        np.full(told.height, NEVER),
        DISCOUNT,
        "surprise discount",
        "12.00",
        "bad experience",
    )


def calls(seed: int, people: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """Who was meant to be called after a bad answer: customer, arm, stratum, assigned_at. It changes nothing.

    Not drawn: staff called those who felt worst first, and only those with a telephone. Everybody once.
    """
    rng = draw(seed, "calls after a bad answer")
    bad = answers.filter(
        pl.col("is_finished")
        & ~pl.col("is_anonymous")
        & (pl.col("emotion") <= 3)
        & pl.col("recorded_at").is_between(epoch(CALLS_FROM), epoch(CALLS_UNTIL))
    )
    finds_time = bad["emotion"].replace_strict(CALLED_SHARE, return_dtype=pl.Float64)
    has_phone = people["phone_number"].gather(bad["customer"]) >= 0
    called = bad.filter(has_phone & (pl.Series(rng.random(bad.height)) < finds_time))
    once = called.unique("customer", keep="first", maintain_order=True)
    next_day = to_local(once["recorded_at"].to_numpy()) // DAY * DAY + DAY
    return pl.DataFrame(
        {
            "customer": once["customer"],
            "arm": pl.Series(["treated"] * once.height, dtype=pl.String),
            "stratum": "felt " + once["emotion"].cast(pl.String),
            "assigned_at": to_utc(next_day + 8 * HOUR),
        }
    )


def call_acts(seed: int, called: pl.DataFrame) -> pl.DataFrame:
    """One call for everybody on the list, within four days; some are never reached."""
    rng = draw(seed, "calls made")
    n = called.height
    done = called["assigned_at"].to_numpy() + rng.integers(0, 5, n) * DAY + rng.integers(1, 9 * HOUR, n)
    frame = acts(
        rng,
        called["customer"].to_numpy(),
        done,
        np.full(n, NEVER),
        CALL,
        "care call",
        "6.50",
        "bad experience",
    )
    missed = pl.Series(rng.random(n) < NOT_REACHED_SHARE)
    return frame.with_columns(outcome=pl.when(missed).then(pl.lit("not_reached")).otherwise("outcome"))


def voucher_acts(seed: int, lot: pl.DataFrame) -> pl.DataFrame:
    """One letter with the voucher for everybody drawn."""
    rng = draw(seed, "voucher letters")
    drawn = lot.filter(pl.col("arm") == "treated")
    done = drawn["assigned_at"].to_numpy() + rng.integers(1, 3, drawn.height) * DAY
    returned = np.where(rng.random(drawn.height) < 0.03, done + 9 * DAY, NEVER)
    return acts(
        rng, drawn["customer"].to_numpy(), done, returned, VOUCHER, "voucher", "1.20", "regular customer"
    )


def introductions(seed: int, offered: pl.DataFrame) -> pl.DataFrame:
    """A call by the new contact person to everybody who was offered one, within four weeks."""
    rng = draw(seed, "introductions")
    asked = offered.filter(pl.col("arm") == "treated")
    n = asked.height
    done = asked["assigned_at"].to_numpy() + rng.integers(0, 28, n) * DAY + rng.integers(1, 9 * HOUR, n)
    return acts(
        rng, asked["customer"].to_numpy(), done, np.full(n, NEVER), PERSON, "care call", "9.00",
        "long-standing customer",
    )  # fmt: skip


def spontaneous_acts(seed: int, people: pl.DataFrame, spending: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    """Calls, notes and small gifts nobody planned.

    Week by week mostly for the tenth that had spent most by then; some of those nobody ever thinks of. Those
    who did not agree to personal care, or are to be left in peace for a while, are left alone.
    """
    rng = draw(seed, "spontaneous acts")
    n, ends = people.height, epoch(clock.drops[-1])
    buyer, amount, ordered_at = (spending[name].to_numpy() for name in ("customer", "amount", "ordered_at"))
    joined_at = people["joined_at"].to_numpy()
    willing = np.where(people["has_care_consent"].to_numpy(), 1.0, 0.04) * np.where(
        rng.random(n) < FORGOTTEN_SHARE, 0.08, 1.0
    )
    gentle_until = (
        people["gentle_until"].replace("", None).str.to_date().dt.epoch("s").fill_null(0).to_numpy()
    )
    customer, monday = [], []
    for week in range(-SPONTANEOUS_WEEKS, 0):
        starts = ends + week * 7 * DAY
        before = ordered_at < starts
        spent = np.bincount(buyer[before], amount[before], minlength=n)
        joined = np.searchsorted(joined_at, starts - DAY)
        rate = np.where(np.arange(n) < joined, ACTS_A_WEEK[1], 0.0)
        rate[np.argsort(-spent, kind="stable")[: round(joined * TOP_SHARE)]] = ACTS_A_WEEK[0]
        in_peace = (gentle_until >= starts) & (gentle_until < starts + GENTLE_DAYS * DAY)
        customer.append(np.repeat(np.arange(n), rng.poisson(np.where(in_peace, 0.0, rate * willing))))
        monday.append(np.full(len(customer[-1]), starts))
    who = np.concatenate(customer)
    day = np.concatenate(monday) + rng.integers(0, 6, len(who)) * DAY
    done = to_utc(day + rng.integers(9, 18, len(who)) * HOUR + rng.integers(0, HOUR, len(who)))
    frame = acts(rng, who, done, np.full(len(who), NEVER), "", "care call", "0.00", "no occasion")
    kinds = list(words.ACT_NOTES)
    kind = rng.choice(4, len(who), p=[0.55, 0.25, 0.12, 0.08])
    note = pl.Series([""] * len(who), dtype=pl.String)
    for number, name in enumerate(kinds):
        written = pl.Series((kind == number) & (rng.random(len(who)) < 0.4))
        note = pick(rng, words.ACT_NOTES[name], len(who)).zip_with(written, note)
    missed = pl.Series((kind == 0) & (rng.random(len(who)) < 0.12))
    return frame.with_columns(
        kind=pl.Series(kinds).gather(kind),
        note=note,
        cost_amount=pl.Series(["0.00", "3.20", "14.50", "0.00"]).gather(kind),
        occasion=pick(
            rng, ["no occasion", "anniversary as a customer", "after a problem", "thank-you"], len(who)
        ),
        outcome=pl.when(missed).then(pl.lit("not_reached")).otherwise("outcome"),
    )


def acts(
    rng: np.random.Generator,
    customer: np.ndarray,
    done: np.ndarray,
    returned: np.ndarray,
    initiative: str,
    kind: str,
    cost: str,
    occasion: str,
) -> pl.DataFrame:
    """Acts of one initiative; `returned_at` is when an undeliverable one came back (else NEVER)."""
    n = len(customer)
    return pl.DataFrame(
        {
            "customer": customer,
            "done_at": done,
            "returned_at": returned,
            "initiative_id": [initiative] * n,
            "kind": [kind] * n,
            "cost_amount": [cost] * n,
            "occasion": [occasion] * n,
            "outcome": ["done"] * n,
            "given_by": "Team " + pick(rng, SHIFTS, n),
            "note": [""] * n,
            "lot": rng.random(n),
        }
    )


def numbered(frames: list[pl.DataFrame], clock: Clock) -> pl.DataFrame:
    """Every act up to the last drop, numbered in time order."""
    frame = (
        pl.concat(frames)
        .filter((pl.col("done_at") < clock.cuts[-1]) & (pl.col("done_at") > epoch(clock.opens_on)))
        .sort("done_at", "customer")
    )
    return frame.with_columns(
        act_id=pl.lit("ACT-") + pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(7)
    )


def birthday_list(cards: pl.DataFrame) -> pl.DataFrame:
    """Everyone eligible was meant to get the card: no draw, nobody left out."""
    day = to_local(cards["done_at"].to_numpy()) // DAY * DAY - 12 * DAY
    return pl.DataFrame(
        {
            "customer": cards["customer"],
            "arm": pl.Series(["treated"] * cards.height, dtype=pl.String),
            "stratum": pl.Series(["everyone"] * cards.height, dtype=pl.String),
            "assigned_at": to_utc(day + 7 * HOUR),
        }
    )


PROMISES = [
    # id, theme, owner, promised on, due on, done on, what changed
    ("PROM-01", "Answer every e-mail by a person", "head of care",
     "2026-05-04", "2026-07-01", "2026-06-24", "E-mails are no longer closed by the bot"),
    ("PROM-02", "Say when a parcel will be late before it is", "head of logistics",
     "2026-06-15", "2026-08-31", "2026-08-28", "Late parcels are announced the evening before"),
    ("PROM-03", "A return that needs no printer", "head of shop",
     "2026-07-06", "2026-10-30", "2026-10-21", "Returns by code at 2,000 counters"),
    ("PROM-04", "Refund letter in plain language", "head of billing",
     "2026-08-17", "2026-11-13", "", ""),
    ("PROM-05", "Names spelt right on every parcel", "head of logistics",
     "2026-09-07", "2026-12-11", "", ""),
    ("PROM-06", "Call back everyone who gave up waiting", "head of chat",
     "2026-10-05", "2026-12-18", "", ""),
]  # fmt: skip
GOALS = [  # can't tell yet, behind since the new rota, on track, behind
    ("GOAL-01", "emotion", "0.60", "2027-03-31", "head of care"),
    ("GOAL-02", "human_within_promise", "0.90", "2026-12-31", "head of chat"),
    ("GOAL-03", "proactive_share", "0.33", "2026-12-31", "head of care"),
    ("GOAL-04", "top_customers_with_care", "0.90", "2026-12-31", "head of care"),
]

GOAL_COLUMNS = ["goal_id", "kpi", "target_share", "due_on", "owner"]
GOAL_BEFORE = {"GOAL-01": "0.55"}
"""What the first list said; the line was raised later."""
GOAL_RAISED_ON = "2026-10-05"
EVENTS = [
    ("EVENT-01", "campaign", "Spring sale", "2026-03-16", "2026-03-29", "", "", "2026-09-21"),
    ("EVENT-02", "outage", "Phones down", "2026-06-09", "2026-06-10", "", "", "2026-09-21"),
    ("EVENT-03", "holiday", "Summer holidays", "2026-07-13", "2026-08-14", "", "", "2026-09-21"),
    ("EVENT-04", "campaign", "Family days", "2026-10-05", "2026-10-18", "segment", "Family", "2026-10-05"),
    ("EVENT-05", "other", "New evening rota in chat", "2026-11-09", "", "", "", "2026-11-16"),
]
"""The last column is the drop in which each is told."""


def promises(known_on: date, since: date | None) -> pl.DataFrame:
    """Promises as known on a day, only those that changed after `since` (None: all)."""
    rows = []
    for key, theme, owner, promised, due, done, changed in PROMISES:
        seen_done = done if done and done < known_on.isoformat() else ""
        moved = max(promised, seen_done)
        if promised < known_on.isoformat() and (since is None or moved >= since.isoformat()):
            rows.append((key, theme, owner, promised, due, seen_done, changed if seen_done else ""))
    columns = ["promise_id", "theme", "owner", "promised_on", "due_on", "done_on", "what_changed"]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def goals(told_on: date) -> pl.DataFrame:
    """The goals as told in a drop: four at first, later the one that was raised, with the day from which it counts."""
    if told_on.isoformat() == GOAL_RAISED_ON:
        raised = [(*row, GOAL_RAISED_ON) for row in GOALS if row[0] in GOAL_BEFORE]
        return pl.DataFrame(raised, schema=[*GOAL_COLUMNS, "from_on"], orient="row")
    first = [(key, kpi, GOAL_BEFORE.get(key, target), *rest) for key, kpi, target, *rest in GOALS]
    return pl.DataFrame(first, schema=GOAL_COLUMNS, orient="row")


def events(told_on: date) -> pl.DataFrame:
    """What happened that charts tell of, as told in a drop; often nothing."""
    columns = ["event_id", "kind", "says", "from_on", "until_on", "dimension", "member"]
    rows = [row[:-1] for row in EVENTS if row[-1] == told_on.isoformat()]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
