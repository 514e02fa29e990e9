"""Is a file all of it? What was cut off, or shrank beyond reason, is refused whole."""

import json
from collections import Counter
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.door.refused import Refused
from pipelines.store import RECEIVED, Store

LEAST_SHARE = 0.7
FEWEST_TO_COMPARE = 20
"""Of fewer rows than these, a third comes and goes without anything being wrong."""
ABOUT_THE_LOAD = {
    "record_key", "content_hash", "line", "load_id", "received_at", "data_through_at", "source", "object"
}  # fmt: skip
ACCEPTED_FOLDER = "accepted"


def refuse_cut_off(last_row: int, last_broken: int) -> None:
    """Of a file whose last line has no end and sums nothing up: a last row that is not whole, since it broke off there.

    A last row with all its cells is taken as it is, since many exports end without a line end; whether its last cell
    is whole can not be known. A last line such as `Total: 12` is no row, and is set aside like one that has an end.

    Args:
        last_row: on which line the last whole row begins; 0 if there is none.
        last_broken: on which line the last one begins that is not whole; 0 if there is none.

    Raises:
        Refused: it broke off.
    """
    if last_broken > last_row:
        raise Refused(
            f"Its last row (line {last_broken}) is not whole: the file was cut off. Export or download it again."
        )


def fewer_rows(table: str, rows: int, received_at: datetime, store: Store, zone: ZoneInfo) -> str | None:
    """What to say of a full export with far fewer rows than the last one; None where it has about as many, or more.

    It is compared with the last day, by the company's clock, on which a full export came; where several did (the parts
    of one, say), with the smallest of them. A ZIP is one export, however many files of an object it has.

    Args:
        table: `<source>__<object>`. rows: how many it has. received_at: when it came, as naive UTC.
    """
    before = _last_full_export(table, _day(received_at, zone), store, zone)
    if before is None or before[1] < FEWEST_TO_COMPARE or rows >= LEAST_SHARE * before[1]:
        return None
    day, expected = before
    what = table.replace("__", " ")
    return (
        f"It has {rows:,} rows of {what}, where the last full export ({day:%d %B %Y}) had {expected:,}. Export all of "
        f"them again; if so many are really gone, put it into inbox/{ACCEPTED_FOLDER}/."
    )


def fewer_than_today(
    table: str, rows: int, received_at: datetime, store: Store, zone: ZoneInfo
) -> str | None:
    """What to note of a full export with far fewer rows than one that came earlier on the same day: a part, or a loss.

    Args:
        table, rows, received_at: as of `fewer_rows`.
    """
    earlier = f"{received_at:{RECEIVED}}"
    today = [
        load
        for load in _by_day(table, store, zone).get(_day(received_at, zone), [])
        if load[: len(earlier)] < earlier
    ]
    most = max(_rows_of_full_exports(today, store), default=0)
    if most < FEWEST_TO_COMPARE or rows >= LEAST_SHARE * most:
        return None
    return (
        f"{rows:,} rows, where a full export earlier on the same day had {most:,}: "
        "it is another part of it, or rows are missing"
    )


def _last_full_export(table: str, before: date, store: Store, zone: ZoneInfo) -> tuple[date, int] | None:
    days = _by_day(table, store, zone)
    for day in sorted((day for day in days if day < before), reverse=True):
        if filled := [rows for rows in _rows_of_full_exports(days[day], store) if rows]:
            return day, min(filled)
    return None


def _by_day(table: str, store: Store, zone: ZoneInfo) -> dict[date, list[str]]:
    """The loads that have a table, by the day on which they came."""
    days: dict[date, list[str]] = {}
    for path in (store.landing / table).glob("*.parquet"):
        days.setdefault(_day(datetime.strptime(path.stem[:15], RECEIVED), zone), []).append(path.stem)
    return days


def _rows_of_full_exports(loads: list[str], store: Store) -> list[int]:
    """How many sound rows each full export among some loads has; those of one moment are one."""
    exports: Counter[str] = Counter()
    for load in loads:
        if (about := _about(store, load)) and about["is_full_export"]:
            exports[about["received_at"]] += about["rows_read"] - about["rows_quarantined"]
    return list(exports.values())


def no_longer_there(table: str, has: set[str], received_at: datetime, store: Store) -> list[str]:
    """The columns that a file has no more, of those that the last one before it which landed any row had a value in.

    Args:
        table: `<source>__<object>`. has: the landing names of the columns that the file has.
        received_at: when it came, as naive UTC.
    """
    loads = sorted((path.stem for path in (store.landing / table).glob("*.parquet")), reverse=True)
    earlier = (load for load in loads if load < f"{received_at:{RECEIVED}}")
    told = (load for load in earlier if (about := _about(store, load)) and about["rows_loaded"])
    last = next(told, None)
    if last is None:
        return []
    filled = pl.scan_parquet(store.landing / table / f"{last}.parquet").select(pl.all().count()).collect()
    had = {name for name, values in filled.to_dicts()[0].items() if values}
    return sorted(had - has - ABOUT_THE_LOAD)


def _about(store: Store, load: str) -> dict[str, Any] | None:
    """What a load says of itself; None where it is not in force."""
    path = store.loads / f"{load}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _day(received_at: datetime, zone: ZoneInfo) -> date:
    return received_at.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).date()
