"""Golden rows of WooCommerce's orders: the CSV of Analytics and that of Advanced Order Export."""

from datetime import datetime
from decimal import Decimal

from pipelines.publish import run_once
from pipelines.store import Store

ANALYTICS = (
    "Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items sold,Coupon(s),{},"
    "Attribution\n"
)
SEEN = '2026-11-02 10:15:00,1547,"€1,234.50",completed,Ann Example,returning,"2× Widget, 1× Cap",3,,1029.5,Direct\n'
PLUGIN = (
    "Order Number,Order Status,Order Date,Customer Note,First Name (Billing),Last Name (Billing),Company (Billing),"
    "Address 1&2 (Billing),City (Billing),State Code (Billing),Postcode (Billing),Country Code (Billing),"
    "Email (Billing),Phone (Billing),Payment Method Title,Cart Discount Amount,Order Subtotal Amount,"
    "Shipping Method Title,Order Shipping Amount,Order Refund Amount,Order Total Amount,Order Total Tax Amount,SKU,"
    "Item #,Item Name,Quantity (- Refund),Item Cost,Coupon Code\n"
)
ORDER = (
    '1547,Completed,2026-11-02 10:15,"Ring, please",Ann,Example,,Main St 1,Vienna,,1010,AT,Ann@Example.com,'
    "+43512555010,Card,5.00,120.00,Post,4.50,20.00,124.50,20.75,W-1,1,Widget,2,50.00,HELLO5\n"
)
NEXT_PRODUCT = ORDER.replace("W-1,1,Widget,2,50.00", "C-1,2,Cap,1,20.00")
NEXT_PRODUCT_ALONE = f"{',' * 22}C-1,2,Cap,1,20.00,\n"


def test_an_order_of_analytics_lands_with_the_plain_revenue_and_as_nobody_s(open_desk, counts):
    desk = open_desk('[sources.woocommerce]\ntime_zone = "America/New_York"\n')
    load = desk.read(ANALYTICS.format("N. Revenue") + SEEN)
    assert counts(load) == (1, 1, 0, 0)
    assert desk.landed("woocommerce__order") == [
        {
            "line": 2, "ordered_at": datetime(2026, 11, 2, 15, 15), "status": "completed",
            "net_amount": Decimal("1029.5"),
        }
    ]  # fmt: skip
    assert desk.tokens("woocommerce__order") == set()


def test_what_newer_shops_call_net_sales_is_the_same_column(desk, counts):
    assert counts(desk.read(ANALYTICS.format("Net Sales") + SEEN)) == (1, 1, 0, 0)
    assert desk.landed("woocommerce__order", "net_amount") == [{"net_amount": Decimal("1029.5")}]


def test_an_order_of_the_plugin_lands_with_its_refund_and_who_ordered(desk, counts):
    load = desk.read(PLUGIN + ORDER)
    assert counts(load) == (1, 1, 0, 0)
    assert desk.landed("woocommerce__order") == [
        {
            "line": 2, "ordered_at": datetime(2026, 11, 2, 9, 15), "status": "Completed",
            "total_amount": Decimal("124.5"), "refunded_amount": Decimal(20), "discount_amount": Decimal(5),
            "currency": None,
        }
    ]  # fmt: skip
    assert desk.tokens("woocommerce__order") == desk.keyed(
        (2, "email", "ann@example.com"), (2, "phone", "+43512555010")
    )


def test_an_order_that_is_repeated_for_each_product_is_one_order(desk, counts):
    assert counts(desk.read(PLUGIN + ORDER + NEXT_PRODUCT)) == (2, 1, 0, 1)


def test_a_product_s_row_that_leaves_the_order_empty_is_set_aside_as_such(desk, counts):
    load = desk.read(PLUGIN + ORDER + NEXT_PRODUCT_ALONE)
    assert counts(load) == (2, 1, 1, 0)
    assert desk.set_aside(load) == [(3, "", "product_line_of_the_order_above")]


def test_the_columns_of_the_other_plugin_are_the_same_order(desk):
    other = (
        "order_id,order_number,order_date,paid_date,status,shipping_total,shipping_tax_total,fee_total,fee_tax_total,"
        "tax_total,cart_discount,order_discount,discount_total,order_total,order_subtotal,order_currency,"
        "payment_method,customer_ip_address,customer_id,customer_user,customer_email,billing_first_name,"
        "billing_last_name,billing_company,billing_email,billing_phone,billing_address_1,billing_postcode,"
        "billing_city,customer_note,refund_items\n"
        "91547,1547,2026-11-02 10:15:00,2026-11-02 10:16:00,completed,4.50,0,0,0,20.75,5.00,0,5.00,124.50,120,CHF,"
        "card,192.0.2.10,7,7,ann@example.com,Ann,Example,,ann@example.com,+43512555010,Main St 1,1010,Vienna,,\n"
    )
    desk.read(PLUGIN + ORDER, name="a.csv")
    desk.read(other, on="2026-11-11", name="b.csv")
    assert desk.landed("woocommerce__order", "total_amount", "discount_amount", "currency") == [
        {"total_amount": Decimal("124.5"), "discount_amount": Decimal(5), "currency": None},
        {"total_amount": Decimal("124.5"), "discount_amount": Decimal(5), "currency": "CHF"},
    ]
    assert desk.table("woocommerce__order")["record_key"].n_unique() == 1
    assert len({token for _, _, token in desk.tokens("woocommerce__order")}) == 2


def test_an_order_that_both_exports_tell_is_one_purchase_of_who_ordered(desk):
    desk.put("analytics.csv", ANALYTICS.format("N. Revenue") + SEEN, on="2026-11-09")
    desk.put("orders.csv", PLUGIN + ORDER, on="2026-11-10")
    assert run_once(desk.settings).outcome == "published"
    build = Store(desk.settings.store).current()
    rows = build.query_people(
        "select ordered_at, amount, currency, customer_key is null from purchase"
    ).rows()
    build.close()
    assert rows == [(datetime(2026, 11, 2, 9, 15), Decimal("104.5"), "EUR", False)]
