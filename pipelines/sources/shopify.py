"""Shopify orders CSV: one row per line item; only an order's first row carries the order.

`Id` is the stable key (`Name` is `#1547`). Times carry the shop's offset. Exports overlap and are told apart
by content. Refunds come as an amount without a date.
"""

import polars as pl

from pipelines.door.profile import Column, Profile


def number_the_lines(frame: pl.DataFrame) -> pl.DataFrame:
    """Fill each order's id, and whose it is, down to its other lines, and number the lines."""
    filled = frame.with_columns(pl.col("order_id").forward_fill().over("order_name"))
    return filled.with_columns(
        pl.col("email", "phone", "billing_phone").forward_fill().over("order_name", "order_id"),
        pl.int_range(1, pl.len() + 1).over("order_name", "order_id").cast(pl.String).alias("line_number"),
    )


ORDER = Profile(
    source="shopify",
    object="order",
    zone="UTC",
    formats=("%Y-%m-%d %H:%M:%S %z",),
    key=("order_id", "line_number"),
    seen="created_at",
    prepare=number_the_lines,
    in_one_piece=True,
    columns=(
        Column("order_id", ("Id",), required=True, personal=True),
        Column("order_name", ("Name",), required=True, filled=True, personal=True),
        Column("line_number", (), kind="integer"),
        Column("email", ("Email",), token="email", required=True),
        Column("phone", ("Phone",), token="phone"),
        Column("billing_phone", ("Billing Phone",), token="phone"),
        Column("billing_name", ("Billing Name",), personal=True),
        Column("street", ("Shipping Street",), personal=True),
        Column("postal_code", ("Shipping Zip",), personal=True),
        Column("city", ("Shipping City",), personal=True),
        Column("financial_status", ("Financial Status",), required=True),
        Column("created_at", ("Created at",), kind="timestamp", required=True, filled=True),
        Column("cancelled_at", ("Cancelled at",), kind="timestamp"),
        Column("currency", ("Currency",)),
        Column("total_amount", ("Total",), kind="decimal", required=True),
        Column("refunded_amount", ("Refunded Amount",), kind="decimal"),
        Column("discount_amount", ("Discount Amount",), kind="decimal"),
        Column("channel", ("Source",)),
    ),
)

PROFILES = (ORDER,)
