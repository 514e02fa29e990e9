import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.door.land import Load, read_loads, sweep
from pipelines.ga4.fetch import Fetched, Quality
from pipelines.ga4.ledger import Ledger
from pipelines.ga4.periods import Period, Window
from pipelines.ga4.reports import Report
from pipelines.store import Store

AT = datetime(2026, 11, 16, 5)
PAGES = Report(
    name="pages", question="?", owner="us", grains=("day",), dimensions=("pagePath",),
    metrics=("screenPageViews", "activeUsers"),
)  # fmt: skip
SALES = Report(
    name="sales", question="?", owner="us", grains=("day",), metrics=("purchaseRevenue", "totalPurchasers")
)
QUALITY = Quality(currency="EUR", time_zone="Europe/Zurich", package_version="0.23.3")
Row = tuple[date, str, int, int]


def day(number: int) -> date:
    return date(2026, 11, number)


def window(*days: int, report: Report = PAGES, asked_on: date = date(2026, 11, 16)) -> Window:
    return Window(report, "413000001", "day", tuple(Period(day(d), day(d)) for d in days), asked_on)


def page(number: int, path: str, views: int, users: int) -> Row:
    return day(number), path, views, users


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def ledger(store: Store) -> Iterator[Ledger]:
    with Ledger(store, "key") as opened:
        yield opened


def fetched(folder: Path, asked: Window, rows: list[Row], quality: Quality = QUALITY) -> Fetched:
    """An answer as `fetch` leaves it."""
    path = folder / "fetched.parquet"
    pl.DataFrame(
        [("413000001", "day", d, d, *rest) for d, *rest in rows],
        schema={
            "property_id": pl.String, "grain": pl.String, "period_start_on": pl.Date, "period_end_on": pl.Date,
            "page_path": pl.String, "screen_page_views": pl.Int64, "active_users": pl.Int64,
        },
        orient="row",
    ).write_parquet(path)  # fmt: skip
    return Fetched(asked, path if rows else None, len(rows), len(rows), quality, {"active_users": "9"}, 1, 3)


def rows_of(store: Store, load: Load) -> list[Row]:
    found = [pl.read_parquet(store.landing / file) for file in load.files]
    columns = ["period_start_on", "page_path", "screen_page_views", "active_users"]
    return [row for frame in found for row in frame.select(columns).rows()]


def test_a_window_lands_with_its_rows_and_all_that_was_said(
    tmp_path: Path, store: Store, ledger: Ledger
) -> None:
    rows = [page(14, "/help", 5, 3), page(14, "/contact", 2, 2), page(15, "/help", 7, 4)]
    load = ledger.land(fetched(tmp_path, window(14, 15), rows), AT)
    assert (load.source, load.object, load.rows_read, load.rows_loaded, load.rows_duplicate) == (
        "ga4", "pages", 3, 3, 0
    )  # fmt: skip
    assert read_loads(store) == [load]
    assert sorted(rows_of(store, load)) == sorted(rows)
    assert load.data_through_at == datetime(2026, 11, 15, 23)
    assert load.window is not None
    first, second = load.window["periods"]
    assert (first["starts_on"], first["rows"], first["is_complete"], first["rows_load_id"]) == (
        "2026-11-14", 2, True, load.load_id
    )  # fmt: skip
    assert first["said"] == {"screen_page_views": 7.0}, "users of two pages are not added up"
    assert second["said"] == {"screen_page_views": 7.0}
    assert load.window["quality"]["time_zone"] == "Europe/Zurich"
    assert load.window["totals"] == [
        {"metric": "screen_page_views", "is_additive": True, "rows_total": 14.0, "api_total": None},
        {"metric": "active_users", "is_additive": False, "rows_total": 9.0, "api_total": 9.0},
    ]


def test_of_a_report_without_dimensions_every_metric_is_kept_as_it_was_said(
    tmp_path: Path, ledger: Ledger
) -> None:
    path = tmp_path / "sales.parquet"
    pl.DataFrame(
        {
            "property_id": ["413000001"], "grain": ["day"], "period_start_on": [day(14)], "period_end_on": [day(14)],
            "purchase_revenue": [Decimal("19.9000")], "total_purchasers": [1],
        },
        schema_overrides={"purchase_revenue": pl.Decimal(18, 4)},
    ).write_parquet(path)  # fmt: skip
    load = ledger.land(Fetched(window(14, report=SALES), path, 1, 1, QUALITY), AT)
    assert load.window is not None
    assert load.window["periods"][0]["said"] == {"purchase_revenue": 19.9, "total_purchasers": 1.0}


def test_what_is_withheld_is_not_said_to_be_zero(tmp_path: Path, ledger: Ledger) -> None:
    path = tmp_path / "sales.parquet"
    pl.DataFrame(
        {
            "property_id": ["413000001"], "grain": ["day"], "period_start_on": [day(14)], "period_end_on": [day(14)],
            "purchase_revenue": [None], "total_purchasers": [1],
        },
        schema_overrides={"purchase_revenue": pl.Decimal(18, 4)},
    ).write_parquet(path)  # fmt: skip
    withheld = replace(QUALITY, restricted_metrics=("purchase_revenue",))
    load = ledger.land(Fetched(window(14, report=SALES), path, 1, 1, withheld), AT)
    assert load.window is not None
    assert load.window["periods"][0]["said"] == {"total_purchasers": 1.0}
    assert load.window["totals"][0]["rows_total"] is None


def test_members_that_are_one_without_what_looked_personal_are_one_and_their_views_add_up(
    tmp_path: Path, store: Store, ledger: Ledger
) -> None:
    two = [page(10, "/users/…", 5, 3), page(10, "/users/…", 7, 4), page(10, "/", 9, 8)]
    load = ledger.land(replace(fetched(tmp_path, window(10), two), scrubbed=2), AT)
    assert sorted(rows_of(store, load), key=str) == [(day(10), "/", 9, 8), (day(10), "/users/…", 12, None)]
    assert (load.rows_read, load.rows_loaded) == (2, 2)
    (period,) = (load.window or {})["periods"]
    assert (period["rows"], period["said"]) == (2, {"screen_page_views": 21.0})
    assert pl.read_parquet_schema(store.landing / load.files[0])["screen_page_views"] == pl.Int64


def test_what_is_as_it_was_is_not_written_again_and_points_to_where_it_lies(
    tmp_path: Path, store: Store, ledger: Ledger
) -> None:
    rows = [page(14, "/help", 5, 3), page(15, "/help", 7, 4)]
    first = ledger.land(fetched(tmp_path, window(14, 15), rows), AT)
    changed = [page(15, "/help", 8, 4), page(14, "/help", 5, 3)]
    second = ledger.land(fetched(tmp_path, window(14, 15), changed), AT + timedelta(days=1))
    assert (second.rows_read, second.rows_loaded, second.rows_duplicate) == (2, 1, 1)
    assert rows_of(store, second) == [page(15, "/help", 8, 4)]
    assert second.window is not None
    assert [p["rows_load_id"] for p in second.window["periods"]] == [first.load_id, second.load_id]
    third = ledger.land(fetched(tmp_path, window(14, 15), changed), AT + timedelta(days=2))
    assert (third.files, third.rows_duplicate) == ([], 2)


def test_rows_that_vanish_and_values_that_move_to_another_member_change_the_period(
    tmp_path: Path, store: Store, ledger: Ledger
) -> None:
    ledger.land(fetched(tmp_path, window(14), [page(14, "/help", 5, 3), page(14, "/a", 1, 1)]), AT)
    gone = ledger.land(fetched(tmp_path, window(14), [page(14, "/help", 5, 3)]), AT + timedelta(days=1))
    assert rows_of(store, gone) == [page(14, "/help", 5, 3)]
    moved = ledger.land(fetched(tmp_path, window(14), [page(14, "/b", 5, 3)]), AT + timedelta(days=2))
    assert rows_of(store, moved) == [page(14, "/b", 5, 3)]
    empty = ledger.land(fetched(tmp_path, window(14), []), AT + timedelta(days=3))
    assert (empty.rows_read, empty.files, empty.data_through_at) == (0, [], None)
    assert ledger.said("413000001", PAGES, "day")[day(14)].rows == 0


@pytest.mark.parametrize(
    ("asked_on", "restated"), [(date(2026, 11, 15), 1), (date(2026, 11, 14), 0)],
    ids=["a day that was over", "a day that was going on"],
)  # fmt: skip
def test_only_a_figure_that_looked_final_is_restated(
    asked_on: date, restated: int, tmp_path: Path, ledger: Ledger
) -> None:
    ledger.land(fetched(tmp_path, window(14, asked_on=asked_on), [page(14, "/help", 5, 3)]), AT)
    load = ledger.land(fetched(tmp_path, window(14), [page(14, "/help", 6, 3)]), AT + timedelta(days=1))
    assert load.window is not None
    assert load.window["restated"] == restated


def test_what_is_known_is_read_back_from_the_loads_alone(
    tmp_path: Path, store: Store, ledger: Ledger
) -> None:
    ledger.land(fetched(tmp_path, window(14, 15), [page(14, "/help", 5, 3)]), AT)
    with Ledger(store, "key") as again:
        assert dict(again.said("413000001", PAGES, "day")) == dict(ledger.said("413000001", PAGES, "day"))
        assert again.zone("413000001") == "Europe/Zurich"
        assert again.currency("413000001") == "EUR"
        assert again.tokens_per_request(window(15)) == 3
        assert again.zone("other") is None
        assert again.said("413000001", PAGES.model_copy(update={"metrics": ("sessions",)}), "day") == {}


def test_rows_without_their_load_are_swept_and_do_not_count(
    tmp_path: Path, store: Store, ledger: Ledger
) -> None:
    load = ledger.land(fetched(tmp_path, window(14), [page(14, "/help", 5, 3)]), AT)
    (store.loads / f"{load.load_id}.json").unlink()
    with Ledger(store, "key") as again:
        assert again.said("413000001", PAGES, "day") == {}
    assert sweep(store) == 1


def test_the_same_window_at_the_same_moment_has_the_same_id(tmp_path: Path, store: Store) -> None:
    ids = set()
    for name in ("a", "b"):
        with Ledger(Store(tmp_path / name), "key") as one:
            ids.add(one.land(fetched(tmp_path, window(14, 15), [page(14, "/help", 5, 3)]), AT).load_id)
    assert len(ids) == 1


def test_a_load_says_in_json_what_a_query_needs(tmp_path: Path, store: Store, ledger: Ledger) -> None:
    truncated = replace(QUALITY, truncation="retention", truncated_before_on=date(2026, 1, 1))
    load = ledger.land(fetched(tmp_path, window(14), [page(14, "/help", 5, 3)], truncated), AT)
    told = json.loads((store.loads / f"{load.load_id}.json").read_text())["window"]
    assert told["quality"]["truncated_before_on"] == "2026-01-01"
    assert (told["starts_on"], told["ends_on"], told["asked_on"]) == (
        "2026-11-14",
        "2026-11-14",
        "2026-11-16",
    )
    assert (told["row_count"], told["requests"], told["tokens"]) == (1, 1, 3)
