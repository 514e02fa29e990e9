"""Careful's own plain files: what no vendor exports."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from sample_data.clock import NEVER, text
from sample_data.files import in_parts

TIMES = "%Y-%m-%dT%H:%M:%SZ"


def act_rows(
    acts: pl.DataFrame, people: pl.DataFrame, account_contacts: dict[int, str], cut: int, since: int
) -> Iterator[pl.DataFrame]:
    """Acts done, or found undeliverable, after `since`, as they stood at `cut`.

    Most name the customer by the company's own number; some by a CRM record or an e-mail address.
    """
    known = acts.filter(pl.col("done_at") < cut)
    known = known.with_columns(
        returned_at=pl.when(pl.col("returned_at") < cut).then("returned_at").otherwise(pl.lit(NEVER))
    )
    known = known.filter(
        (pl.col("done_at") >= since) | ((pl.col("returned_at") >= since) & (pl.col("returned_at") < NEVER))
    )
    for part in in_parts(known):
        person = people[part["customer"].to_numpy()]
        contact = pl.Series([account_contacts.get(c) for c in part["customer"].to_list()], dtype=pl.String)
        frame = pl.concat(
            [part, person.select("customer_number", "hubspot_id", "email")], how="horizontal"
        ).with_columns(contact=contact)
        by_crm = pl.col("lot") < 0.08
        by_account = pl.col("contact").is_not_null() & (pl.col("lot") > 0.7)
        by_email = pl.col("lot").is_between(0.08, 0.11)
        yield frame.select(
            "act_id",
            "initiative_id",
            pl.when(by_crm)
            .then(pl.lit("hubspot_contact"))
            .when(by_account)
            .then(pl.lit("salesforce_contact"))
            .when(by_email)
            .then(pl.lit("email"))
            .otherwise(pl.lit("customer_id"))
            .alias("customer_kind"),
            pl.when(by_crm)
            .then(pl.col("hubspot_id").cast(pl.String))
            .when(by_account)
            .then("contact")
            .when(by_email)
            .then("email")
            .otherwise("customer_number")
            .alias("customer_id"),
            text(part["done_at"].to_numpy(), TIMES).alias("done_at"),
            pl.when(pl.col("returned_at") < NEVER)
            .then(pl.lit("wrong_address"))
            .otherwise("outcome")
            .alias("outcome"),
            "kind",
            "cost_amount",
            pl.lit("EUR").alias("currency"),
            "given_by",
            "occasion",
            "note",
        )


def assignment_rows(
    assigned: pl.DataFrame, people: pl.DataFrame, initiative: str, probability: str
) -> pl.DataFrame:
    """Who was drawn (or meant) for an initiative, and who was not."""
    return pl.DataFrame(
        {
            "initiative_id": pl.Series([initiative] * assigned.height, dtype=pl.String),
            "customer_kind": pl.Series(["customer_id"] * assigned.height, dtype=pl.String),
            "customer_id": people["customer_number"].gather(assigned["customer"]),
            "arm": assigned["arm"],
            "stratum": assigned["stratum"],
            "probability": pl.Series([probability] * assigned.height, dtype=pl.String),
            "assigned_at": text(assigned["assigned_at"].to_numpy(), TIMES),
        }
    )


def invitation_rows(
    asked: pl.DataFrame, answered_at: np.ndarray, people: pl.DataFrame, cut: int, since: int
) -> Iterator[pl.DataFrame]:
    """Invitations sent or answered after `since`, as they stood at `cut`."""
    known = asked.with_columns(number=pl.int_range(pl.len()), answered_at=pl.Series(answered_at)).filter(
        pl.col("invited_at") < cut
    )
    answered_now = pl.col("answered_at") < cut
    known = known.filter((pl.col("invited_at") >= since) | (answered_now & (pl.col("answered_at") >= since)))
    for part in in_parts(known):
        yield part.select(
            (pl.lit("INV-") + pl.col("number").cast(pl.String).str.zfill(7)).alias("invitation_id"),
            pl.lit("relationship").alias("survey"),
            pl.lit("customer_id").alias("customer_kind"),
            people["customer_number"].gather(part["customer"]).alias("customer_id"),
            text(part["invited_at"].to_numpy(), TIMES).alias("invited_at"),
            pl.lit("email").alias("channel"),
            answered_now.cast(pl.String).alias("answered"),
        )


def rates(first_month: tuple[int, int], months: int) -> pl.DataFrame:
    """Monthly rates of the franc to the euro, slowly rising."""
    rows = []
    for number in range(months):
        year, month = divmod(first_month[0] * 12 + first_month[1] - 1 + number, 12)
        rows.append(
            (
                "CHF",
                f"{year}-{month + 1:02d}-01",
                f"{1.052 + 0.0012 * number + 0.004 * ((number * 7) % 5 - 2) / 2:.4f}",
            )
        )
    return pl.DataFrame(rows, schema=["currency", "valid_from", "rate_to_reporting"], orient="row")
