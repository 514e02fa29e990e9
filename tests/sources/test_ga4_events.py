"""Golden rows of events of Google Analytics as BigQuery exports them, in JSON lines and in Parquet."""

import gzip
import io
import json
import time
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest


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


@pytest.mark.parametrize("written", [ndjson, parquet])
def test_events_that_are_alike_are_told_apart_in_however_many_pieces_a_file_is_read(
    open_desk, monkeypatch, written
):
    others = [event(event_timestamp=str(1794297600000001 + number)) for number in range(1, 1_000)]
    content = written([event(), event(), *others, event(), *others[:2]])
    whole, parted = open_desk(), open_desk()
    whole.read(content, name="a.bin")
    parted.key = whole.key
    whole.settings.key_file.replace(parted.settings.key_file)
    for reader in ("ndjson", "parquet"):
        monkeypatch.setattr(f"pipelines.door.{reader}.PIECE", 20_000)
    parted.read(content, name="a.bin")
    keys = parted.table("ga4__event")["record_key"]
    assert keys.n_unique() == 1_004
    assert keys.to_list() == whole.table("ga4__event")["record_key"].to_list()


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
