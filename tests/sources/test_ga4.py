"""Golden rows of Google Analytics in files: audience members, BigQuery events, tables of the interface."""

import csv
import gzip
import io
import json
import tempfile
import time
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.door.text import decode
from pipelines.ga4.cells import unfold

MEMBERS = (
    "property,audience,snapshot_at,member_number,userId,deviceId\n"
    "413000001,Loyal customers,2026-11-10 04:00:00,0,,\n"
    "413000001,Loyal customers,2026-11-10 04:00:00,1,K-0001,1843720384.1714291234\n"
    "413000001,Loyal customers,2026-11-10 04:00:00,2,(not set),1843720385.1714291235\n"
)
CRM = (
    "Record ID,Email,Create Date,GA4 client id,Customer number\n"
    "7,ann@example.com,2026-05-01 08:00,GA1.1.1843720385.1714291235,K-0001\n"
)
MAPPING = '[mapping.hubspot]\n"Customer number" = "customer_id"\n'


def event(**changes):
    """One event as `bq extract` writes it to JSON: numbers of 64 bits as text, absent values left out."""
    params = {
        "ga_session_id": 1794297600,
        "page_location": "https://shop.example/help?email=ann%40example.com#x",
    }
    params |= changes.pop("params", {})
    return {
        "event_date": "20261110",
        "event_timestamp": "1794297600000001",
        "event_name": "page_view",
        "event_params": [{"key": name, "value": value_of(value)} for name, value in params.items()],
        "event_bundle_sequence_id": "5",
        "user_pseudo_id": "1843720384.1714291234",
        "is_active_user": True,
        "stream_id": "44",
        "device": {"category": "mobile"},
        **changes,
    }


def value_of(value):
    kind = {str: "string", int: "int", float: "double"}[type(value)]
    return {f"{kind}_value": str(value) if kind == "int" else value}


EVENTS = [
    event(),
    event(),
    event(
        event_name="was_this_helpful",
        event_timestamp="1794297605000000",
        user_id="K-0001",
        params={"helpful": "yes", "session_engaged": "1", "engagement_time_msec": 1200},
        session_traffic_source_last_click={
            "cross_channel_campaign": {"default_channel_group": "Organic Search"}
        },
    ),
    event(
        event_name="purchase",
        event_timestamp="1794297606000000",
        user_pseudo_id=None,
        ecommerce={"purchase_revenue": 49.9, "transaction_id": "T-1"},
        params={"currency": "EUR", "page_location": "https://shop.example", "session_engaged": 1},
    ),
    event(event_timestamp="soon"),
]


def ndjson(events):
    lines = [{name: value for name, value in each.items() if value is not None} for each in events]
    return "".join(json.dumps(line) + "\n" for line in lines)


def parquet(events):
    """The same, typed as BigQuery's Parquet is."""
    value = pl.Struct(
        {
            "string_value": pl.String,
            "int_value": pl.Int64,
            "float_value": pl.Float64,
            "double_value": pl.Float64,
        }
    )
    schema = {
        "event_date": pl.String,
        "event_timestamp": pl.Int64,
        "event_name": pl.String,
        "event_params": pl.List(pl.Struct({"key": pl.String, "value": value})),
        "event_bundle_sequence_id": pl.Int64,
        "user_pseudo_id": pl.String,
        "user_id": pl.String,
        "is_active_user": pl.Boolean,
        "stream_id": pl.String,
        "device": pl.Struct({"category": pl.String}),
        "ecommerce": pl.Struct({"purchase_revenue": pl.Float64, "transaction_id": pl.String}),
        "session_traffic_source_last_click": pl.Struct(
            {"cross_channel_campaign": pl.Struct({"default_channel_group": pl.String})}
        ),
    }
    rows = [
        {
            **dict.fromkeys(schema),
            **each,
            "event_timestamp": int(each["event_timestamp"]),
            "event_bundle_sequence_id": 5,
            "event_params": [
                {
                    "key": p["key"],
                    "value": {k: int(v) if k == "int_value" else v for k, v in p["value"].items()},
                }
                for p in each["event_params"]
            ],
        }
        for each in events
    ]
    packed = io.BytesIO()
    pl.DataFrame(rows, schema=schema).write_parquet(packed)
    return packed.getvalue()


def test_members_land_as_tokens_that_customers_are_looked_up_by(open_desk, counts):
    desk = open_desk(MAPPING)
    desk.read(CRM, name="crm.csv")
    load = desk.read(MEMBERS, on="2026-11-10T05:00", name="ga4-audience.csv")
    assert counts(load) == (3, 3, 0, 0)
    assert load.data_through_at == datetime(2026, 11, 10, 4)
    user, client = desk.hash("customer_id|K-0001"), desk.hash("ga4_client_id|1843720384.1714291234")
    other = desk.hash("ga4_client_id|1843720385.1714291235")
    assert desk.landed("ga4__audience_member", "member_number", "user_id", "client_id") == [
        {"member_number": 0, "user_id": None, "client_id": None},
        {"member_number": 1, "user_id": user, "client_id": client},
        {"member_number": 2, "user_id": None, "client_id": other},
    ]
    given = desk.table("identity_token")
    assert {user, other} <= set(given["token"])
    assert set(given["source"]) == {"hubspot"}, "members of an audience are nobody's records"


def test_the_settings_say_what_kind_of_identifier_a_user_id_is(open_desk):
    desk = open_desk('[sources.ga4]\nproperties = ["413000001"]\nuser_id_is = "hubspot_contact"\n')
    desk.read(MEMBERS)
    assert desk.hash("hubspot_contact|K-0001") in desk.table("ga4__audience_member")["user_id"].to_list()


def test_a_corrected_kind_of_user_id_lands_the_same_file_again(open_desk, counts):
    desk = open_desk()
    desk.read(MEMBERS)
    again = open_desk('[sources.ga4]\nproperties = ["1"]\nuser_id_is = "zendesk_user"\n')
    again.store.root.parent.joinpath("store").mkdir(exist_ok=True)
    for source, target in (
        (desk.store.root, again.store.root),
        (desk.settings.key_file, again.settings.key_file),
    ):
        target.rename(target.with_name(target.name + "-unused"))
        source.rename(target)
    again.key = desk.key
    assert counts(again.read(MEMBERS, on="2026-11-11")) == (3, 2, 0, 1), (
        "the row without a user id is as it was"
    )


def test_events_land_without_addresses_and_without_people(desk, counts):
    load = desk.read(ndjson(EVENTS), name="events.json")
    assert counts(load) == (5, 4, 1, 0)
    assert desk.set_aside(load) == [(5, "event_at", "not_a_time_in_the_declared_format")]
    assert desk.table("identity_token").is_empty()
    visitor = desk.hash("ga4|visitor|1843720384.1714291234")
    session = desk.hash("ga4|session|1843720384.1714291234|1794297600")
    client = desk.hash("ga4_client_id|1843720384.1714291234")
    seen = {"event_on": date(2026, 11, 10), "visitor_key": visitor, "session_key": session, "client_id": client,
            "stream_id": "44", "is_active_user": True, "page_path": "/help", "channel": None, "helpful": None,
            "search_result": None, "purchase_amount": None, "refund_amount": None, "currency": None,
            "user_id": None, "is_engaged_session": None, "engagement_msec": None}  # fmt: skip
    page_view = {**seen, "event_at": datetime(2026, 11, 10, 8, 0, 0, 1), "event_name": "page_view"}
    assert desk.landed("ga4__event") == [
        {"line": 1, **page_view},
        {"line": 2, **page_view},
        {
            **seen, "line": 3, "event_at": datetime(2026, 11, 10, 8, 0, 5), "event_name": "was_this_helpful",
            "user_id": desk.hash("customer_id|K-0001"), "is_engaged_session": True, "engagement_msec": 1200,
            "channel": "Organic Search", "helpful": "yes",
        },
        {
            **seen, "line": 4, "event_at": datetime(2026, 11, 10, 8, 0, 6), "event_name": "purchase", "page_path": "/",
            "visitor_key": None, "session_key": None, "client_id": None, "is_engaged_session": True,
            "purchase_amount": Decimal("49.9"), "currency": "EUR",
        },
    ]  # fmt: skip


def test_parquet_says_the_same_as_json_lines(open_desk, counts):
    by_json, by_parquet = open_desk(), open_desk()
    by_json.read(ndjson(EVENTS[:4]), name="a.json")
    by_parquet.key = by_json.key
    by_json.settings.key_file.replace(by_parquet.settings.key_file)
    assert counts(by_parquet.read(parquet(EVENTS[:4]), name="a.parquet")) == (4, 4, 0, 0)
    assert by_parquet.landed("ga4__event") == by_json.landed("ga4__event")
    same = by_parquet.table("ga4__event")["record_key"].to_list()
    assert same == by_json.table("ga4__event")["record_key"].to_list()


def test_a_later_export_of_the_same_day_adds_only_what_is_new(desk, counts):
    desk.read(ndjson(EVENTS[:2]), name="events_intraday_20261110.json")
    again = desk.read(
        gzip.compress(ndjson(EVENTS[:4]).encode()), on="2026-11-11", name="events_20261110.json.gz"
    )
    assert counts(again) == (4, 2, 0, 2)


def test_an_old_export_without_the_newer_columns_lands_too(desk, counts):
    frame = pl.read_parquet(io.BytesIO(parquet(EVENTS[:3])))
    packed = io.BytesIO()
    frame.drop("session_traffic_source_last_click", "is_active_user", "ecommerce").write_parquet(packed)
    assert counts(desk.read(packed.getvalue(), name="a.parquet")) == (3, 3, 0, 0)
    assert desk.landed("ga4__event", "channel", "helpful")[2] == {"channel": None, "helpful": "yes"}


def repeated(event, times):
    """A Parquet file that says the same again and again, in a few bytes."""
    packed = io.BytesIO()
    one = pl.read_parquet(io.BytesIO(parquet([event]))).select("event_timestamp", "event_date", "event_name")
    pl.concat([one] * times).write_parquet(packed)
    return packed.getvalue()


def test_a_gzip_of_very_many_parts_is_read_at_once(desk, counts):
    parts = [gzip.compress(b"\n")] * 50_000
    content = b"".join([*parts, gzip.compress(ndjson(EVENTS[:2]).encode())])
    started = time.monotonic()
    assert counts(desk.read(content, name="a.json.gz")) == (2, 2, 0, 0)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (parquet(EVENTS[:1])[:200] + b"PAR1", "It starts as Parquet but can not be read"),
        (gzip.compress(ndjson(EVENTS).encode())[:-20], "The GZIP is cut off"),
        (gzip.compress(b"\n" * 10_000_000), "The GZIP expands"),
        (b"\x1f\x8b\x08nothing", "The GZIP is cut off"),
        (gzip.compress(ndjson(EVENTS).encode())[:40] + b"\xff" * 99, "The GZIP can not be opened"),
        (b"".join([gzip.compress(b"\n" * 100_000)] * 50), "The GZIP expands"),
        (repeated(EVENTS[0], 200_000), "The Parquet file has more records than bytes"),
    ],
)
def test_a_damaged_container_is_refused(desk, content, reason):
    assert desk.refuse(content, "events.bin").startswith(reason)


REPORT = """\
# ----------------------------------------
# Pages and screens: Page path and screen class
# Account: Acme
# Property: Acme shop - GA4
# ----------------------------------------
#\x20
# All Users
# Start date: 20261005
# End date: 20261011
Page path and screen class,Views,Active users,Views per active user,Event count,Total revenue
/help/returns,120,60,2,400,0
/reset?email=ann%40example.com,3,2,1.5,9,0
/reset?email=bo%40example.com,4,3,1.3333333,12,12.5
/hello/ann@example.com,10,9,1.1,20,0
"""


def test_a_report_of_the_interface_lands_figure_by_figure(desk, counts):
    load = desk.read(REPORT, name="Pages_and_screens.csv")
    assert counts(load) == (20, 20, 0, 0)
    assert load.notes == ["5 text(s) of member told who somebody is; that part is left out"]
    about = {"property": "Acme shop - GA4", "title": "Pages and screens: Page path and screen class",
             "segment": "All Users", "starts_on": date(2026, 10, 5), "ends_on": date(2026, 10, 11),
             "dimension": "page_path"}  # fmt: skip
    landed = desk.landed("ga4__cell")
    assert landed[:2] == [
        {"line": 11, **about, "member": "/help/returns", "metric": "screen_page_views", "value": 120.0},
        {"line": 11, **about, "member": "/help/returns", "metric": "active_users", "value": 60.0},
    ]
    views = {
        (row["line"], row["member"]): row["value"] for row in landed if row["metric"] == "screen_page_views"
    }
    assert views == {
        (11, "/help/returns"): 120, (12, "/reset"): 3, (13, "/reset"): 4,
        (14, "/hello/…"): 10,
    }  # fmt: skip
    assert landed[12]["value"] == 1.3333333


SNAPSHOT = """\
# ----------------------------------------
# Reports snapshot
# Account: Acme
# Property: Acme shop - GA4
# ----------------------------------------

# All Users
# Start date: 20261001
# End date: 20261003
Nth day,Active users
0000,35
0001,40
0002,0

# All Users
# Start date: 20260901
# End date: 20260930
Active users,New users,Purchase revenue
410,120,1234.5

# All Users
# Start date: 20261001
# End date: 20261003
Session primary channel group (Default Channel Group),Sessions
"Organic, 🔎 Search",61
#1 newsletter,5

# All Users
# Start date: 20260901
# End date: 20261012
Cohort,Week 0,Week 1,Week 2
20260901-20260907,100,40,-1
20260908-20260914,90,-1
20260915-20260921,80
"""


def test_every_table_of_a_snapshot_has_its_own_days(desk, counts):
    load = desk.read(SNAPSHOT, name="Reports_snapshot.csv")
    assert counts(load) == (14, 12, 2, 0)
    assert desk.set_aside(load) == [(32, "", "not_yet"), (33, "", "not_yet")]
    assert load.rows_dropped == 2
    september, day = (date(2026, 9, 1), date(2026, 9, 30)), date(2026, 10, 1)
    found = desk.landed("ga4__cell", "starts_on", "ends_on", "dimension", "member", "metric", "value")
    assert [tuple(row.values()) for row in found] == [
        (day, day, None, None, "active_users", 35),
        (date(2026, 10, 2), date(2026, 10, 2), None, None, "active_users", 40),
        (date(2026, 10, 3), date(2026, 10, 3), None, None, "active_users", 0),
        (*september, None, None, "active_users", 410),
        (*september, None, None, "new_users", 120),
        (*september, None, None, "purchase_revenue", 1234.5),
        (day, date(2026, 10, 3), "session_default_channel_group", "Organic, 🔎 Search", "sessions", 61),
        (day, date(2026, 10, 3), "session_default_channel_group", "#1 newsletter", "sessions", 5),
        (date(2026, 9, 1), date(2026, 10, 12), "cohort · nth", "20260901-20260907 · Week 0", "cohort", 100),
        (date(2026, 9, 1), date(2026, 10, 12), "cohort · nth", "20260901-20260907 · Week 1", "cohort", 40),
        (date(2026, 9, 1), date(2026, 10, 12), "cohort · nth", "20260908-20260914 · Week 0", "cohort", 90),
        (date(2026, 9, 1), date(2026, 10, 12), "cohort · nth", "20260915-20260921 · Week 0", "cohort", 80),
    ]


EXPLORATION = """\
# ----------------------------------------
# Acme shop
# Free form-Free form 1
# 20261001-20261031
# ----------------------------------------

Date,Page path and screen class,Active users,Views
,,211,309,Grand total
20261026,/,44,152
20261026,/help,50,110
20261027,/,33
"""


def test_the_grand_total_of_an_exploration_is_no_row(desk, counts):
    load = desk.read(EXPLORATION, name="Free form.csv")
    assert counts(load) == (5, 4, 1, 0)
    assert desk.set_aside(load) == [(11, "", "wrong_number_of_cells")]
    found = desk.landed("ga4__cell", "property", "title", "segment", "starts_on", "member", "metric", "value")
    assert [tuple(row.values()) for row in found] == [
        ("Acme shop", "Free form-Free form 1", None, date(2026, 10, 26), "/", "active_users", 44),
        ("Acme shop", "Free form-Free form 1", None, date(2026, 10, 26), "/", "screen_page_views", 152),
        ("Acme shop", "Free form-Free form 1", None, date(2026, 10, 26), "/help", "active_users", 50),
        ("Acme shop", "Free form-Free form 1", None, date(2026, 10, 26), "/help", "screen_page_views", 110),
    ]


def test_a_file_that_a_spreadsheet_saved_says_the_same(open_desk, counts):
    first, saved = open_desk(), open_desk()
    cells = [line.split(",") for line in SNAPSHOT.replace('"Organic, 🔎', '"Organic; 🔎').splitlines()]
    padded = "\r\n".join(";".join([*row, *[""] * (4 - len(row))]) for row in cells)
    first.read(SNAPSHOT.replace("Organic, ", "Organic; "))
    assert counts(saved.read("\ufeff" + padded))[:2] == (14, 12)
    assert saved.landed("ga4__cell") == first.landed("ga4__cell")


def test_another_language_is_read_by_its_numbers(desk, counts):
    german = (
        REPORT.replace("Start date", "Startdatum")
        .replace("End date", "Enddatum")
        .replace("All Users", "Alle")
    )
    german = german.replace(
        "Page path and screen class,Views,Active users,Views per active user,Event count,Total revenue",
        "Seitenpfad und Bildschirmklasse,Aufrufe,Aktive Nutzer,Aufrufe je Nutzer,Ereignisse,Umsatz",
    )
    assert counts(desk.read(german)) == (20, 20, 0, 0)
    first = desk.landed("ga4__cell", "dimension", "metric", "segment")[0]
    assert first == {"dimension": "seitenpfad_und_bildschirmklasse", "metric": "Aufrufe", "segment": "Alle"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("# Notes\n# 20261001\na,b\n1,2\n", "A table (line 3) comes before the days"),
        (REPORT.replace("20261005", "20261399"), "Its days are no days of the calendar"),
        (REPORT + '"torn\n', "Its rows can not be separated"),
    ],
)
def test_a_file_whose_days_or_quotes_are_damaged_is_refused(desk, content, reason):
    assert desk.refuse(content).startswith(reason)


def test_a_file_with_a_hash_in_its_header_is_no_file_of_google(desk):
    assert desk.refuse("#,First name\n1,Ann\n").startswith("Its columns are those of no known export")


MEMBER = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12) | st.text(
    alphabet='#/a1 ,;"\n\r', max_size=8
)
ROW = st.tuples(MEMBER, st.integers(0, 10**9), st.integers(0, 10**9))


@given(
    tables=st.lists(st.lists(ROW, min_size=1, max_size=5), min_size=1, max_size=4),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_every_figure_of_every_table_comes_back(tables, end):
    text = io.StringIO(newline="")
    text.write(f"# -----{end}# Reports snapshot{end}# Property: Shop{end}# -----{end}")
    writer = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL)
    for number, rows in enumerate(tables, start=1):
        text.write(f"{end}# All Users{end}# Start date: 2026100{number}{end}# End date: 20261031{end}")
        writer.writerows([("Page title and screen name", "Views", "Active users"), *rows])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "file.csv"
        file.write_bytes(text.getvalue().encode())
        found = unfold(decode(file, Path(folder) / "text"))
        assert found is not None
        (piece,) = found.pieces(["starts_on", "member", "metric", "value"])
    assert piece.broken == []
    assert piece.frame.drop("_line", "_at").rows() == [
        (f"2026-10-0{number}", member, metric, str(value))
        for number, rows in enumerate(tables, start=1)
        for member, *values in rows
        for metric, value in zip(("screen_page_views", "active_users"), values, strict=True)
    ]
