"""Lines of orders or invoices as a shop's own system writes them: a row per product of an invoice.

The labels are those of UCI's Online Retail; `[mapping.orders]` points any other ones to the columns here, such as
`"Bestellnummer" = "invoice"`. Declare the shop's zone, and the order of day and month where the dates do not show it.
The currency is the company's unless a column tells it. The customer's number is the company's own (`customer_id`); a
line without one was bought by a guest. An invoice that begins with C is a cancellation: lines of less than nothing,
which name no purchase; staging takes each off the customer's last earlier line of that product at that price.
"""

import polars as pl

from pipelines.door.profile import Column, Profile


def number_the_lines(frame: pl.DataFrame) -> pl.DataFrame:
    """Number the lines of the same product on an invoice; a number that became a decimal one (`17850.0`) is itself."""
    whole = (pl.col(number).str.replace(r"\.0$", "") for number in ("invoice", "product", "customer_id"))
    return frame.with_columns(*whole).with_columns(
        pl.int_range(1, pl.len() + 1).over("invoice", "product").cast(pl.String).alias("line_number")
    )


LINE = Profile(
    source="orders",
    object="line",
    formats=(
        *("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%.f%#z"),
        *("%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S"),
    ),
    key=("invoice", "product", "line_number"),
    seen="ordered_at",
    prepare=number_the_lines,
    in_one_piece=True,
    columns=(
        Column("invoice", ("InvoiceNo", "Invoice"), reference="orders/invoice", required=True),
        Column("product", ("StockCode",), reference="orders/product", required=True),
        Column("line_number", (), kind="integer"),
        Column("description", ("Description",), personal=True),
        Column("quantity", ("Quantity",), kind="decimal", required=True, filled=True),
        Column("unit_price", ("UnitPrice", "Price"), kind="decimal", required=True, filled=True),
        Column("ordered_at", ("InvoiceDate",), kind="timestamp", required=True, filled=True),
        Column("currency", ("Currency",)),
        Column("customer_id", ("CustomerID", "Customer ID"), token="customer_id", required=True),
        Column("email", ("Email",), token="email"),
    ),
)

PROFILES = (LINE,)
