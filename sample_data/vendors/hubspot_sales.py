"""HubSpot's deals and tickets: a few large orders by quotation, and calls logged by hand."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from sample_data import words
from sample_data.clock import (
    DAY,
    HOUR,
    NEVER,
    Clock,
    busyness,
    draw,
    local_text,
    pick,
    to_utc,
    weighted_among_first,
)
from sample_data.files import in_parts
from sample_data.vendors.hubspot import MINUTES, OWNERS

DEALS_PER_CUSTOMER, TICKETS_PER_CUSTOMER = 0.024, 0.16


def random_times(rng: np.random.Generator, clock: Clock, n: int) -> np.ndarray:
    """Office-hour moments over the whole period (UTC seconds, ascending)."""
    days = clock.days
    level = busyness(days) * np.linspace(0.6, 1.4, len(days))
    return np.sort(to_utc(rng.choice(days, n, p=level / level.sum()) + rng.integers(8 * HOUR, 18 * HOUR, n)))


def deals(seed: int, people: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    """Quotations: customer, opened_at, closed_at (NEVER: still open), is_won, amount."""
    rng = draw(seed, "deals")
    n = round(people.height * DEALS_PER_CUSTOMER)
    opened = random_times(rng, clock, n)
    joined = np.searchsorted(people["joined_at"].to_numpy(), opened)
    closed = opened + (rng.gamma(2.0, 14, n)).astype(np.int64) * DAY + HOUR
    return pl.DataFrame(
        {
            "customer": weighted_among_first(rng, np.exp(0.9 * people["value"].to_numpy()), joined),
            "deal_id": pl.Series(61_000_001 + 3 * np.arange(n)).cast(pl.String),
            "opened_at": opened,
            "closed_at": np.where(closed < clock.cuts[-1], closed, NEVER),
            "is_won": rng.random(n) < 0.46,
            "amount": np.exp(6.3 + 0.6 * rng.standard_normal(n)).round(2),
        }
    )


def deal_rows(
    all_deals: pl.DataFrame, people: pl.DataFrame, cut: int, since: int, id_label: str
) -> Iterator[pl.DataFrame]:
    """Deals opened or closed after `since`, as they stood at `cut`."""
    known = all_deals.filter(pl.col("opened_at") < cut).with_columns(
        closed_at=pl.when(pl.col("closed_at") < cut).then("closed_at").otherwise(pl.lit(NEVER))
    )
    known = known.with_columns(
        modified_at=pl.when(pl.col("closed_at") < NEVER).then("closed_at").otherwise("opened_at")
    ).filter(pl.col("modified_at") >= since)
    for part in in_parts(known):
        person = people[part["customer"].to_numpy()]
        frame = pl.concat(
            [part, person.select("first_name", "last_name", "email", "hubspot_id", "country")],
            how="horizontal",
        )
        closed = pl.col("closed_at") < NEVER
        stage = (
            pl.when(~closed)
            .then(pl.lit("Quotation sent"))
            .when("is_won")
            .then(pl.lit("Closed won"))
            .otherwise(pl.lit("Closed lost"))
        )
        yield frame.select(
            pl.col("deal_id").alias(id_label),
            pl.format("Offerte {} {}", "first_name", "last_name").alias("Deal Name"),
            stage.alias("Deal Stage"),
            pl.lit("Sales Pipeline").alias("Pipeline"),
            pl.col("amount").cast(pl.String).alias("Amount"),
            pl.when(pl.col("country") == "CH").then(pl.lit("CHF")).otherwise(pl.lit("EUR")).alias("Currency"),
            pl.lit(pl.Series(OWNERS)).gather(pl.col("customer") % 3).alias("Deal owner"),
            local_text(part["opened_at"].to_numpy(), MINUTES).alias("Create Date"),
            local_text(part["closed_at"].to_numpy(), MINUTES).fill_null("").alias("Close Date"),
            local_text(part["modified_at"].to_numpy(), MINUTES).alias("Last Modified Date"),
            (closed & pl.col("is_won")).cast(pl.String).alias("Is Closed Won"),
            pl.format("{} {} ({})", "first_name", "last_name", "email").alias("Associated Contact"),
            pl.col("hubspot_id").cast(pl.String).alias("Associated Contact IDs"),
        )


def tickets(seed: int, people: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    """Calls to the shops that were logged by hand: customer, opened_at, closed_at, topic."""
    rng = draw(seed, "hubspot tickets")
    n = round(people.height * TICKETS_PER_CUSTOMER)
    opened = random_times(rng, clock, n)
    joined = np.searchsorted(people["joined_at"].to_numpy(), opened)
    closed = opened + (np.exp(1.2 * rng.standard_normal(n) + 2.4) * HOUR).astype(np.int64)
    return pl.DataFrame(
        {
            "customer": (rng.random(n) * np.maximum(joined, 1)).astype(np.int64),
            "ticket_id": pl.Series(33_000_001 + 3 * np.arange(n)).cast(pl.String),
            "opened_at": opened,
            "closed_at": np.where(closed < clock.cuts[-1], closed, NEVER),
            "topic": pick(rng, words.TOPICS, n),
        }
    )


def ticket_rows(
    all_tickets: pl.DataFrame, people: pl.DataFrame, cut: int, since: int, id_label: str
) -> Iterator[pl.DataFrame]:
    """Tickets opened or closed after `since`, as they stood at `cut`."""
    known = all_tickets.filter(pl.col("opened_at") < cut).with_columns(
        closed_at=pl.when(pl.col("closed_at") < cut).then("closed_at").otherwise(pl.lit(NEVER))
    )
    known = known.with_columns(
        modified_at=pl.when(pl.col("closed_at") < NEVER).then("closed_at").otherwise("opened_at")
    ).filter(pl.col("modified_at") >= since)
    for part in in_parts(known):
        person = people[part["customer"].to_numpy()]
        frame = pl.concat(
            [part, person.select("first_name", "last_name", "email", "hubspot_id")], how="horizontal"
        )
        took = part["closed_at"].to_numpy() - part["opened_at"].to_numpy()
        closed = pl.col("closed_at") < NEVER
        duration = pl.Series(
            [f"{s // HOUR}:{s % HOUR // 60:02d}:{s % 60:02d}" if s < 10**9 else "" for s in took.tolist()],
            dtype=pl.String,
        )
        yield frame.select(
            pl.col("ticket_id").alias(id_label),
            pl.col("topic").replace_strict(words.SUBJECTS["de"]).alias("Ticket name"),
            pl.col("topic").alias("Category"),
            pl.lit("Anruf im Laden,\nRückruf vereinbart").alias("Ticket description"),
            pl.lit("Support Pipeline").alias("Pipeline"),
            pl.when(closed).then(pl.lit("Closed")).otherwise(pl.lit("Waiting on us")).alias("Ticket status"),
            pl.lit("Medium").alias("Priority"),
            pl.lit("Phone").alias("Source"),
            local_text(part["opened_at"].to_numpy(), MINUTES).alias("Create date"),
            local_text(part["closed_at"].to_numpy(), MINUTES).fill_null("").alias("Close date"),
            local_text(part["modified_at"].to_numpy(), MINUTES).alias("Last modified date"),
            duration.alias("Time to close (HH:mm:ss)"),
            pl.lit(pl.Series(OWNERS)).gather(pl.col("customer") % 3).alias("Ticket owner"),
            pl.format("{} {} ({})", "first_name", "last_name", "email").alias("Associated Contact"),
            pl.col("hubspot_id").cast(pl.String).alias("Associated Contact IDs"),
        )
