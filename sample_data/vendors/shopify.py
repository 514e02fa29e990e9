"""Shopify's orders export: 79 columns, one row per line item, order cells only on an order's first row."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from sample_data import vouchers, words
from sample_data.clock import DAY, HOUR, NEVER, Clock, draw, offset_text
from sample_data.files import in_parts
from sample_data.people import phone_texts

HEADER = [
    "Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at",
    "Accepts Marketing", "Currency", "Subtotal", "Shipping", "Taxes", "Total", "Discount Code",
    "Discount Amount", "Shipping Method", "Created at", "Lineitem quantity", "Lineitem name",
    "Lineitem price", "Lineitem compare at price", "Lineitem sku", "Lineitem requires shipping",
    "Lineitem taxable", "Lineitem fulfillment status", "Billing Name", "Billing Street",
    "Billing Address1", "Billing Address2", "Billing Company", "Billing City", "Billing Zip",
    "Billing Province", "Billing Country", "Billing Phone", "Shipping Name", "Shipping Street",
    "Shipping Address1", "Shipping Address2", "Shipping Company", "Shipping City", "Shipping Zip",
    "Shipping Province", "Shipping Country", "Shipping Phone", "Notes", "Note Attributes",
    "Cancelled at", "Payment Method", "Payment Reference", "Refunded Amount", "Vendor",
    "Outstanding Balance", "Employee", "Location", "Device ID", "Id", "Tags", "Risk Level", "Source",
    "Lineitem discount", "Tax 1 Name", "Tax 1 Value", "Tax 2 Name", "Tax 2 Value", "Tax 3 Name",
    "Tax 3 Value", "Tax 4 Name", "Tax 4 Value", "Tax 5 Name", "Tax 5 Value", "Phone", "Receipt Number",
    "Duties", "Billing Province Name", "Shipping Province Name", "Payment ID", "Payment Terms Name",
    "Next Payment Due At", "Payment References",
]  # fmt: skip
ON_EVERY_LINE = {"Name", "Email", "Created at", "Vendor"} | {
    column for column in HEADER if column.startswith("Lineitem")
}
REPEATED_ORDERS = 50
LATE_ORDERS = 3
SHIPPING_CENTS, FREE_SHIPPING_FROM_CENTS, WRONG_SHIPPING_CENTS = 790, 10_000, 7_900
FIRST_NAME, FIRST_ID, ID_STEP, PHONE_ID_STEP = 1001, 8_281_215_041_874, 36_864, 512
TAX = {"CH": ("CH MWST 8.1 %", 0.081), "DE": ("DE VAT 19 %", 0.19), "AT": ("AT VAT 20 %", 0.20)}


def order_book(
    seed: int, people: pl.DataFrame, orders: pl.DataFrame, duplicates: pl.DataFrame, clock: Clock
) -> pl.DataFrame:
    """Orders with everything the shop knows, plus `drop` (first file that holds them), what
    was bought, discounts and refunds. `subtotal_cents` is the list price less `discount_cents`.

    A few orders reach the shop's server two weeks late (a till that was off line). A refund that no file could
    show is not made: files hold new orders and the last 50 of the file before, as they stand then.
    """
    rng = draw(seed, "order book")
    by_phone = orders["by_phone"].to_numpy()
    own, n = np.flatnonzero(~by_phone), int((~by_phone).sum())
    at = orders["ordered_at"].to_numpy()
    buyer = people[orders["customer"].to_numpy()]
    drop = np.searchsorted(np.array(clock.cuts), at, side="right")
    late = rng.choice(np.flatnonzero((drop[own] >= 1) & (drop[own] <= 6)), LATE_ORDERS, replace=False)
    drop[own[late]] += 2

    def spread(drawn: np.ndarray, by_phone_is: float) -> np.ndarray:
        """Values of the orders placed by customers themselves, and one for those taken on the telephone."""
        every = np.full(orders.height, by_phone_is, dtype=drawn.dtype)
        every[own] = drawn
        return every

    pos = spread(rng.random(n) < 0.06, False)
    identity = spread(rng.random(n), 1.0)
    frame = pl.DataFrame(
        {
            "customer": orders["customer"],
            "ordered_at": at,
            "drop": drop,
            "name": "#" + pl.Series(FIRST_NAME + np.arange(orders.height)).cast(pl.String),
            "id": pl.Series(order_ids(by_phone)).cast(pl.String),
            "wished_cents": (orders["amount"].to_numpy() * 100).round().astype(np.int64),
            "is_pos": pos,
            "is_online": ~pos & ~by_phone,
            "uses_second_email": (identity < 0.4)
            & (
                buyer["has_second_email"] | buyer["customer"].is_in(duplicates["customer"].implode())
            ).to_numpy(),
            "has_email": ~(pos & (identity > 0.55)),
            "has_phone": identity > 0.45,
            "is_cancelled": spread(rng.random(n) < 0.01, False),
            "refund_at": NEVER,
            "refund_share": spread(np.where(rng.random(n) < 0.4, 1.0, rng.integers(1, 9, n) / 10), 1.0),
            "wrong_shipping": False,
            "marketing": spread(rng.random(n) < 0.5, False),
            "from_campaign": spread(rng.random(n) < 0.12, False),
            "ip": spread(rng.integers(1, 255, n), 1),
        }
    )
    items = line_items(seed, frame["id"], frame["wished_cents"])
    cents = (items["quantity"] * items["price_cents"]).to_numpy()
    listed = np.bincount(items["order"].to_numpy(), cents, minlength=orders.height).astype(np.int64)
    discount = np.rint(listed * orders["discount_share"].to_numpy()).astype(np.int64)
    sent_back = np.where(rng.random(n) < 0.045, at[own] + rng.integers(2, 25, n) * DAY, NEVER)
    refund_at = spread(sent_back, NEVER)
    cuts = np.array(clock.cuts)
    visible = refund_at < cuts[drop]
    wrong = np.zeros(orders.height, dtype=bool)
    for number in range(len(cuts) - 1):
        overlap = np.flatnonzero(drop == number)[-REPEATED_ORDERS:]
        visible[overlap] |= refund_at[overlap] < cuts[number + 1]
        overlap = overlap[~by_phone[overlap]]
        if len(overlap) >= 8:
            again = rng.choice(overlap[-8:], 2, replace=False)
            refund_at[again], visible[again] = cuts[number] + rng.integers(1, 6, 2) * DAY + 36_000, True
        if number == 4 and len(overlap):
            wrong[overlap[-1]] = True
    return frame.with_columns(
        subtotal_cents=pl.Series(listed - discount),
        discount_cents=pl.Series(discount),
        refund_at=pl.Series(np.where(visible, refund_at, NEVER)),
        wrong_shipping=pl.Series(wrong),
        is_cancelled=pl.col("is_cancelled") & (pl.col("drop") == 0),
    )


def order_ids(by_phone: np.ndarray) -> np.ndarray:
    """Ids that rise with time; an order taken on the telephone changes those of no other order."""
    before = np.cumsum(~by_phone) - 1
    run = np.arange(len(by_phone)) - np.maximum.accumulate(np.where(by_phone, -1, np.arange(len(by_phone))))
    return FIRST_ID + ID_STEP * before + np.where(by_phone, PHONE_ID_STEP * run, 0)


def orders_in(book: pl.DataFrame, number: int) -> pl.DataFrame:
    """The orders of one file: the new ones and the last 50 of the file before, newest first."""
    new = book.filter(pl.col("drop") == number)
    again = book.filter(pl.col("drop") == number - 1).tail(REPEATED_ORDERS)
    return pl.concat([again, new]).sort("id", descending=True)


def scattered(numbers: np.ndarray, seed: int) -> np.ndarray:
    """Each number's own 64 random-looking bits (SplitMix64), the same whichever file the order is in."""
    bits = numbers + np.array([seed + 1], dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def line_items(seed: int, ids: pl.Series, wished_cents: pl.Series) -> pl.DataFrame:
    """One to four lines per order that come near the amount somebody wishes to spend; drawn from the order's id.

    Columns: order (position in `ids`), line, quantity, price_cents, product, sku.
    """
    n, wished = len(ids), wished_cents.to_numpy()
    lot = scattered(ids.cast(pl.UInt64).to_numpy(), seed)
    lines = 1 + np.searchsorted([620, 870, 970], (lot % np.uint64(1000)).astype(int), side="right")
    lines = np.minimum(lines, np.maximum(wished // 1500, 1))
    order = np.repeat(np.arange(n), lines)
    line = np.arange(len(order)) - np.repeat(np.cumsum(lines) - lines, lines)
    weight = ((lot[order] >> (np.uint64(7) * line.astype(np.uint64))) % np.uint64(60)).astype(float) + 20
    target = wished[order] * weight / np.bincount(order, weight, minlength=n)[order]
    prices = np.array([round(price * 100) for _, _, price in words.PRODUCTS])
    dearest = np.searchsorted(prices, target, side="right") - 1
    cheaper = (lot[order] >> np.uint64(40)) % np.uint64(3) + line.astype(np.uint64)
    product = np.maximum(dearest - cheaper.astype(int), 0)
    return pl.DataFrame(
        {
            "order": order,
            "line": line,
            "quantity": np.maximum(np.rint(target / prices[product]).astype(np.int64), 1),
            "price_cents": prices[product],
            "product": pl.Series([name for name, _, _ in words.PRODUCTS]).gather(product),
            "sku": pl.Series([number for _, number, _ in words.PRODUCTS]).gather(product),
        }
    )


def money(cents: pl.Expr) -> pl.Expr:
    """Cents as text with two decimals."""
    whole, rest = cents // 100, (cents % 100).cast(pl.String).str.zfill(2)
    return whole.cast(pl.String) + "." + rest


def shipping_cents() -> pl.Expr:
    """Shipping of an order, from its list price: `subtotal_cents` and `discount_cents`."""
    listed = pl.col("subtotal_cents") + pl.col("discount_cents")
    return pl.when(listed >= FREE_SHIPPING_FROM_CENTS).then(0).otherwise(SHIPPING_CENTS)


def rows(
    seed: int, orders: pl.DataFrame, people: pl.DataFrame, number: int, clock: Clock
) -> Iterator[pl.DataFrame]:
    """Export rows of the given orders as they stood when file `number` was made."""
    for part in in_parts(orders):
        yield _rows(seed, part, people, number, clock)


def _rows(seed: int, orders: pl.DataFrame, people: pl.DataFrame, number: int, clock: Clock) -> pl.DataFrame:
    cut = clock.cuts[number]
    buyer = people[orders["customer"].to_numpy()]
    international, local = phone_texts(buyer["phone_number"])
    refunded = orders["refund_at"].to_numpy() < cut
    created, paid = orders["ordered_at"].to_numpy(), orders["ordered_at"].to_numpy() + 1
    wrong_now = orders["wrong_shipping"].to_numpy() & (orders["drop"].to_numpy() == number)
    known = pl.concat(
        [orders, buyer.drop("customer", "has_second_email", strict=False)], how="horizontal"
    ).with_columns(
        international=international,
        local=local,
        created=offset_text(created),
        paid=offset_text(paid),
        fulfilled=offset_text(
            np.where(created + HOUR < np.array(clock.cuts)[orders["drop"].to_numpy()], created + HOUR, NEVER)
        ),
        refunded=pl.Series(refunded),
        shipping=pl.when(pl.Series(wrong_now)).then(WRONG_SHIPPING_CENTS).otherwise(shipping_cents()),
        rate=pl.col("country").replace_strict({code: rate for code, (_, rate) in TAX.items()}),
        tax_name=pl.col("country").replace_strict({code: name for code, (name, _) in TAX.items()}),
        email_used=pl.when(~pl.col("has_email"))
        .then(pl.lit(None))
        .when(pl.col("uses_second_email"))
        .then("second_email")
        .otherwise("email"),
    )
    full, none = pl.col("refund_share") >= 1, pl.lit(None, dtype=pl.String)
    total = pl.col("subtotal_cents") + pl.col("shipping")
    tax = (total * pl.col("rate") / (1 + pl.col("rate"))).round().cast(pl.Int64)
    refund = (
        pl.when(pl.col("is_cancelled"))
        .then(total)
        .when(~pl.col("refunded"))
        .then(0)
        .when(full)
        .then(total)
        .otherwise((pl.col("subtotal_cents") * pl.col("refund_share")).round().cast(pl.Int64))
    )
    status = (
        pl.when(pl.col("is_cancelled") | (pl.col("refunded") & full))
        .then(pl.lit("refunded"))
        .when("refunded")
        .then(pl.lit("partially_refunded"))
        .otherwise(pl.lit("paid"))
    )
    online, till = pl.col("is_online"), pl.col("is_pos")
    campaign = (
        pl.when(pl.col("from_campaign") & online)
        .then(pl.format("UTM source: newsletter\r\nUTM medium: email\r\nIP address: 192.0.2.{}", "ip"))
        .otherwise(none)
    )
    address = {
        "Name": pl.format("{} {}", "first_name", "last_name"),
        "Street": pl.col("street"),
        "Address1": pl.col("street"),
        "City": pl.col("town"),
        "Zip": pl.when(pl.col("postal_code").str.starts_with("0"))
        .then(pl.lit("'") + pl.col("postal_code"))
        .otherwise("postal_code"),
        "Country": pl.col("country"),
        "Phone": pl.when((pl.col("local") != "") & pl.col("has_phone"))
        .then(pl.lit("'") + pl.col("international"))
        .otherwise(none),
    }
    cells: dict[str, pl.Expr] = {
        "Name": pl.col("name"),
        "Email": pl.col("email_used"),
        "Financial Status": status,
        "Paid at": pl.col("paid"),
        "Fulfillment Status": pl.when(pl.col("fulfilled").is_null())
        .then(pl.lit("unfulfilled"))
        .otherwise(pl.lit("fulfilled")),
        "Fulfilled at": pl.col("fulfilled"),
        "Accepts Marketing": pl.when("marketing").then(pl.lit("yes")).otherwise(pl.lit("no")),
        "Currency": pl.when(pl.col("country") == "CH").then(pl.lit("CHF")).otherwise(pl.lit("EUR")),
        "Subtotal": money(pl.col("subtotal_cents")),
        "Shipping": money(pl.col("shipping")),
        "Taxes": money(tax),
        "Total": money(total),
        "Discount Code": pl.when(pl.col("discount_cents") > 0)
        .then(pl.lit(vouchers.CODE))
        .when(online)
        .then(pl.lit(""))
        .otherwise(none),
        "Discount Amount": money(pl.col("discount_cents")),
        "Shipping Method": pl.when(~till).then(pl.lit("Standard")).otherwise(none),
        "Created at": pl.col("created"),
        "Note Attributes": campaign,
        "Cancelled at": pl.when("is_cancelled").then("paid").otherwise(none),
        "Payment Method": pl.when(~till).then(pl.lit("Shopify Payments")).otherwise(pl.lit("Cash")),
        "Payment Reference": pl.when(~till)
        .then(pl.lit("r") + pl.col("id").str.slice(-7) + pl.lit(".1"))
        .otherwise(none),
        "Refunded Amount": money(refund),
        "Vendor": pl.lit("Sample company"),
        "Outstanding Balance": pl.lit("0.00"),
        "Location": pl.when(~till).then(none).otherwise(pl.lit("Zürich")),
        "Id": pl.col("id"),
        "Tags": pl.when(pl.col("segment") == "Business").then(pl.lit("b2b, invoice")).otherwise(pl.lit("")),
        "Risk Level": pl.lit("Low"),
        "Source": pl.when(online)
        .then(pl.lit("web"))
        .when(till)
        .then(pl.lit("pos"))
        .otherwise(pl.lit("shopify_draft_order")),
        "Tax 1 Name": pl.col("tax_name"),
        "Tax 1 Value": money(tax),
        "Phone": pl.when((pl.col("local") != "") & pl.col("has_phone"))
        .then(pl.col("international").str.replace_all(" ", ""))
        .otherwise(none),
        **{f"Billing {name}": pl.when(~till).then(cell).otherwise(none) for name, cell in address.items()},
        **{
            f"Shipping {name}": pl.when(~till).then(cell).otherwise(none)
            for name, cell in address.items()
            if name != "Phone"
        },
    }
    order_cells = known.select(**cells)
    items = line_items(seed, orders["id"], orders["wished_cents"])
    lines = order_cells[items["order"].to_numpy()].with_columns(items)
    first = pl.col("line") == 0
    fulfilment = (
        pl.when(pl.col("Fulfilled at").is_null()).then(pl.lit("pending")).otherwise(pl.lit("fulfilled"))
    )
    item_cells = {
        "Lineitem quantity": pl.col("quantity").cast(pl.String),
        "Lineitem name": pl.col("product"),
        "Lineitem price": money(pl.col("price_cents")),
        "Lineitem sku": pl.col("sku"),
        "Lineitem requires shipping": pl.lit("true"),
        "Lineitem taxable": pl.lit("true"),
        "Lineitem fulfillment status": fulfilment,
        "Lineitem discount": pl.lit("0.00"),
    }
    return lines.select(
        **{
            column: item_cells[column]
            if column in item_cells
            else pl.lit(None, dtype=pl.String)
            if column not in cells
            else pl.col(column)
            if column in ON_EVERY_LINE
            else pl.when(first).then(pl.col(column)).otherwise(pl.lit(None, dtype=pl.String))
            for column in HEADER
        }
    )
