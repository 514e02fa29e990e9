"""Golden rows of Shopify's orders CSV."""

from datetime import datetime
from decimal import Decimal

HEADER = (
    "Name,Email,Financial Status,Currency,Total,Created at,Lineitem quantity,Lineitem name,Billing Name,"
    "Billing Zip,Billing Phone,Note Attributes,Cancelled at,Refunded Amount,Id,Source,Phone,Discount Amount\n"
)
ORDER_1547 = (
    "#1547,Ann@Example.com,paid,EUR,316.50,2026-08-24 13:18:57 +0200,1,Pad-Set,Ann O'Neil,'06414,"
    '\'+43 512 555010,"UTM source: facebook\r\nIP address: 192.0.2.10",,0.00,8281215041874,web,+43512555010,15.50\n'
    "#1547,ann@example.com,,,,2026-08-24 13:18:57 +0200,2,Cleaning Solution,,,,,,,,,,\n"
)
ORDER_1548 = (
    "#1548,,partially_refunded,EUR,100.00,2026-03-29 01:59:59 +0100,1,Premium,,,,,,20.00,8282492240210,pos,"
    ",0.00\n"
)
ORDER_1549 = (
    "#1549,bo@example.com,voided,EUR,5.00,2026-03-29 03:00:01 +0200,1,Mug,,,,,2026-03-30 00:00:00 +0200,,"
    "8282492240211,web,,\n"
)


def test_every_line_of_an_order_lands_under_the_order_s_id(desk, counts):
    load = desk.read(HEADER + ORDER_1547 + ORDER_1548 + ORDER_1549)
    assert counts(load) == (4, 4, 0, 0)
    assert desk.landed("shopify__order") == [
        {
            "line": 2, "line_number": 1, "financial_status": "paid",
            "created_at": datetime(2026, 8, 24, 11, 18, 57), "cancelled_at": None, "currency": "EUR",
            "total_amount": Decimal("316.50"), "refunded_amount": Decimal(0),
            "discount_amount": Decimal("15.50"), "channel": "web",
        },
        {
            "line": 4, "line_number": 2, "financial_status": None,
            "created_at": datetime(2026, 8, 24, 11, 18, 57), "cancelled_at": None, "currency": None,
            "total_amount": None, "refunded_amount": None, "discount_amount": None, "channel": None,
        },
        {
            "line": 5, "line_number": 1, "financial_status": "partially_refunded",
            "created_at": datetime(2026, 3, 29, 0, 59, 59), "cancelled_at": None, "currency": "EUR",
            "total_amount": Decimal(100), "refunded_amount": Decimal(20),
            "discount_amount": Decimal(0), "channel": "pos",
        },
        {
            "line": 6, "line_number": 1, "financial_status": "voided",
            "created_at": datetime(2026, 3, 29, 1, 0, 1), "cancelled_at": datetime(2026, 3, 29, 22),
            "currency": "EUR", "total_amount": Decimal(5), "refunded_amount": None, "discount_amount": None,
            "channel": "web",
        },
    ]  # fmt: skip
    assert desk.tokens("shopify__order") == desk.keyed(
        (2, "email", "ann@example.com"),
        (2, "phone", "+43512555010"),
        (4, "email", "ann@example.com"),
        (4, "phone", "+43512555010"),
        (6, "email", "bo@example.com"),
    )


def test_every_line_is_of_whom_the_first_line_of_its_order_names(desk):
    desk.read(HEADER + ORDER_1547.replace("#1547,ann@example.com", "#1547,") + ORDER_1549)
    ann = (("email", "ann@example.com"), ("phone", "+43512555010"))
    assert desk.tokens("shopify__order") == desk.keyed(
        *((line, *who) for line in (2, 4) for who in ann), (5, "email", "bo@example.com")
    )


def test_lines_of_one_order_that_lie_apart_are_still_one_order(desk):
    first, second = ORDER_1547.splitlines(keepends=True)[:2], ORDER_1547.splitlines(keepends=True)[2:]
    desk.read(HEADER + "".join(first) + ORDER_1548 + "".join(second))
    keys = desk.table("shopify__order").sort("line")["record_key"].to_list()
    assert keys == [
        desk.hash("shopify|order|8281215041874\x1f1"),
        desk.hash("shopify|order|8282492240210\x1f1"),
        desk.hash("shopify|order|8281215041874\x1f2"),
    ]


def test_of_overlapping_files_only_the_corrected_order_lands_again(desk, counts):
    desk.read(HEADER + ORDER_1547 + ORDER_1548, on="2026-11-10", name="orders_export_1.csv")
    refunded = ORDER_1548.replace("20.00", "100.00").replace("partially_refunded", "refunded")
    second = desk.read(
        HEADER + ORDER_1547 + refunded + ORDER_1549, on="2026-11-12", name="orders_export_1 (1).csv"
    )
    assert counts(second) == (4, 2, 0, 2)
    assert desk.landed("shopify__order", "line", "financial_status", "refunded_amount")[3:] == [
        {"line": 5, "financial_status": "refunded", "refunded_amount": Decimal(100)},
        {"line": 6, "financial_status": "voided", "refunded_amount": None},
    ]


def test_an_order_corrected_back_lands_a_third_time(desk, counts):
    desk.read(HEADER + ORDER_1548, on="2026-11-10", name="1.csv")
    desk.read(HEADER + ORDER_1548.replace("20.00", "30.00"), on="2026-11-11", name="2.csv")
    assert counts(desk.read(HEADER + ORDER_1548, on="2026-11-12", name="3.csv")) == (1, 1, 0, 0)


def test_an_order_whose_first_line_is_missing_is_set_aside(desk, counts):
    load = desk.read(HEADER + "".join(ORDER_1547.splitlines(keepends=True)[2:]) + ORDER_1548)
    assert counts(load) == (2, 1, 1, 0)
    assert desk.set_aside(load) == [(2, "order_id", "missing")]


def test_a_time_without_an_offset_is_set_aside(desk, counts):
    load = desk.read(HEADER + ORDER_1548.replace(" +0100", ""))
    assert counts(load) == (1, 0, 1, 0)
    assert desk.set_aside(load) == [(2, "created_at", "not_a_time_in_the_declared_format")]


def test_a_file_that_a_spreadsheet_saved_in_its_own_encoding_is_read_as_such(desk, counts):
    order = ORDER_1549.replace(",Mug,", ",Müsli – groß,")
    load = desk.read((HEADER + order).encode("cp1252"))
    assert (load.encoding, counts(load)) == ("cp1252", (1, 1, 0, 0))
    assert desk.landed("shopify__order", "total_amount") == [{"total_amount": Decimal(5)}]
