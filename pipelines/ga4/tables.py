"""What queries read of Google Analytics: every report as last told, and all that was told of it before."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from pipelines.door.land import Load
from pipelines.engine.graph import Model, ModelHeader, QueryError
from pipelines.ga4.reports import ADDITIVE, Report, metric_type, quoted
from pipelines.store import Store

PULLS = "_pulls"
BETWEEN = " · "
QUOTAS = (
    "core_tokens_per_day", "core_tokens_per_hour", "core_tokens_per_project_per_hour", "concurrent",
    "server_errors_per_hour", "thresholded_per_hour",
)  # fmt: skip
FACTS = ("web_report", "web_metric", "web_pull", "web_problem")

Schema = dict[str, Any]
_TEXT, _COUNT, _DAY, _AT = pl.String, pl.Int64, pl.Date, pl.Datetime("us")

_PERIOD: Schema = {
    "load_id": _TEXT, "report": _TEXT, "property_id": _TEXT, "grain": _TEXT, "period_start_on": _DAY,
}  # fmt: skip
WINDOW: Schema = {
    **_PERIOD, "period_end_on": _DAY, "window_start_on": _DAY, "window_end_on": _DAY, "pulled_at": _AT,
    "rows": _COUNT, "content_hash": _TEXT, "rows_load_id": _TEXT, "row_count": _COUNT, "is_complete": pl.Boolean,
    "is_thresholded": pl.Boolean, "has_other_row": pl.Boolean, "samples_read_count": _COUNT,
    "sampling_space_size": _COUNT, "truncation": _TEXT, "truncated_before_on": _DAY,
    "restricted_metrics": _TEXT, "empty_reason": _TEXT, "currency": _TEXT, "time_zone": _TEXT, "tokens": _COUNT,
    "package_version": _TEXT,
}  # fmt: skip
SAID: Schema = {**_PERIOD, "metric": _TEXT, "value": pl.Float64, "pulled_at": _AT}
TOTAL: Schema = {
    "load_id": _TEXT, "report": _TEXT, "property_id": _TEXT, "grain": _TEXT, "window_start_on": _DAY,
    "window_end_on": _DAY, "metric": _TEXT, "is_additive": pl.Boolean, "rows_total": pl.Float64,
    "api_total": pl.Float64, "pulled_at": _AT,
}  # fmt: skip
REPORT: Schema = {
    "report": _TEXT, "question": _TEXT, "owner": _TEXT, "grain": _TEXT, "dimensions": _TEXT, "settling_days": _COUNT,
}  # fmt: skip
METRIC: Schema = {"report": _TEXT, "metric": _TEXT, "api_name": _TEXT, "is_additive": pl.Boolean}
PULL: Schema = {
    "pull_id": _TEXT, "property_id": _TEXT, "pulled_at": _AT, "outcome": _TEXT, "stopped_because": _TEXT,
    "windows_pulled": _COUNT, "windows_restated": _COUNT, "windows_pending": _COUNT, "rows": _COUNT,
    "requests": _COUNT, "server_errors": _COUNT, "tokens": _COUNT,
    **{f"{quota}_{what}": _COUNT for quota in QUOTAS for what in ("consumed", "remaining")},
}  # fmt: skip
PROBLEM: Schema = {
    "pull_id": _TEXT, "property_id": _TEXT, "pulled_at": _AT, "report": _TEXT, "says": _TEXT,
}  # fmt: skip


def register_web(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    loads: Iterable[Load],
    reports: Mapping[str, Report],
    as_of: datetime,
) -> list[str]:
    """Make what queries read of Google Analytics, without rows where nothing was pulled; returns the names.

    `landing.ga4__window`, `…__said` and `…__total` hold all pulls, `landing.ga4__<report>` of each period the newest
    one. What was landed when a report asked something else is left out.
    """
    pulled = [
        load
        for load in loads
        if load.window
        and load.object in reports
        and load.window["definition"] == reports[load.object].definition
        and load.window["grain"] in reports[load.object].grains
    ]
    pulls = read_pulls(store, as_of)
    tables = {
        "landing.ga4__window": _frame((row for load in pulled for row in _windows(load)), WINDOW),
        "landing.ga4__said": _frame((row for load in pulled for row in _said(load)), SAID),
        "landing.ga4__total": _frame((row for load in pulled for row in _totals(load)), TOTAL),
        "web_report": _frame((row for report in reports.values() for row in _grains(report)), REPORT),
        "web_metric": _frame((row for report in reports.values() for row in _metrics(report)), METRIC),
        "web_pull": _frame(({**dict.fromkeys(PULL), **pull, **pull["quota"]} for pull in pulls), PULL),
        "web_problem": _frame(({**pull, **each} for pull in pulls for each in pull["problems"]), PROBLEM),
    }
    for name, frame in tables.items():
        connection.register("_given", frame)
        connection.execute(f"create table {name} as from _given")
        connection.unregister("_given")
    connection.execute(f"create table landing.{NEWEST} as {_NEWEST_OF_EACH}")
    holding = _files_holding_rows(connection, store)
    for report in reports.values():
        connection.execute(
            f"create view landing.{report.table} as {_view(report, holding.get(report.name, []))}"
        )
    return [*tables, *(f"landing.{report.table}" for report in reports.values())]


def staging_models(reports: Mapping[str, Report], taken: Iterable[str]) -> list[Model]:
    """A staging model for each report, one row per period, combination of dimensions and metric.

    Args:
        taken: names that exports landed as files have.

    Raises:
        QueryError: a report is called as a kind of file is.
    """
    both = sorted({report.table for report in reports.values()} & {*taken, *_OWN_TABLES})
    if both:
        raise QueryError(f"queries/ga4: {', '.join(both)} is taken. Give the report's file another name.")
    return [_staging(report) for report in reports.values()]


NEWEST = "ga4__newest"
_OWN_TABLES = ("ga4__window", "ga4__said", "ga4__total", NEWEST)
_NEWEST_OF_EACH = (
    "select * from landing.ga4__window qualify row_number() over "
    "(partition by report, property_id, grain, period_start_on order by pulled_at desc, load_id desc) = 1"
)


def _staging(report: Report) -> Model:
    dimensions = list(report.dimension_columns.values())
    metrics = list(report.metric_columns.values())
    joined = f" || '{BETWEEN}' || ".join(map(quoted, dimensions)) or "''"
    names = ", ".join(f"'{metric}'" for metric in metrics)
    values = ", ".join(f"cast({quoted(metric)} as double)" for metric in metrics)
    sql = (
        f"select '{report.name}' as report, property_id, grain, period_start_on, period_end_on, "
        f"'{BETWEEN.join(dimensions)}' as dimension, {joined} as member, unnest([{names}]) as metric, "
        f"unnest([{values}]) as value, currency, 'api' as shape, pulled_at from landing.{report.table}"
    )
    header = ModelHeader(about=report.question, owner=report.owner, feeds="web_period")
    return Model(f"staging.{report.table}", "staging", sql, header)


def _files_holding_rows(connection: duckdb.DuckDBPyConnection, store: Store) -> dict[str, list[str]]:
    """Report -> the files that hold the rows of what was last said of some period."""
    found = connection.execute(
        f"select distinct report, rows_load_id from landing.{NEWEST} where rows > 0 order by all"
    ).fetchall()
    files: dict[str, list[str]] = {}
    for report, load_id in found:
        files.setdefault(report, []).append(str(store.landing / f"ga4__{report}" / f"{load_id}.parquet"))
    return files


def _view(report: Report, files: list[str]) -> str:
    dimensions = dict.fromkeys(report.dimension_columns.values(), "VARCHAR")
    metrics = {column: metric_type(name) for name, column in report.metric_columns.items()}
    columns = {
        "property_id": "VARCHAR", "grain": "VARCHAR", "period_start_on": "DATE", "period_end_on": "DATE",
        **dimensions, **metrics, "load_id": "VARCHAR", "received_at": "TIMESTAMP",
    }  # fmt: skip
    rows = f"select {', '.join(f'null::{kind} as {quoted(column)}' for column, kind in columns.items())} where false"
    if files:
        listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
        rows += f" union all by name select * from read_parquet([{listed}], union_by_name = true)"
    told = ", ".join(f"landed.{quoted(column)}" for column in columns)
    return f"""
        select {told}, newest.pulled_at, newest.currency
        from ({rows}) as landed
        join landing.{NEWEST} as newest on newest.report = '{report.name}' and newest.property_id = landed.property_id
            and newest.grain = landed.grain and newest.period_start_on = landed.period_start_on
            and newest.rows_load_id = landed.load_id
    """


def _grains(report: Report) -> Iterable[dict[str, Any]]:
    for grain in report.grains:
        yield {
            **report.model_dump(include={"question", "owner", "settling_days"}),
            "report": report.name,
            "grain": grain,
            "dimensions": BETWEEN.join(report.dimension_columns.values()),
        }


def _metrics(report: Report) -> Iterable[dict[str, Any]]:
    for name, column in report.metric_columns.items():
        yield {"report": report.name, "metric": column, "api_name": name, "is_additive": name in ADDITIVE}


def _windows(load: Load) -> Iterable[dict[str, Any]]:
    about: dict[str, Any] = load.window or {}
    quality = about["quality"]
    for period in about["periods"]:
        yield {
            **{name: period[name] for name in ("rows", "content_hash", "rows_load_id", "is_complete")},
            **{name: quality[name] for name in WINDOW.keys() & quality.keys()},
            **_about(load),
            "restricted_metrics": ", ".join(quality["restricted_metrics"]),
            "period_start_on": period["starts_on"],
            "period_end_on": period["ends_on"],
            "row_count": about["row_count"],
            "tokens": about["tokens"],
        }


def _said(load: Load) -> Iterable[dict[str, Any]]:
    for period in (load.window or {})["periods"]:
        for metric, value in period["said"].items():
            yield {**_about(load), "period_start_on": period["starts_on"], "metric": metric, "value": value}


def _totals(load: Load) -> Iterable[dict[str, Any]]:
    for total in (load.window or {})["totals"]:
        yield {**_about(load), **total}


def _about(load: Load) -> dict[str, Any]:
    about: dict[str, Any] = load.window or {}
    return {
        "load_id": load.load_id,
        "report": load.object,
        "property_id": about["property_id"],
        "grain": about["grain"],
        "window_start_on": about["starts_on"],
        "window_end_on": about["ends_on"],
        "pulled_at": load.received_at.isoformat(),
    }


def read_pulls(store: Store, as_of: datetime = datetime.max) -> list[dict[str, Any]]:
    """What every pull did until then, of each property, oldest first."""
    paths = (store.landing / PULLS).glob("[0-9]*.json")
    pulls = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    known = [pull for pull in pulls if datetime.fromisoformat(pull["pulled_at"]) <= as_of]
    return sorted(known, key=lambda pull: (pull["pulled_at"], pull["pull_id"]))


def _frame(rows: Iterable[Mapping[str, Any]], schema: Schema) -> pl.DataFrame:
    """Rows in the schema's types; of times and days the ISO text, and what else a row has is left out."""
    given = {name: _TEXT if kind in (_DAY, _AT) else kind for name, kind in schema.items()}
    frame = pl.DataFrame([{name: row[name] for name in schema} for row in rows], schema=given)
    return frame.with_columns(
        *(pl.col(n).str.to_date() for n, kind in schema.items() if kind == _DAY),
        *(pl.col(n).str.to_datetime(time_unit="us") for n, kind in schema.items() if kind == _AT),
    )
