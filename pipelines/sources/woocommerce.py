"""WooCommerce orders: the CSV of "Analytics", "Orders", and those of two plugins that export orders.

Declare the shop's zone in `[sources.woocommerce]`; statuses are told in English. The CSV of Analytics knows customers
by their names only, which is no identity: its orders are nobody's, and its amounts are net of tax and shipping, in the
company's currency. Prefer a plugin's, which has e-mail, telephone and totals: of Advanced Order Export, which tells
refunds too, or of Order Export & Order Import, which of refunds tells only those of a whole order. One order told by
several is one order, as it was told last. Where a plugin writes a row for each product, every row tells the whole
order, or only the first one does.
"""

import polars as pl

from pipelines.door.profile import Column, Profile

ANALYTICS_ORDER = Profile(
    source="woocommerce",
    object="order",
    key=("order_number",),
    seen="ordered_at",
    columns=(
        Column("order_number", ("Order #",), required=True, personal=True),
        Column("ordered_at", ("Date",), kind="timestamp", required=True, filled=True),
        Column("status", ("Status",), required=True, filled=True),
        Column("customer_name", ("Customer",), required=True, personal=True),
        Column("net_amount", ("N. Revenue", "Net Sales"), kind="decimal", required=True, filled=True),
    ),
)

ORDER = Profile(
    source="woocommerce",
    object="order",
    key=("order_number",),
    seen="ordered_at",
    columns=(
        Column("order_number", ("Order Number", "order_number"), required=True, personal=True),
        Column("ordered_at", ("Order Date", "order_date"), kind="timestamp", required=True, filled=True),
        Column("status", ("Order Status", "status"), required=True, filled=True),
        Column("email", ("Email (Billing)", "billing_email"), token="email", required=True),
        Column("phone", ("Phone (Billing)", "billing_phone"), token="phone"),
        Column("first_name", ("First Name (Billing)", "billing_first_name"), personal=True),
        Column("last_name", ("Last Name (Billing)", "billing_last_name"), personal=True),
        Column("street", ("Address 1&2 (Billing)", "billing_address_1"), personal=True),
        Column("postal_code", ("Postcode (Billing)", "billing_postcode"), personal=True),
        Column("city", ("City (Billing)", "billing_city"), personal=True),
        Column("note", ("Customer Note", "customer_note"), personal=True),
        Column(
            "total_amount", ("Order Total Amount", "order_total"), kind="decimal", required=True, filled=True
        ),
        Column("refunded_amount", ("Order Refund Amount",), kind="decimal"),
        Column("discount_amount", ("Cart Discount Amount", "discount_total"), kind="decimal"),
        Column("currency", ("Order Currency", "Currency", "order_currency")),
    ),
    set_aside=(
        ("product_line_of_the_order_above", pl.col("order_number").is_null() & pl.col("status").is_null()),
    ),
)

PROFILES = (ANALYTICS_ORDER, ORDER)
