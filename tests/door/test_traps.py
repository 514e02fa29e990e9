"""The silent corruptions that guessing engines commit, as golden rows of one small export."""

from datetime import datetime
from decimal import Decimal

import pytest

HEADER = "Record ID,Email,Create Date,Postal Code,Phone Number,GA4 client id,Lifecycle Stage\n"
MAPPING = '[mapping.hubspot]\n"Postal Code" = "region"\n'


@pytest.fixture
def mapped(open_desk):
    return open_desk(MAPPING)


def contact(number="1", created="2026-05-01 08:00", code="", phone="", client="", stage=""):
    return f"{number},ann@example.com,{created},{code},{phone},{client},{stage}\n"


def test_leading_zeros_are_kept(mapped):
    mapped.read(HEADER + contact(number="00017", code="02134"))
    assert mapped.landed("hubspot__contact", "region") == [{"region": "02134"}]
    assert mapped.table("hubspot__contact")["record_key"].to_list() == [mapped.hash("hubspot|contact|00017")]


@pytest.mark.parametrize("word", ["NO", "Yes", "true", "NULL", "NaN", "1.23457E+11", "0x1F", "1e5", "-99"])
def test_a_word_in_a_text_column_stays_that_word(mapped, word):
    mapped.read(HEADER + contact(stage=word))
    assert mapped.landed("hubspot__contact", "lifecycle_stage") == [{"lifecycle_stage": word}]


def test_text_after_twenty_five_thousand_numbers_changes_nothing(mapped, counts):
    rows = "".join(contact(number=str(n), code=f"{n:05}") for n in range(25_000))
    load = mapped.read(
        HEADER + rows + contact(number="25000", code="SW1A 1AA") + contact(number="25001", code="00544")
    )
    assert counts(load) == (25_002, 25_002, 0, 0)
    codes = [row["region"] for row in mapped.landed("hubspot__contact", "region")]
    assert [codes[0], codes[7], *codes[-2:]] == ["00000", "00007", "SW1A 1AA", "00544"]


def test_a_web_client_has_one_token_however_its_cookie_is_spelt_and_keeps_every_digit(mapped):
    mapped.read(
        HEADER
        + contact("1", client="GA1.1.1843720384.1714291234")
        + contact("2", client="1843720384.1714291234")
        + contact("3", client="GA1.2-2.1843720384.1714291234")
        + contact("4", client="1843720384.1714291235")
        + contact("5", client="undefined")
    )
    clients = {
        (line, token) for line, kind, token in mapped.tokens("hubspot__contact") if kind == "ga4_client_id"
    }
    one, other = (mapped.hash(f"ga4_client_id|1843720384.171429123{last}") for last in "45")
    assert clients == {(2, one), (3, one), (4, one), (5, other)}


def test_a_long_telephone_number_without_a_plus_is_the_same_number_as_with_one(mapped):
    mapped.read(HEADER + contact("1", phone="4915112345678") + contact("2", phone="'+49 151 12345678"))
    phones = {(line, token) for line, kind, token in mapped.tokens("hubspot__contact") if kind == "phone"}
    assert phones == {(2, mapped.hash("phone|+4915112345678")), (3, mapped.hash("phone|+4915112345678"))}


@pytest.mark.parametrize(
    ("zone", "written", "utc"),
    [
        ("Europe/Zurich", "2026-03-29 01:59", datetime(2026, 3, 29, 0, 59)),
        ("Europe/Zurich", "2026-03-29 02:30", datetime(2026, 3, 29, 1, 30)),
        ("Europe/Zurich", "2026-03-29 03:00", datetime(2026, 3, 29, 1, 0)),
        ("Europe/Zurich", "2026-10-25 02:30", datetime(2026, 10, 25, 0, 30)),
        ("Europe/Zurich", "2026-10-25 03:00", datetime(2026, 10, 25, 2, 0)),
        ("Europe/Zurich", "2026-10-25T02:30:00+01:00", datetime(2026, 10, 25, 1, 30)),
        ("Europe/Zurich", "2026-10-25T02:30:00.123Z", datetime(2026, 10, 25, 2, 30, 0, 123_000)),
        ("America/New_York", "2026-03-08 02:30:00", datetime(2026, 3, 8, 7, 30)),
        ("Australia/Lord_Howe", "2026-10-04 02:15", datetime(2026, 10, 3, 16, 15)),
        ("Asia/Kathmandu", "2026-05-01", datetime(2026, 4, 30, 18, 15)),
    ],
)
def test_a_skipped_hour_is_read_an_hour_later_and_a_repeated_one_as_its_first_pass(
    open_desk, zone, written, utc
):
    desk = open_desk(f'[sources.hubspot]\ntime_zone = "{zone}"\n')
    desk.read(HEADER + contact(created=written))
    assert desk.landed("hubspot__contact", "created_at") == [{"created_at": utc}]


def test_with_points_between_them_the_day_comes_first(mapped):
    mapped.read(HEADER + contact(created="11.05.2023 08:00"))
    (row,) = mapped.landed("hubspot__contact", "created_at")
    assert (row["created_at"].day, row["created_at"].month) == (11, 5)


UNREADABLE = (
    "05/04/2024",
    "2/7/2023 8:47 PM",
    "45631",
    "1714550400000",
    "2026-13-01",
    "24-05-01",
)
UNREADABLE += ("2026-02-30 08:00", "0001-01-01", "9999-12-31 00:00", "tomorrow")


@pytest.mark.parametrize("written", UNREADABLE)
def test_a_date_whose_order_is_not_declared_is_set_aside(mapped, counts, written):
    load = mapped.read(HEADER + contact(created=written))
    assert counts(load) == (1, 0, 1, 0)
    assert mapped.set_aside(load) == [(2, "created_at", "not_a_time_in_the_declared_format")]


@pytest.mark.parametrize(
    ("declared", "expected"), [("%d/%m/%Y", datetime(2024, 4, 5)), ("%m/%d/%Y", datetime(2024, 5, 4))]
)
def test_a_declared_date_format_settles_the_order_and_iso_dates_still_read(open_desk, declared, expected):
    desk = open_desk(f'[sources.hubspot]\ndate_format = "{declared}"\ntime_zone = "UTC"\n')
    desk.read(HEADER + contact(created="05/04/2024") + contact("2"))
    assert desk.landed("hubspot__contact", "created_at") == [
        {"created_at": expected},
        {"created_at": datetime(2026, 5, 1, 8)},
    ]


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("9225.22", "9225.22"),
        ("-5", "-5"),
        ("+5.10", "5.10"),
        ("00012", "12"),
        ("99999999999999.9999", "99999999999999.9999"),
    ],
)
def test_an_amount_with_a_decimal_point_is_exact(desk, written, amount):
    desk.read(f"Record ID,Deal Name,Deal Stage,Amount\n1,x,won,{written}\n")
    assert desk.landed("hubspot__deal", "amount") == [{"amount": Decimal(amount)}]


@pytest.mark.parametrize(
    ("written", "amount"),
    [("9.225,22", "9225.22"), ("1,200.50", "1200.50"), ("12,5", "12.5"), ("1 234,56", "1234.56")],
)
def test_an_amount_that_can_be_read_in_one_way_only_is_read_in_it(desk, written, amount):
    desk.read(f'Record ID,Deal Name,Deal Stage,Amount\n1,x,won,"{written}"\n')
    assert desk.landed("hubspot__deal", "amount") == [{"amount": Decimal(amount)}]


@pytest.mark.parametrize("written", ["1,200", "12,345,678"])
def test_an_amount_that_can_be_read_in_two_ways_refuses_the_file_until_the_mark_is_declared(
    open_desk, written
):
    deals = f'Record ID,Deal Name,Deal Stage,Amount\n1,x,won,"{written}"\n'
    assert 'decimal_mark = "," or "." in [sources.hubspot]' in open_desk().refuse(deals)
    declared = open_desk('[sources.hubspot]\ndecimal_mark = "."\n')
    declared.read(deals)
    assert declared.landed("hubspot__deal", "amount") == [{"amount": Decimal(written.replace(",", ""))}]


WORDED = (
    "120 000",
    "$5",
    "1.23457E+11",
    "5.",
    ".5",
    "999999999999999",
    "٣٤",
    "NaN",
    "inf",
)


@pytest.mark.parametrize("written", WORDED)
def test_an_amount_in_any_other_spelling_is_set_aside(desk, counts, written):
    load = desk.read(f'Record ID,Deal Name,Deal Stage,Amount\n1,x,won,"{written}"\n')
    assert counts(load) == (1, 0, 1, 0)
    assert desk.set_aside(load) == [(2, "amount", "not_a_number")]


@pytest.mark.parametrize("written", ["٠١:٠٢:٠٣", "1:2:3", "00:60:00", "1234567:00:00", "90"])
def test_a_duration_in_any_other_spelling_is_set_aside(desk, written):
    load = desk.read(
        "Record ID,Ticket name,Ticket status,Create date,Time to first agent email reply (HH:mm:ss)\n"
        f"1,x,open,2026-05-01 08:00,{written}\n"
    )
    assert desk.set_aside(load) == [(2, "first_reply_seconds", "not_hours_minutes_seconds")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_the_same_rows_land_from_every_delimiter_and_encoding(mapped, counts, delimiter, encoding):
    text = (HEADER + contact(stage="Gruß") + contact("2", code="02134")).replace(",", delimiter)
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    load = mapped.read((mark + text).encode(encoding))
    assert counts(load) == (2, 2, 0, 0)
    assert mapped.landed("hubspot__contact", "line", "lifecycle_stage", "region") == [
        {"line": 2, "lifecycle_stage": "Gruß", "region": None},
        {"line": 3, "lifecycle_stage": None, "region": "02134"},
    ]


def test_line_breaks_inside_quotes_move_the_line_numbers_and_nothing_else(mapped, counts):
    load = mapped.read(
        HEADER
        + contact("1", stage='"a\r\nb\nc"')
        + contact("2", created="never")
        + contact("3").replace("\n", "\r\n")
    )
    assert counts(load) == (3, 2, 1, 0)
    assert mapped.set_aside(load) == [(5, "created_at", "not_a_time_in_the_declared_format")]
    assert mapped.landed("hubspot__contact", "line", "lifecycle_stage") == [
        {"line": 2, "lifecycle_stage": "a\r\nb\nc"},
        {"line": 6, "lifecycle_stage": None},
    ]


def test_rows_of_another_width_are_set_aside_by_line(mapped, counts):
    load = mapped.read(
        HEADER + contact("1") + "2,bo@example.com\n" + contact("3").strip() + ",surplus\n" + contact("4")
    )
    assert counts(load) == (4, 2, 2, 0)
    assert mapped.set_aside(load) == [(3, "", "wrong_number_of_cells"), (4, "", "wrong_number_of_cells")]
    assert [row["line"] for row in mapped.landed("hubspot__contact")] == [2, 5]


def test_a_file_of_a_header_alone_is_an_empty_export(mapped, counts):
    assert counts(mapped.read(HEADER)) == (0, 0, 0, 0)


def test_a_column_that_nobody_named_is_noted_and_not_landed(mapped):
    load = mapped.read("Record ID,Email,Create Date,Salary\n1,ann@example.com,2026-05-01 08:00,99999\n")
    assert load.notes == ["1 column(s) are not used and stay in the original file"]
    assert "99999" not in str(mapped.landed("hubspot__contact"))


def test_of_one_record_twice_in_a_file_the_newest_is_landed(desk, counts):
    load = desk.read(
        "Record ID,Email,Create Date,Last Modified Date,Lifecycle Stage\n"
        "1,ann@example.com,2026-05-01 08:00,2026-05-03 08:00,customer\n"
        "1,ann@example.com,2026-05-01 08:00,2026-05-02 08:00,lead\n"
    )
    assert counts(load) == (2, 1, 0, 1)
    assert desk.landed("hubspot__contact", "lifecycle_stage") == [{"lifecycle_stage": "customer"}]
