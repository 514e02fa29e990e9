"""Stripe payments CSV ("Payments", "Export"): all columns, or those that somebody chose.

Export it in UTC. Nothing is to be declared: amounts are in whole units of the payment's own currency. Export with the
columns `id`, `Customer ID` and `Customer Email`: without the last two a payment is nobody's. Without `id` it is known
by its time, amount, currency and customer or invoice, and by its number among those of its file that are alike in all
of these: so two payments of 15 euros in one minute are two, also in a later export, and become one only where each of
two files has one of them. Without `Amount Refunded` only refunds of everything are seen. A customer number of your own
in the metadata comes in by `[mapping.stripe]`: `"customer_id (metadata)" = "customer_id"`. Payments of test mode are
none.
"""

from dataclasses import replace

import polars as pl

from pipelines.door import own_fields
from pipelines.door.profile import Column, Profile


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    """Payments that have an id."""
    return frame.with_columns(pl.lit("true").alias("has_id"), pl.col("currency").str.to_uppercase())


def _named(frame: pl.DataFrame) -> pl.DataFrame:
    """A payment without an id is called by its time, amount, currency, and invoice or customer.

    Those that are alike in these are numbered by what else is said of them, so that their order does not matter.
    """
    who = pl.coalesce("invoice_number", "stripe_customer_id", "email", pl.lit("guest"))
    amount = pl.col("amount").str.replace(",", ".").cast(pl.Float64, strict=False).cast(pl.String)
    currency = pl.col("currency").str.to_uppercase()
    told = frame.with_columns(
        currency,
        pl.lit("false").alias("has_id"),
        pl.concat_str(who, "created_at", amount, currency, separator="|", ignore_nulls=True).alias(
            "payment_id"
        ),
    )
    said = pl.concat_str(pl.exclude("_line", "payment_id").fill_null(""), separator="\x1f")
    number = said.rank("ordinal").over("payment_id")
    alike = pl.when(number > 1).then(pl.concat_str("payment_id", number, separator="|"))
    return told.with_columns(pl.coalesce(alike, "payment_id").alias("payment_id"))


PAYMENT = Profile(
    source="stripe",
    object="payment",
    zone="UTC",
    key=("payment_id",),
    seen="created_at",
    prepare=_numbered,
    columns=(
        Column("payment_id", ("id",), required=True, personal=True),
        Column("has_id", (), kind="boolean"),
        Column("created_at", ("Created date (UTC)",), kind="timestamp", required=True, filled=True),
        Column("amount", ("Amount",), kind="decimal", required=True, filled=True),
        Column("refunded_amount", ("Amount Refunded",), kind="decimal"),
        Column("currency", ("Currency",), required=True, filled=True),
        Column("is_captured", ("Captured",), kind="boolean"),
        Column("status", ("Status",), required=True, filled=True),
        Column("dispute_status", ("Dispute Status",)),
        Column("mode", ("Mode",)),
        Column("stripe_customer_id", ("Customer ID",), token="stripe_customer"),
        Column("email", ("Customer Email",), token="email"),
        Column("customer_name", ("Customer Description", "Card Name"), personal=True),
        Column("description", ("Description",), personal=True),
        Column("invoice_number", ("Invoice ID", "Invoice Number"), personal=True),
    ),
    mappable=own_fields.IDENTIFIERS,
    set_aside=(("test_payment", pl.col("mode").str.to_lowercase() == "test"),),
)

WITHOUT_ID = replace(
    PAYMENT,
    prepare=_named,
    in_one_piece=True,
    columns=(replace(PAYMENT.columns[0], labels=(), required=False), *PAYMENT.columns[1:]),
)

_OLDER_LABELS = {"created_at": "Created (UTC)"}
OLDER_PAYMENT = replace(
    PAYMENT,
    columns=tuple(
        replace(column, labels=(_OLDER_LABELS.get(column.name, *column.labels[:1]),), required=True)
        if column.name in ("payment_id", "created_at", "refunded_amount", "is_captured")
        else column
        for column in PAYMENT.columns
    ),
)

PROFILES = (PAYMENT, WITHOUT_ID, OLDER_PAYMENT)
