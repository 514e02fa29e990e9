"""HubSpot's exports from the user interface: contacts, deals, tickets and feedback submissions, all cells quoted."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from sample_data import words
from sample_data.clock import DAY, HOUR, NEVER, Clock, draw, epoch, local_text, pick
from sample_data.files import in_parts
from sample_data.people import SWITCHBOARD, phone_texts

MINUTES, DAYS = "%Y-%m-%d %H:%M", "%Y-%m-%d"
DUPLICATES_MERGED_BEFORE, DUPLICATES_MERGED_WEEKLY, DUPLICATES_NOT_MERGED = 0.010, 0.001, 0.002
FIRST_DUPLICATE_ID = 91_000_001
OWNERS = ["Dana Agent", "Jonas Berater", "Zoë Conseil"]


def duplicates(seed: int, people: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    """Second contact records of the same person: customer, duplicate_id, duplicate_email, merged_at (UTC seconds).

    Merged ones carry the person's second e-mail address; never-merged ones share only the telephone number.
    """
    rng = draw(seed, "duplicates")
    n = people.height
    weekly = len(clock.cuts) - 1
    counts = [
        round(n * DUPLICATES_MERGED_BEFORE),
        weekly * max(round(n * DUPLICATES_MERGED_WEEKLY), 1),
        round(n * DUPLICATES_NOT_MERGED),
    ]
    old = (people["joined_at"].to_numpy() < clock.cuts[0] - 40 * DAY) & ~people["has_second_email"].to_numpy()
    with_phone = np.flatnonzero(old & people["phone_number"].is_between(0, SWITCHBOARD - 1).to_numpy())
    chosen = rng.choice(with_phone, sum(counts), replace=False)
    merged_at = np.concatenate(
        [
            rng.integers(epoch(clock.opens_on) + 100 * DAY, clock.cuts[0] - DAY, counts[0]),
            np.array(
                [clock.cuts[1 + k % weekly] - (1 + k % 5) * DAY - 9 * HOUR for k in range(counts[1])],
                dtype=np.int64,
            ),
            np.full(counts[2], NEVER),
        ]
    )
    return pl.DataFrame(
        {
            "customer": chosen,
            "duplicate_id": FIRST_DUPLICATE_ID + 7 * np.arange(len(chosen)),
            "duplicate_email": people["second_email"].gather(chosen),
            "merged_at": merged_at,
        }
    )


def feedback(
    seed: int, people: pl.DataFrame, orders: pl.DataFrame, tickets: pl.DataFrame, clock: Clock
) -> pl.DataFrame:
    """Recommendation scores after orders (NPS, 0-10) and effort scores after conversations (CES, 1-7), by time."""
    rng = draw(seed, "feedback")
    emotion, effort = people["emotion"].to_numpy(), people["effort"].to_numpy()
    bought = orders.filter(pl.Series(rng.random(orders.height) < 0.34))
    spoke = tickets.filter(
        (pl.col("customer") >= 0) & (pl.col("direction") == "reactive") & (pl.col("resolved_at") < NEVER)
    )
    spoke = spoke.filter(pl.Series(rng.random(spoke.height) < 0.045))
    score = 0.75 * emotion[bought["customer"].to_numpy()] + 0.66 * rng.standard_normal(bought.height)
    ease = 0.6 * effort[spoke["customer"].to_numpy()] + 0.8 * rng.standard_normal(spoke.height)
    nps = np.searchsorted([-2.4, -2.1, -1.85, -1.65, -1.45, -1.2, -0.85, -0.4, 0.15, 0.75], score)
    ces = 1 + np.searchsorted([-2.0, -1.6, -1.15, -0.6, -0.05, 0.75], ease)
    frame = pl.DataFrame(
        {
            "customer": np.concatenate([bought["customer"].to_numpy(), spoke["customer"].to_numpy()]),
            "submitted_at": np.concatenate(
                [
                    bought["ordered_at"].to_numpy()
                    + rng.integers(6, 15, bought.height) * DAY
                    + rng.integers(0, 2 * HOUR, bought.height),
                    spoke["resolved_at"].to_numpy()
                    + rng.integers(0, 3, spoke.height) * DAY
                    + rng.integers(HOUR // 4, HOUR, spoke.height),
                ]
            ),
            "survey": ["NPS"] * bought.height + ["CES"] * spoke.height,
            "rating": np.concatenate([nps, ces]),
        }
    )
    frame = frame.filter(pl.col("submitted_at") < clock.cuts[-1]).sort("submitted_at", "customer", "survey")
    n = frame.height
    mood = np.where(
        frame["survey"].to_numpy() == "CES",
        3,
        np.where(frame["rating"] >= 9, 0, np.where(frame["rating"] <= 6, 2, 1)),
    )
    english = people["language"].gather(frame["customer"]) == "en"
    said = [
        pick(rng, words.COMMENTS[code][kind], n)
        for code in ("de", "en")
        for kind in ("good", "middle", "bad")
    ]
    silent = pl.Series([None] * n, dtype=pl.String)
    options = pl.DataFrame(
        {str(k): series for k, series in enumerate([*said[:3], silent, *said[3:], silent])}
    )
    column = mood + 4 * english.to_numpy()
    text = silent
    for k in range(8):
        text = options[str(k)].zip_with(pl.Series(column == k), text)
    speaks = pl.Series(rng.random(n) < 0.3)
    return frame.with_columns(
        feedback_id=pl.Series(55_000_001 + 3 * np.arange(n)).cast(pl.String),
        comment=text.zip_with(speaks, silent),
    )


def contact_rows(
    people: pl.DataFrame,
    doubles: pl.DataFrame,
    given: pl.DataFrame,
    orders: pl.DataFrame,
    cut: int,
    since: int,
    id_label: str,
) -> Iterator[pl.DataFrame]:
    """Contacts created or changed after `since`, as they stood at `cut`."""
    nps = given.filter((pl.col("survey") == "NPS") & (pl.col("submitted_at") < cut))
    last = (
        nps.group_by("customer", maintain_order=True)
        .last()
        .select(
            "customer",
            "rating",
            pl.col("submitted_at").alias("nps_at"),
            pl.col("comment").alias("nps_comment"),
        )
    )
    merged = (
        doubles.filter(pl.col("merged_at") < cut)
        .group_by("customer", maintain_order=True)
        .agg(
            pl.col("duplicate_id").cast(pl.String).str.join(";"),
            pl.col("duplicate_email").str.join(";"),
            pl.col("merged_at").max(),
        )
    )
    bought = (
        orders.filter(pl.col("ordered_at") < cut)
        .group_by("customer")
        .agg(revenue=pl.col("amount").sum().round(2), bought_at=pl.col("ordered_at").max())
    )
    known = (
        people.filter(pl.col("joined_at") < cut)
        .join(last, on="customer", how="left", maintain_order="left")
        .join(merged, on="customer", how="left", maintain_order="left")
        .join(bought, on="customer", how="left", maintain_order="left")
        .with_columns(modified_at=pl.max_horizontal("joined_at", "nps_at", "merged_at"))
        .filter(pl.col("modified_at") >= since)
    )
    for part in in_parts(known):
        yield _contacts(part, id_label)
    open_doubles = doubles.filter(pl.col("merged_at") >= cut).join(
        people, on="customer", how="left", maintain_order="left"
    )
    if since == 0 and open_doubles.height:
        yield _duplicates(open_doubles, id_label)


CONTACT_COLUMNS = [
    "Record ID", "First Name", "Last Name", "Email", "Additional email addresses", "Phone Number",
    "Mobile Phone Number", "Contact owner", "Lifecycle Stage", "Lead Status", "Create Date",
    "Last Modified Date", "Last Activity Date", "Postal Code", "Country/Region", "Annual Revenue",
    "Original Source", "Original Source Drill-Down 1", "Last NPS survey rating", "Last NPS survey date",
    "Last NPS survey comment", "Unsubscribed from all email",
    "Legal basis for processing contact's data", "Preferred channels", "Merged record IDs",
    "GA4 client id", "Total Revenue", "Time to move from lead to customer (HH:mm:ss)",
    "Customer number", "Customer group", "Region", "Preferred language", "Care consent", "Gentle until",
    "Birthday", "Preferred name", "Wishes", "Referrals", "Street Address", "City", "Associated Company",
    "Associated Company IDs", "Associated Deal IDs",
]  # fmt: skip


def _contacts(known: pl.DataFrame, id_label: str) -> pl.DataFrame:
    international, local = phone_texts(known["phone_number"])
    odd = known["customer"].to_numpy() % 211 == 0
    blank = pl.lit("")
    cells: dict[str, pl.Expr | pl.Series] = {
        "Record ID": pl.col("hubspot_id").cast(pl.String),
        "First Name": pl.col("crm_first_name"),
        "Last Name": pl.col("last_name"),
        "Email": pl.when(pl.Series(odd)).then(pl.col("email").str.to_uppercase()).otherwise("email"),
        "Additional email addresses": pl.concat_str(
            [
                pl.when("has_second_email").then("second_email"),
                pl.col("duplicate_email"),
                pl.when("has_shared_mailbox").then(pl.lit("info@example.com")),
            ],
            separator=";",
            ignore_nulls=True,
        ),
        "Phone Number": pl.when(pl.Series(odd) & (international != ""))
        .then(pl.lit("=") + international)
        .otherwise(international),
        "Mobile Phone Number": pl.when(pl.col("customer") % 5 == 0).then(local).otherwise(blank),
        "Contact owner": pl.lit(pl.Series(OWNERS)).gather(pl.col("customer") % 3),
        "Lifecycle Stage": pl.when(pl.col("revenue").is_null())
        .then(pl.lit("lead"))
        .otherwise(pl.lit("customer")),
        "Create Date": local_text(known["joined_at"].to_numpy(), MINUTES),
        "Last Modified Date": local_text(known["modified_at"].to_numpy(), MINUTES),
        "Last Activity Date": local_text(
            known["bought_at"].fill_null(known["joined_at"]).to_numpy(), MINUTES
        ),
        "Street Address": pl.col("street"),
        "City": pl.col("town"),
        "Postal Code": pl.col("postal_code"),
        "Country/Region": pl.col("country").replace_strict(words.COUNTRY_NAMES),
        "Original Source": pl.lit(pl.Series(["ORGANIC", "DIRECT_TRAFFIC", "PAID_SEARCH", "OFFLINE"])).gather(
            pl.col("customer") % 4
        ),
        "Last NPS survey rating": pl.col("rating").cast(pl.String),
        "Last NPS survey date": local_text(known["nps_at"].fill_null(NEVER).to_numpy(), DAYS),
        "Last NPS survey comment": pl.col("nps_comment"),
        "Unsubscribed from all email": pl.col("is_unsubscribed").cast(pl.String),
        "Legal basis for processing contact's data": pl.lit("Legitimate interest – existing customer"),
        "Preferred channels": pl.when(pl.col("customer") % 3 == 0)
        .then(pl.lit("Email;Phone"))
        .otherwise(pl.lit("Email")),
        "Merged record IDs": pl.col("duplicate_id"),
        "GA4 client id": pl.col("ga4_client_id"),
        "Total Revenue": pl.col("revenue").cast(pl.String),
        "Customer number": pl.col("customer_number"),
        "Customer group": pl.col("segment"),
        "Region": pl.col("region"),
        "Preferred language": pl.col("language"),
        "Care consent": pl.col("has_care_consent").cast(pl.String),
        "Gentle until": pl.col("gentle_until"),
        "Birthday": pl.col("birthday"),
        "Preferred name": pl.col("preferred_name"),
        "Wishes": pl.col("wishes"),
        "Referrals": pl.col("referrals"),
    }
    frame = known.select(**{column: cells.get(column, blank) for column in CONTACT_COLUMNS})
    return frame.select(pl.all().cast(pl.String).fill_null("")).rename({"Record ID": id_label})


def _duplicates(known: pl.DataFrame, id_label: str) -> pl.DataFrame:
    """A duplicate knows a name, an address and a number; nobody gave it a customer number."""
    blank = pl.lit("")
    never_merged = pl.col("merged_at") >= NEVER
    cells: dict[str, pl.Expr | pl.Series] = {
        "Record ID": pl.col("duplicate_id").cast(pl.String),
        "First Name": pl.col("first_name"),
        "Last Name": pl.col("last_name").str.to_uppercase(),
        "Email": pl.col("duplicate_email"),
        "Phone Number": pl.when(never_merged).then(phone_texts(known["phone_number"])[1]).otherwise(blank),
        "Contact owner": pl.lit(OWNERS[0]),
        "Lifecycle Stage": pl.lit("lead"),
        "Create Date": local_text(known["joined_at"].to_numpy() + 9 * DAY, MINUTES),
        "Last Modified Date": local_text(known["joined_at"].to_numpy() + 9 * DAY, MINUTES),
        "Country/Region": pl.col("country").replace_strict(words.COUNTRY_NAMES),
        "Original Source": pl.lit("OFFLINE"),
        "Unsubscribed from all email": pl.lit("false"),
    }
    return known.select(**{column: cells.get(column, blank) for column in CONTACT_COLUMNS}).rename(
        {"Record ID": id_label}
    )


def feedback_rows(given: pl.DataFrame, people: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Feedback submissions; the scale of a rating depends on its survey type."""
    for part in in_parts(given):
        person = people[part["customer"].to_numpy()]
        frame = pl.concat([part, person.select("hubspot_id", "email")], how="horizontal")
        nps = pl.col("survey") == "NPS"
        yield frame.select(
            pl.col("feedback_id").alias("Response ID"),
            pl.when(nps)
            .then(pl.lit("After your order"))
            .otherwise(pl.lit("How easy was it?"))
            .alias("Survey Name"),
            pl.col("survey").alias("Survey Type"),
            pl.col("rating").cast(pl.String).alias("Rating"),
            pl.col("comment").fill_null("").alias("Response"),
            local_text(part["submitted_at"].to_numpy(), MINUTES).alias("Submission Date"),
            pl.col("hubspot_id").cast(pl.String).alias("Contact ID"),
            pl.col("email").alias("Contact email"),
            pl.lit("EMAIL").alias("Survey Channel"),
        )
