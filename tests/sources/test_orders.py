"""Golden rows of order lines as in UCI's Online Retail."""

import io
from datetime import datetime
from decimal import Decimal

import openpyxl
import pytest

from pipelines.publish import run_once
from pipelines.store import Store

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
ANN = (
    "536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n"
    "536365,71053,WHITE METAL LANTERN,6,2010-12-01 08:26:00,3.39,17850.0,United Kingdom\n"
)
GUEST = "536414,22139,,56,2010-12-01 11:52:00,0.0,,United Kingdom\n"
TWICE = (
    "536520,22355,CHARLOTTE BAG,1,2010-12-01 12:43:00,0.85,14729,United Kingdom\n"
    "536520,22355,CHARLOTTE BAG,1,2010-12-01 12:43:00,0.85,14729,United Kingdom\n"
)
CANCELLED = "C536391,71053,WHITE METAL LANTERN,-2,2010-12-01 10:24:00,3.39,17850.0,United Kingdom\n"


def test_a_line_lands_with_keys_for_its_invoice_and_product_and_the_company_s_own_customer_number(
    desk, counts
):
    load = desk.read(HEADER + ANN + GUEST)
    assert counts(load) == (3, 3, 0, 0)
    assert desk.landed("orders__line")[0] == {
        "line": 2, "invoice": desk.hash("orders|invoice|536365"), "product": desk.hash("orders|product|85123A"),
        "line_number": 1, "quantity": Decimal(6), "unit_price": Decimal("2.55"),
        "ordered_at": datetime(2010, 12, 1, 7, 26), "currency": None,
    }  # fmt: skip
    assert desk.tokens("orders__line") == desk.keyed((2, "customer_id", "17850"), (3, "customer_id", "17850"))


def test_a_slash_in_a_number_makes_no_two_lines_one(desk, counts):
    lines = (
        "2024/1,7,MUG,1,2026-11-02 10:00,2.5,17850,France\n2024,1/7,CUP,1,2026-11-02 10:00,2.5,17850,France\n"
    )
    assert counts(desk.read(HEADER + lines)) == (2, 2, 0, 0)


def test_the_same_product_twice_on_an_invoice_is_two_lines(desk, counts):
    assert counts(desk.read(HEADER + TWICE)) == (2, 2, 0, 0)
    assert desk.landed("orders__line", "line_number") == [{"line_number": 1}, {"line_number": 2}]


def test_a_cancellation_lands_as_lines_of_less_than_nothing(desk, counts):
    assert counts(desk.read(HEADER + CANCELLED)) == (1, 1, 0, 0)
    assert desk.landed("orders__line", "quantity") == [{"quantity": Decimal(-2)}]


def test_lines_whose_numbers_or_time_can_not_be_read_are_set_aside(desk, counts):
    broken = (
        HEADER
        + ANN
        + ANN.replace(",6,", ",six,", 1).replace("12-01 08", "13-01 08", 2).replace("536365", "1")
    )
    load = desk.read(broken)
    assert counts(load) == (4, 2, 2, 0)
    assert desk.set_aside(load) == [
        (4, "quantity", "not_a_number"),
        (5, "ordered_at", "not_a_time_in_the_declared_format"),
    ]


def test_a_workbook_tells_the_lines_that_the_text_told_already(desk, counts):
    desk.read(HEADER + ANN, name="lines.csv")
    at = datetime(2010, 12, 1, 8, 26)
    book = openpyxl.Workbook()
    for row in (
        HEADER.strip().split(","),
        [536365, "85123A", "WHITE HANGING HEART T-LIGHT HOLDER", 6, at, 2.55, 17850, "United Kingdom"],
        [536365, 71053, "WHITE METAL LANTERN", 6, at, 3.39, 17850, "United Kingdom"],
    ):
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    assert counts(desk.read(content.getvalue(), on="2026-11-11", name="lines.xlsx")) == (2, 0, 0, 2)


@pytest.mark.parametrize(
    ("first", "last"), [("12/1/2010 8:26", "12/24/2010 9:00"), ("1/12/2010 8:26", "24/12/2010 9:00")]
)
def test_days_that_a_spreadsheet_wrote_are_read_in_the_order_that_the_file_shows(desk, first, last):
    desk.read(HEADER + ANN.replace("2010-12-01 08:26:00", first, 1).replace("2010-12-01 08:26:00", last))
    dates = [row["ordered_at"] for row in desk.landed("orders__line", "ordered_at")]
    assert dates == [datetime(2010, 12, 1, 7, 26), datetime(2010, 12, 24, 8)]


def test_days_that_show_no_order_are_refused_until_it_is_declared(desk, open_desk, counts):
    file = HEADER + ANN.replace("2010-12-01 08:26:00", "12/1/2010 8:26")
    assert "date_format" in desk.refuse(file)
    declared = open_desk('[sources.orders]\ndate_format = "%m/%d/%Y %H:%M"\n')
    assert counts(declared.read(file)) == (2, 2, 0, 0)


def test_another_shop_s_labels_are_mapped_to_these_columns(open_desk, counts):
    desk = open_desk(
        '[mapping.orders]\nBestellung = "invoice"\nArtikel = "product"\nMenge = "quantity"\nPreis = "unit_price"\n'
        'Datum = "ordered_at"\nKundennummer = "customer_id"\n'
    )
    file = "Bestellung;Artikel;Menge;Preis;Datum;Kundennummer\nB-1;Tasse;2;12,50;2026-11-02 10:00;K0042\n"
    assert counts(desk.read(file)) == (1, 1, 0, 0)
    assert desk.landed("orders__line", "unit_price") == [{"unit_price": Decimal("12.5")}]
    assert desk.tokens("orders__line") == desk.keyed((2, "customer_id", "K0042"))


def test_an_invoice_less_what_was_cancelled_is_a_purchase_of_its_customer(desk):
    desk.put("lines.csv", HEADER + ANN + GUEST + TWICE + CANCELLED)
    assert run_once(desk.settings).outcome == "published"
    build = Store(desk.settings.store).current()
    rows = build.query_people(
        "select amount, currency, customer_key from purchase order by ordered_at"
    ).rows()
    build.close()
    assert [row[:2] for row in rows] == [(Decimal("28.86"), "EUR"), (Decimal("1.7"), "EUR")]
    assert {row[2] for row in rows} == {desk.hash("customer_id|17850"), desk.hash("customer_id|14729")}
