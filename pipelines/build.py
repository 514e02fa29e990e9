"""One build: landing in, two DuckDB files and a manifest out. Nothing is published here."""

import hashlib
import json
import platform
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
from pydantic import BaseModel, ConfigDict

from pipelines.door.intake import read_refusals
from pipelines.door.land import Load, read_loads
from pipelines.door.profile import Profile
from pipelines.engine.duck import direct_feeds, open_engine, register_landing, run, unions
from pipelines.engine.graph import Measure, Model, QueryError, in_order, load_models, split_header
from pipelines.nodes import MEASURES
from pipelines.questions import QUERIES, QuestionFile, load_questions
from pipelines.settings import Settings
from pipelines.store import AGGREGATES, MANIFEST, PEOPLE, Store, write_atomically

OWN_SOURCE = "careful"
EARLIEST_WEEK = timedelta(days=5 * 366)
_GIVEN_AND_PUBLISHED = ("dates", "refusal", "definition")


class CheckHeader(BaseModel):
    """The YAML at the head of a check file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    about: str
    severity: str


@dataclass(frozen=True)
class Made:
    """A finished build that is not published yet."""

    path: Path
    manifest: dict[str, Any]

    @property
    def failed_checks(self) -> list[dict[str, Any]]:
        """The checks that stop a publication."""
        return [c for c in self.manifest["checks"] if c["severity"] == "fail" and not c["passed"]]


def query_folders(settings: Settings) -> list[Path]:
    """The product's queries, and the workspace's laid over them."""
    own = settings.workspace / "queries"
    return [QUERIES, own] if own.is_dir() and own.resolve() != QUERIES.resolve() else [QUERIES]


def make(
    settings: Settings,
    store: Store,
    profiles: Iterable[Profile],
    key_fingerprint: str,
    progress: Callable[[str, int, int], None] = lambda step, done, total: None,
) -> Made:
    """Make a build in a folder of its own beside the published ones.

    Args:
        progress: called with the node's name, how many are done, and how many there are.

    Raises:
        QueryError: a query file breaks its contract or fails.
    """
    profiles = tuple(profiles)
    as_of = settings.as_of()
    started = datetime.now(UTC)
    loads = [load for load in read_loads(store) if load.received_at <= as_of]
    folders = query_folders(settings)
    models = load_models(folders)
    models += direct_feeds(profiles, models)
    models += unions(models)
    questions = load_questions(folders)
    work = store.builds_folder / f".work-{started:%Y%m%dT%H%M%S%f}"
    work.mkdir(parents=True)
    connection = open_engine(settings.company.time_zone, work / "spill")
    try:
        given = register_landing(connection, store, loads, profiles)
        given += _register_facts(connection, settings, store, loads, questions, as_of)
        nodes = in_order([*models, *MEASURES], given)
        params = _params(settings, as_of)
        counter = iter(range(len(nodes)))
        steps = run(connection, nodes, params, lambda name: progress(name, next(counter), len(nodes)))
        progress("checks", len(nodes), len(nodes))
        checks = run_checks(connection, folders, params)
        rows = _write_files(connection, nodes, checks, work)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    finally:
        connection.close()
    shutil.rmtree(work / "spill", ignore_errors=True)
    inputs = inputs_hash(settings, store)
    manifest = {
        "build_id": f"{started:%Y%m%dT%H%M%S}-{inputs[:8]}",
        "inputs_hash": inputs,
        "created_at": started.replace(tzinfo=None).isoformat(timespec="seconds"),
        "as_of": as_of.isoformat(),
        "company": settings.company.name,
        "sample": settings.company.sample,
        "time_zone": settings.company.time_zone,
        "key_fingerprint": key_fingerprint,
        "versions": {
            "careful": version("careful"),
            "python": platform.python_version(),
            **{name: version(name) for name in ("duckdb", "polars", "sqlglot")},
        },
        "sources": _sources(loads),
        "rows": rows,
        "queries": query_hashes(folders),
        "checks": checks,
        "steps": steps,
        "seconds": round((datetime.now(UTC) - started).total_seconds(), 2),
    }
    write_atomically(work / MANIFEST, json.dumps(manifest, indent=1, default=str))
    return Made(work, manifest)


def query_hashes(folders: Iterable[Path]) -> dict[str, str]:
    """`marts/kpi_week` -> a hash of the file's bytes, for every query file in force."""
    files = {
        path.relative_to(folder).with_suffix("").as_posix(): path
        for folder in folders
        for path in sorted(folder.rglob("*.sql"))
    }
    return {name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for name, path in files.items()}


def inputs_hash(settings: Settings, store: Store) -> str:
    """Of all that a build's content follows from: loads, queries, settings, rates, clock and version."""
    as_of = settings.as_of()
    facts = [
        version("careful"),
        settings.path.read_text(encoding="utf-8"),
        settings.rates_file.read_text(encoding="utf-8") if settings.rates_file.is_file() else None,
        as_of.isoformat(),
        [load.load_id for load in read_loads(store) if load.received_at <= as_of],
        query_hashes(query_folders(settings)),
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _params(settings: Settings, as_of: datetime) -> dict[str, Any]:
    return {
        "as_of": as_of,
        "currency": settings.company.currency,
        "minimum_n": settings.care.minimum_n,
        "top_customers": settings.care.top_customers,
        "care_gap_days": settings.care.care_gap_days,
    }


def _register_facts(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    store: Store,
    loads: list[Load],
    questions: list[QuestionFile],
    as_of: datetime,
) -> list[str]:
    """What the queries need besides landing: the calendar, the settings, the loads."""
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
        "definition": _definitions(kpis),
        "refusal": pl.DataFrame(
            read_refusals(store), schema={"received_at": pl.String, "file": pl.String, "reason": pl.String}
        ).with_columns(pl.col("received_at").str.to_datetime(time_unit="us")),
        "landing.load": _load_table(loads),
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
    expected = {load.source for load in loads if load.source != OWN_SOURCE} | settings.sources.keys()
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


def _definitions(kpis: list[QuestionFile]) -> pl.DataFrame:
    names = (
        "kpi", "label", "question", "definition", "kind", "unit", "purpose", "better", "scale", "cut_off",
        "minimum_n", "interval", "clock_weeks", "settling_days", "owner", "source",
    )  # fmt: skip
    records = [
        {
            **{name: getattr(q.header, name) for name in names},
            "sql": q.sql,
            "path": f"queries/questions/{q.name}.sql",
        }
        for q in kpis
    ]
    numbers = ("minimum_n", "clock_weeks", "settling_days")
    schema = {name: pl.Int64 if name in numbers else pl.String for name in (*names, "sql", "path")}
    return pl.DataFrame(records, schema=schema)


def _load_table(loads: list[Load]) -> pl.DataFrame:
    columns: dict[str, Any] = {
        "load_id": pl.String, "source": pl.String, "object": pl.String, "content_hash": pl.String, "file": pl.String,
        "received_at": pl.Datetime("us"), "rows_read": pl.Int64, "rows_loaded": pl.Int64,
        "rows_quarantined": pl.Int64, "rows_duplicate": pl.Int64, "rows_dropped": pl.Int64,
        "data_through_at": pl.Datetime("us"), "is_full_export": pl.Boolean, "encoding": pl.String, "notes": pl.String,
    }  # fmt: skip
    records = [{**{n: getattr(load, n) for n in columns}, "notes": "; ".join(load.notes)} for load in loads]
    return pl.DataFrame(records, schema=columns)


def run_checks(
    connection: duckdb.DuckDBPyConnection, folders: Iterable[Path], params: dict[str, Any]
) -> list[dict[str, Any]]:
    """Run every check: name, about, severity, passed, rows. A check is a query for the bad rows."""
    results = []
    paths = {path.stem: path for folder in folders for path in sorted((folder / "checks").glob("*.sql"))}
    for name, path in paths.items():
        raw, sql = split_header(path)
        header = CheckHeader(**raw)
        used = duckdb.extract_statements(sql)[0].named_parameters
        try:
            ((rows,),) = connection.execute(
                f"select count(*) from ({sql})", {name: params[name] for name in used}
            ).fetchall()
        except duckdb.Error as error:
            raise QueryError(f"{path}: {type(error).__name__}: {str(error).splitlines()[0]}") from None
        results.append({"name": name, **header.model_dump(), "passed": rows == 0, "rows": rows})
    return results


def _write_files(
    connection: duckdb.DuckDBPyConnection, nodes: Iterable[Any], checks: list[dict[str, Any]], work: Path
) -> dict[str, int]:
    """Copy what is published into the two files, sorted by grain; returns rows per table."""
    frame = pl.DataFrame(
        checks,
        schema={
            "name": pl.String,
            "about": pl.String,
            "severity": pl.String,
            "passed": pl.Boolean,
            "rows": pl.Int64,
        },
    )
    connection.register("_checks", frame)
    connection.execute("create table check_result as from _checks")
    connection.unregister("_checks")
    tables: list[tuple[str, str, tuple[str, ...]]] = [(name, "careful", ()) for name in _GIVEN_AND_PUBLISHED]
    tables.append(("check_result", "careful", ()))
    for node in nodes:
        if isinstance(node, Model) and node.publish != "none" and "." not in node.table:
            tables.append((node.table, node.publish, node.header.grain))
        elif isinstance(node, Measure) and node.publish != "none":
            tables += [(table, node.publish, ()) for table in node.outputs]
    files = {"careful": AGGREGATES, "people": PEOPLE}
    rows = {}
    for publication, file in files.items():
        connection.execute(f"attach '{str(work / file).replace(chr(39), chr(39) * 2)}' as {publication}_file")
    for table, publication, grain in sorted(tables):
        order = f"order by {', '.join(grain)}" if grain else "order by all"
        connection.execute(f"create table {publication}_file.{table} as from {table} {order}")
        ((rows[table],),) = connection.execute(f"select count(*) from {publication}_file.{table}").fetchall()
    for publication in files:
        connection.execute(f"detach {publication}_file")
    return rows


def _sources(loads: list[Load]) -> dict[str, Any]:
    sources: dict[str, Any] = {}
    for load in loads:
        about = sources.setdefault(
            f"{load.source}__{load.object}",
            {
                "files": 0,
                "rows_loaded": 0,
                "last_received_at": None,
                "data_through_at": None,
                "content_hashes": [],
            },
        )
        about["files"] += 1
        about["rows_loaded"] += load.rows_loaded
        about["last_received_at"] = load.received_at.isoformat()
        if load.data_through_at:
            about["data_through_at"] = max(about["data_through_at"] or "", load.data_through_at.isoformat())
        about["content_hashes"].append(load.content_hash[:16])
    return sources
