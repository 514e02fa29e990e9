"""Stripe payments CSV ("Payments", "Export"): all columns, or those that somebody chose.

Export it in UTC. Nothing is to be declared: amounts are in whole units of the payment's own currency. Export with the
columns `id`, `Customer ID` and `Customer Email`: without `id` a payment is known by its second, amount, currency and
customer or invoice; without the other two it is nobody's. Without `Amount Refunded` only refunds of everything are
seen. A customer number of your own in the metadata comes in by `[mapping.stripe]`:
`"customer_id (metadata)" = "customer_id"`. Payments of test mode are none.
"""

from dataclasses import replace

import polars as pl

from pipelines.door.profile import Column, Profile


def _named(frame: pl.DataFrame) -> pl.DataFrame:
    """A payment without an id is called by its second, amount, currency, and invoice or customer."""
    who = pl.coalesce("invoice_number", "stripe_customer_id", "email", pl.lit("guest"))
    amount = pl.col("amount").str.replace(",", ".").cast(pl.Float64, strict=False).cast(pl.String)
    currency = pl.col("currency").str.to_uppercase()
    told = pl.concat_str(who, "created_at", amount, currency, separator="|", ignore_nulls=True)
    return frame.with_columns(
        pl.coalesce("payment_id", told).alias("payment_id"),
        pl.col("payment_id").is_not_null().cast(pl.String).alias("has_id"),
        currency,
    )


PAYMENT = Profile(
    source="stripe",
    object="payment",
    zone="UTC",
    key=("payment_id",),
    seen="created_at",
    prepare=_named,
    columns=(
        Column("payment_id", ("id",), personal=True),
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
    mappable=(
        Column("customer_id", (), token="customer_id"),
        Column("ga4_client_id", (), token="ga4_client_id"),
    ),
    set_aside=(("test_payment", pl.col("mode").str.to_lowercase() == "test"),),
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

PROFILES = (PAYMENT, OLDER_PAYMENT)
