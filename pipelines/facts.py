"""What the queries read besides landing: the calendar, the rates, the settings, the loads, the definitions."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import polars as pl

from pipelines.benchmarks import FILE as BENCHMARKS
from pipelines.benchmarks import benchmark_table, load_benchmarks
from pipelines.door.dimensions import MOST_MEMBERS
from pipelines.door.land import Load
from pipelines.door.recognise import user_id_kind
from pipelines.engine.graph import QueryError
from pipelines.questions import QuestionFile
from pipelines.settings import Settings
from pipelines.standpoint import Standpoint

OWN_SOURCES = ("careful", "journal")
EARLIEST_WEEK = timedelta(days=5 * 366)
PUBLISHED = ("dates", "refusal", "benchmark")


def params(settings: Settings, as_of: datetime) -> dict[str, Any]:
    """The named parameters that every query may use."""
    return {
        "as_of": as_of,
        "currency": settings.company.currency,
        "minimum_n": settings.care.minimum_n,
        "told_within_days": settings.care.told_within_days,
        "top_customers": settings.care.top_customers,
        "care_gap_days": settings.care.care_gap_days,
        "most_touches": settings.care.most_touches,
        "touch_window_days": settings.care.touch_window_days,
        "margin_share": settings.care.margin_share,
        "web_user_kind": user_id_kind(settings),
    }


def register_facts(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    questions: list[QuestionFile],
    seen: Standpoint,
) -> list[str]:
    """Make the tables that queries read besides landing; returns their names."""
    loads, as_of = seen.loads, seen.as_of
    kpis = [q for q in questions if q.header.kpi]
    tables = {
        "dates": calendar(as_of, settings.zone),
        "rate": rates(settings),
        "care_promise": pl.DataFrame(
            list(settings.care.promise_seconds.items()),
            schema={"channel": pl.String, "promise_seconds": pl.Int64},
            orient="row",
        ),
        "source_cadence": pl.DataFrame(
            _cadences(settings, loads),
            schema={"source": pl.String, "every_days": pl.Int64},
            orient="row",
        ),
        "kpi_settling": pl.DataFrame(
            [(q.header.kpi, q.header.settling_days) for q in kpis],
            schema={"kpi": pl.String, "settling_days": pl.Int64},
            orient="row",
        ),
        "kpi_clock_option": pl.DataFrame(
            [(q.header.kpi, weeks) for q in kpis for weeks in q.header.clock_weeks],
            schema={"kpi": pl.String, "weeks": pl.Int64},
            orient="row",
        ),
        "kpi_definition": _definitions(
            kpis, definition_days(questions, seen.definitions, as_of, settings.zone)
        ),
        "value_terms": pl.DataFrame(
            [
                (
                    settings.care.clv_horizon_days,
                    settings.care.discount_rate,
                    settings.care.margin_share,
                    settings.care.has_contracts,
                    settings.care.minimum_n,
                )
            ],
            schema={
                "horizon_days": pl.Int64,
                "discount_rate": pl.Float64,
                "margin_share": pl.Float64,
                "has_contracts": pl.Boolean,
                "minimum_n": pl.Int64,
            },
            orient="row",
        ),
        "refusal": pl.DataFrame(
            seen.refusals,
            schema=dict.fromkeys(("received_at", "file", "source", "object", "reason"), pl.String),
        ).with_columns(pl.col("received_at").str.to_datetime(time_unit="us")),
        "benchmark": benchmark_table(load_benchmarks(seen.folders[0] / BENCHMARKS.name)),
        "declared_dimension": pl.DataFrame(
            [(name, c.source, c.label, MOST_MEMBERS) for name, c in settings.dimensions.items()],
            schema={
                "dimension": pl.String,
                "source": pl.String,
                "label": pl.String,
                "most_members": pl.Int64,
            },
            orient="row",
        ),
        "landing.dimension_load": pl.DataFrame(
            [
                (load.load_id, load.source, load.received_at, label, became)
                for load in loads
                for label, became in load.dimensions.items()
            ],
            schema={
                "load_id": pl.String,
                "source": pl.String,
                "received_at": pl.Datetime("us"),
                "label": pl.String,
                "became": pl.String,
            },
            orient="row",
        ),
        "landing.load": _load_table(loads, as_of),
        "landing.quarantine_rule": pl.DataFrame(
            [
                (load.source, load.object, r["rule"], r["column"], r["rows"], load.received_at)
                for load in loads
                for r in load.rules
            ],
            schema={
                "source": pl.String,
                "object": pl.String,
                "rule": pl.String,
                "column_name": pl.String,
                "rows": pl.Int64,
                "received_at": pl.Datetime("us"),
            },
            orient="row",
        ),
    }
    for name, frame in tables.items():
        connection.register("_given", frame)
        connection.execute(f"create table {name} as from _given")
        connection.unregister("_given")
    return list(tables)


def _cadences(settings: Settings, loads: list[Load]) -> list[tuple[str, int]]:
    """Vendors' exports are expected every so often; our own lists only where the settings say so."""
    expected = {
        load.source for load in loads if load.source not in OWN_SOURCES
    } | settings.sources.declared.keys()
    return sorted((source, settings.source(source).every_days) for source in expected)


def calendar(as_of: datetime, zone: ZoneInfo) -> pl.DataFrame:
    """One row a day, whole ISO weeks, from the earliest that data may be shown for up to the week of `as_of`.

    Returns:
        date_on, iso_week (`2026-W46`), week_starts_on, week_ends_on, is_closed (the week ended before today).
    """
    today = as_of.replace(tzinfo=UTC).astimezone(zone).date()
    first = today - EARLIEST_WEEK
    first -= timedelta(days=first.weekday())
    last = today + timedelta(days=6 - today.weekday())
    days = pl.date_range(first, last, eager=True).alias("date_on").to_frame()
    monday = pl.col("date_on").dt.truncate("1w")
    return days.select(
        "date_on",
        pl.col("date_on").dt.strftime("%G-W%V").alias("iso_week"),
        monday.alias("week_starts_on"),
        monday.dt.offset_by("6d").alias("week_ends_on"),
        (monday.dt.offset_by("6d") < today).alias("is_closed"),
    )


def rates(settings: Settings) -> pl.DataFrame:
    """Exchange rates into the reporting currency: currency, valid_from, valid_until (exclusive), rate."""
    schema = {"currency": pl.String, "valid_from": pl.Date, "rate": pl.Float64}
    if not settings.rates_file.is_file():
        given = pl.DataFrame(schema=schema)
    else:
        try:
            text = pl.read_csv(settings.rates_file, infer_schema=False)
            given = text.select(
                pl.col("currency"),
                pl.col("valid_from").str.to_date("%Y-%m-%d"),
                pl.col("rate_to_reporting").cast(pl.Float64).alias("rate"),
            )
        except pl.exceptions.PolarsError as error:
            raise QueryError(
                f"{settings.rates_file}: expected the columns currency,valid_from,rate_to_reporting with ISO dates "
                f"and decimal points ({type(error).__name__})."
            ) from None
    return given.sort("currency", "valid_from").with_columns(
        pl.col("valid_from").shift(-1).over("currency").fill_null(date(9999, 1, 1)).alias("valid_until")
    )


def definition_days(
    questions: Iterable[QuestionFile], before: dict[str, dict[str, str]], as_of: datetime, zone: ZoneInfo
) -> dict[str, dict[str, str]]:
    """KPI -> its hash, and the day since when it is what it is: the day before us, while nothing changed.

    Args:
        before: the same of the build before. What it does not know is as old as the day of `as_of`.
    """
    today = as_of.replace(tzinfo=UTC).astimezone(zone).date().isoformat()
    days = {}
    for kpi, now in ((q.header.kpi, q.definition_hash) for q in questions if q.header.kpi):
        known = before.get(kpi, {})
        same = known.get("hash") == now
        days[kpi] = {"hash": now, "changed_on": known["changed_on"] if same else today}
    return days


def _definitions(kpis: list[QuestionFile], days: dict[str, dict[str, str]]) -> pl.DataFrame:
    texts = (
        "kpi", "label", "question", "definition", "kind", "unit", "purpose", "better", "scale", "cut_off",
        "interval", "owner", "source",
    )  # fmt: skip
    numbers = ("minimum_n", "settling_days")
    schema: dict[str, Any] = {
        **dict.fromkeys(texts, pl.String),
        **dict.fromkeys(numbers, pl.Int64),
        "clock_options": pl.List(pl.Int64),
        "caveats": pl.List(pl.String),
        "changed_on": pl.Date,
        "sql": pl.String,
        "path": pl.String,
    }
    records = [
        {
            **{name: getattr(q.header, name) for name in (*texts, *numbers)},
            "clock_options": list(q.header.clock_weeks),
            "caveats": list(q.header.caveats),
            "changed_on": date.fromisoformat(days[str(q.header.kpi)]["changed_on"]),
            "sql": q.sql,
            "path": f"queries/questions/{q.name}.sql",
        }
        for q in kpis
    ]
    return pl.DataFrame(records, schema=schema)


def reaches_to(load: Load, as_of: datetime) -> datetime | None:
    """How far the data of a load reach of what is counted: what happened from `as_of` on is not."""
    through = load.data_through_at
    return min(through, as_of - timedelta(seconds=1)) if through else None


def _load_table(loads: list[Load], as_of: datetime) -> pl.DataFrame:
    columns: dict[str, Any] = {
        "load_id": pl.String, "source": pl.String, "object": pl.String, "content_hash": pl.String, "file": pl.String,
        "received_at": pl.Datetime("us"), "rows_read": pl.Int64, "rows_loaded": pl.Int64,
        "rows_quarantined": pl.Int64, "rows_duplicate": pl.Int64, "rows_dropped": pl.Int64,
        "data_through_at": pl.Datetime("us"), "is_full_export": pl.Boolean, "encoding": pl.String, "notes": pl.String,
    }  # fmt: skip
    records = [
        {
            **{n: getattr(load, n) for n in columns},
            "data_through_at": reaches_to(load, as_of),
            "notes": "; ".join(load.notes),
        }
        for load in loads
    ]
    return pl.DataFrame(records, schema=columns)
