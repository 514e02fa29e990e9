"""What was said of each period, by every pull: landed window by window, each put in force by one rename."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import duckdb

from pipelines.door.land import Load, read_loads
from pipelines.ga4.fetch import Fetched
from pipelines.ga4.periods import Period, Window, ends_at
from pipelines.ga4.reports import ADDITIVE, Grain, Report, column_name, metric_type, quoted
from pipelines.store import Store

SOURCE = "ga4"
Told = tuple[int, str, dict[str, float | None]]
"""Of a period: rows, a hash of them, and each metric added up over them (None: no row has a value)."""

_KEY = ("property_id", "grain", "period_start_on", "period_end_on")


@dataclass(frozen=True)
class Said:
    """What the newest pull said of a period, and on which day of the property it was asked."""

    period: Period
    asked_on: date
    pulled_at: datetime
    content_hash: str
    rows: int
    rows_load_id: str
    currency: str | None


class Ledger:
    """All windows that are landed, and the way to land another."""

    def __init__(self, store: Store, key_fingerprint: str) -> None:
        self._store = store
        self._fingerprint = key_fingerprint
        self._said: dict[tuple[str, str, str, str], dict[date, Said]] = {}
        self._zones: dict[str, str | None] = {}
        self._currencies: dict[str, str | None] = {}
        self._costs: dict[tuple[str, str, str, str], int] = {}
        self._connection = duckdb.connect(config={"threads": 2})
        for load in read_loads(store):
            if load.window:
                self._remember(load)

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def said(self, property_id: str, report: Report, grain: Grain) -> Mapping[date, Said]:
        """First day -> what was last said of the period, in answer to what the report asks now."""
        return self._said.get((property_id, report.name, report.definition, grain), {})

    def knows(self, property_id: str, report: Report) -> bool:
        """Whether any window of what the report asks now is landed."""
        return any(self.said(property_id, report, grain) for grain in report.grains)

    def zone(self, property_id: str) -> str | None:
        """The property's time zone, as the newest answer has it; None before the first."""
        return self._zones.get(property_id)

    def currency(self, property_id: str) -> str | None:
        """The property's currency, as the newest answer has it."""
        return self._currencies.get(property_id)

    def tokens_per_request(self, window: Window) -> int | None:
        """What a request for such a window cost the last time; None before the first."""
        report = window.report
        return self._costs.get((window.property_id, report.name, report.definition, window.grain))

    def land(self, fetched: Fetched, at: datetime) -> Load:
        """Put a window in force: all that the answer said, or nothing of it.

        Periods whose rows are as they were are not written again; they point to the load that has them.

        Args:
            at: the clock of the pull, naive UTC.

        Returns:
            The load, with `rows_read = rows_loaded + rows_duplicate`.
        """
        window = fetched.window
        before = self.said(window.property_id, window.report, window.grain)
        load_id = f"{at:%Y%m%dT%H%M%S}-{_digest(window)}-0"
        told = self._told(fetched)
        periods: list[dict[str, Any]] = []
        restated = 0
        for period in window.periods:
            rows, content, sums = told.get(period.starts_on, (0, "", {}))
            known = before.get(period.starts_on)
            same = known is not None and known.content_hash == content
            restated += known is not None and not same and known.asked_on > period.ends_on
            periods.append(
                {
                    "starts_on": period.starts_on.isoformat(),
                    "ends_on": period.ends_on.isoformat(),
                    "rows": rows,
                    "content_hash": content,
                    "rows_load_id": known.rows_load_id if known and same else load_id,
                    "is_complete": window.is_complete(period),
                    "said": _may_be_said(window.report, sums),
                }
            )
        new = [p for p in periods if p["rows_load_id"] == load_id and p["rows"]]
        load = Load(
            load_id=load_id,
            source=SOURCE,
            object=window.report.name,
            file=window.name,
            content_hash=hashlib.sha256("".join(p["content_hash"] for p in periods).encode()).hexdigest(),
            received_at=at,
            encoding="",
            is_full_export=False,
            key_fingerprint=self._fingerprint,
            rows_read=sum(p["rows"] for p in periods),
            rows_loaded=sum(p["rows"] for p in new),
            data_through_at=_through(fetched, periods, at),
            notes=[f"{fetched.scrubbed} text(s) look personal and are hidden"] if fetched.scrubbed else [],
            window=_about(fetched, told) | {"restated": restated, "periods": periods},
        )
        load.rows_duplicate = load.rows_read - load.rows_loaded
        if new:
            load.files = [self._write(fetched, [p["starts_on"] for p in new], load)]
        load.write(self._store.loads / f"{load_id}.json")
        self._remember(load)
        return load

    def _told(self, fetched: Fetched) -> dict[date, Told]:
        """First day -> what the rows of the period say, whatever their order."""
        if fetched.rows_path is None:
            return {}
        columns = [*fetched.window.report.dimension_columns.values(), *_metrics(fetched)]
        texts = ", ".join(f"coalesce({quoted(column)}::varchar, chr(30))" for column in columns)
        sums = "".join(f", sum({quoted(metric)})::double" for metric in _metrics(fetched))
        found = self._connection.execute(
            f"""
            select period_start_on, count(*), sum(md5_number_lower(concat_ws(chr(31), {texts})))::varchar {sums}
            from {_rows(fetched)} group by period_start_on
            """,
            {"path": str(fetched.rows_path)},
        ).fetchall()
        return {
            day: (rows, f"{rows}-{content}", dict(zip(_metrics(fetched), values, strict=True)))
            for day, rows, content, *values in found
        }

    def _write(self, fetched: Fetched, days: list[str], load: Load) -> str:
        file = f"{fetched.window.report.table}/{load.load_id}.parquet"
        path = self._store.landing / file
        path.parent.mkdir(parents=True, exist_ok=True)
        work = path.with_suffix(".work")
        named = (*_KEY, *fetched.window.report.dimension_columns.values(), *_metrics(fetched))
        columns = ", ".join(map(quoted, named))
        self._connection.sql(
            f"""
            select {columns}, $load_id as load_id, $received_at::timestamp as received_at
            from {_rows(fetched)} where list_contains($days::date[], period_start_on)
            """,
            params={
                "path": str(fetched.rows_path),
                "days": days,
                "load_id": load.load_id,
                "received_at": load.received_at,
            },
        ).write_parquet(str(work), compression="zstd")
        with work.open("rb") as written:
            os.fsync(written.fileno())
        work.replace(path)
        return file

    def _remember(self, load: Load) -> None:
        about: dict[str, Any] = load.window or {}
        key = (about["property_id"], load.object, about["definition"], about["grain"])
        said, quality = self._said.setdefault(key, {}), about["quality"]
        for told in about["periods"]:
            period = Period(date.fromisoformat(told["starts_on"]), date.fromisoformat(told["ends_on"]))
            said[period.starts_on] = Said(
                period,
                date.fromisoformat(about["asked_on"]),
                load.received_at,
                told["content_hash"],
                told["rows"],
                told["rows_load_id"],
                quality["currency"],
            )
        self._zones[about["property_id"]] = quality["time_zone"] or self.zone(about["property_id"])
        self._currencies[about["property_id"]] = quality["currency"] or self.currency(about["property_id"])
        self._costs[key] = -(-about["tokens"] // max(about["requests"], 1))


def _digest(window: Window) -> str:
    asked = [
        window.property_id,
        window.report.name,
        window.report.definition,
        window.grain,
        *(period.ends_on.isoformat() for period in window.periods),
    ]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:12]


def _rows(fetched: Fetched) -> str:
    """The rows, as SQL. Members that are told apart only by what was left out of them are one member.

    Of such a member, metrics that add up are added up; how many users or sessions it has can not be told.
    """
    if not fetched.scrubbed:
        return "read_parquet($path)"
    report = fetched.window.report
    keys = ", ".join(map(quoted, (*_KEY, *report.dimension_columns.values())))
    metrics = ", ".join(
        f"{_of_one_member(name, quoted(column))} as {quoted(column)}"
        for name, column in report.metric_columns.items()
    )
    return f"(select {keys}, {metrics} from read_parquet($path) group by all)"


def _of_one_member(name: str, column: str) -> str:
    if name in ADDITIVE:
        return f"sum({column})::{metric_type(name)}"
    return f"case when count(*) = 1 then any_value({column}) end"


def _metrics(fetched: Fetched) -> list[str]:
    return list(fetched.window.report.metric_columns.values())


def _may_be_said(report: Report, sums: dict[str, float | None]) -> dict[str, float]:
    """Of the sums over rows those that mean something: of additive metrics, and where each period is one row."""
    found = {column: sums.get(column) for column in map(column_name, _that_add_up(report))}
    return {column: value for column, value in found.items() if value is not None}


def _that_add_up(report: Report) -> list[str]:
    return [name for name in report.metrics if name in ADDITIVE or not report.dimensions]


def _through(fetched: Fetched, periods: Iterable[dict[str, Any]], at: datetime) -> datetime | None:
    """Until when the answer has something: the end of its last period with rows, or now if that is not over."""
    days = [date.fromisoformat(p["ends_on"]) for p in periods if p["rows"]]
    return min(at, ends_at(max(days), fetched.quality.time_zone or "UTC")) if days else None


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _about(fetched: Fetched, told: Mapping[date, Told]) -> dict[str, Any]:
    window = fetched.window
    totals = [
        {
            "metric": column,
            "is_additive": name in ADDITIVE,
            "rows_total": _sum(sums[column] for _, _, sums in told.values()),
            "api_total": float(fetched.totals[column]) if column in fetched.totals else None,
        }
        for name, column in window.report.metric_columns.items()
    ]
    return {
        "property_id": window.property_id,
        "grain": window.grain,
        "definition": window.report.definition,
        "starts_on": window.first_on.isoformat(),
        "ends_on": window.last_on.isoformat(),
        "asked_on": window.asked_on.isoformat(),
        "row_count": fetched.row_count,
        "requests": fetched.requests,
        "tokens": fetched.tokens,
        "restarts": fetched.restarts,
        "quality": json.loads(json.dumps(asdict(fetched.quality), default=str)),
        "totals": totals,
    }
