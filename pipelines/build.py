"""One build: landing in, two DuckDB files and a manifest out. Nothing is published here."""

import hashlib
import json
import platform
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import duckdb
import polars as pl
from pydantic import BaseModel, ConfigDict

from pipelines.care.occasions import load_occasions, occasion_models
from pipelines.door.land import Load, read_loads
from pipelines.door.profile import Profile
from pipelines.engine.duck import direct_feeds, open_engine, register_landing, run, unions
from pipelines.engine.graph import (
    Measure,
    Model,
    Node,
    QueryError,
    as_known,
    in_order,
    load_models,
    needed_for,
    read_header,
    without_values,
)
from pipelines.engine.portable import refuse_unportable
from pipelines.facts import PUBLISHED, definition_days, params, reaches_to, register_facts
from pipelines.ga4.additivity import refuse_sums
from pipelines.ga4.reports import Report, load_reports
from pipelines.ga4.tables import FACTS, read_pulls, register_web, staging_models
from pipelines.lineage import lineage, refuse_handle_time
from pipelines.nodes import MEASURES
from pipelines.questions import QuestionFile, history
from pipelines.questions.in_force import in_force
from pipelines.settings import Settings
from pipelines.standpoint import Standpoint, query_folders
from pipelines.store import AGGREGATES, MANIFEST, PEOPLE, WORK, Store, stamp, write_atomically


class CheckHeader(BaseModel):
    """The YAML at the head of a check file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    about: str
    severity: Literal["fail", "warn"]


@dataclass(frozen=True)
class Check:
    """A query for bad rows, and whether they stop the publication."""

    name: str
    path: Path
    sql: str
    header: CheckHeader


@dataclass(frozen=True)
class Made:
    """A finished build that is not published yet."""

    path: Path
    manifest: dict[str, Any]

    @property
    def failed_checks(self) -> list[dict[str, Any]]:
        """The checks that stop a publication."""
        return [c for c in self.manifest["checks"] if c["severity"] == "fail" and not c["passed"]]


@dataclass(frozen=True)
class Queries:
    """What the query files of some folders say; `aside`: of a company's own questions that do not count, why."""

    models: list[Model]
    reports: Mapping[str, Report]
    questions: list[QuestionFile]
    aside: dict[str, str] = field(default_factory=dict)


def make(
    settings: Settings,
    store: Store,
    profiles: Iterable[Profile],
    key_fingerprint: str,
    progress: Callable[[str, int, int], None] = lambda step, done, total: None,
    standpoint: Standpoint | None = None,
) -> Made:
    """Make a build in a folder of its own beside the published ones.

    Args:
        progress: called with the node's name, how many are done, and how many there are.
        standpoint: from where to look; absent means from here and now.

    Raises:
        QueryError: a query file breaks its contract or fails.
    """
    profiles = tuple(profiles)
    seen = standpoint or Standpoint.of(settings, store, settings.as_of())
    as_of, loads, folders = seen.as_of, seen.loads, seen.folders
    started = datetime.now(UTC)
    checks, queries = load_checks(folders), read_queries(folders, profiles)
    questions = queries.questions
    definitions = definition_days(questions, seen.definitions, as_of, settings.zone)
    work = store.builds_folder / f"{WORK}{started:%Y%m%dT%H%M%S%f}"
    work.mkdir(parents=True)
    connection = open_engine(settings.company.time_zone, work / "spill")
    try:
        nodes = lay_out(connection, settings, store, profiles, seen, queries)
        bound = params(settings, as_of)
        counter = iter(range(len(nodes)))
        steps = run(connection, nodes, bound, lambda name: progress(name, next(counter), len(nodes)))
        progress("checks", len(nodes), len(nodes))
        results = run_checks(connection, checks, bound)
        reads = lineage(nodes, questions, loads)
        made = {"check_result": _check_results(results), "lineage": reads}
        rows = _write_files(connection, nodes, made, work)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    finally:
        connection.close()
    shutil.rmtree(work / "spill", ignore_errors=True)
    inputs, hashes = inputs_hash(settings, store, as_of), query_hashes(folders)
    manifest = {
        "build_id": f"{stamp(started, (build.id for build in store.builds()))}-{inputs[:8]}",
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
        "sources": _sources(loads, as_of),
        "rows": rows,
        "queries": hashes,
        "questions": history.said(questions, reads.iter_rows(), hashes),
        "definitions": definitions,
        "questions_aside": queries.aside,
        "checks": results,
        "steps": steps,
        "seconds": round((datetime.now(UTC) - started).total_seconds(), 2),
    }
    write_atomically(work / MANIFEST, json.dumps(manifest, indent=1, default=str))
    return Made(work, manifest)


def assemble(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    store: Store,
    loads: list[Load],
    profiles: tuple[Profile, ...],
    as_of: datetime,
    queries: Queries | None = None,
) -> list[Node]:
    """Register landing and facts with an engine; returns the nodes that are to run, in order.

    Args:
        queries: read before; absent means those of the settings' folders.

    Raises:
        QueryError: a query file breaks its contract, or the nodes do not fit together.
    """
    seen = Standpoint.of(settings, store, as_of)
    return lay_out(connection, settings, store, profiles, replace(seen, loads=loads), queries)


def lay_out(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    store: Store,
    profiles: tuple[Profile, ...],
    seen: Standpoint,
    queries: Queries | None = None,
    only: str | None = None,
) -> list[Node]:
    """As `assemble`, from a standpoint; its queries need not be read again, nor more be run than one table needs."""
    queries = queries or read_queries(seen.folders, profiles)
    given = register_landing(connection, store, seen.loads, profiles, seen.held)
    given += register_facts(connection, settings, queries.questions, seen)
    given += register_web(connection, store, seen.loads, queries.reports, seen.received_by)
    nodes: list[Node] = [*queries.models, *MEASURES]
    return in_order(needed_for(only, nodes) if only else nodes, given)


def read_queries(folders: Iterable[Path], profiles: tuple[Profile, ...]) -> Queries:
    """What the query files say, checked against their contracts.

    A company's own question that breaks its contract is left aside.

    Raises:
        QueryError: another query file breaks its contract.
    """
    folders = list(folders)
    models, reports = read_models(folders, profiles)

    def refuse(questions: list[QuestionFile]) -> None:
        refuse_handle_time(models, [q for q in questions if not q.header.is_excused("purpose")])
        refuse_sums(models, [q for q in questions if not q.header.is_excused("additivity")], reports)

    found = in_force(folders)
    try:
        refuse(found.questions)
    except QueryError:
        found = in_force(folders, lambda own: refuse([own] if own.source == "company" else []))
        refuse(found.questions)
    return Queries(models, reports, found.questions, found.aside)


def read_models(
    folders: list[Path], profiles: tuple[Profile, ...]
) -> tuple[list[Model], Mapping[str, Report]]:
    """Every query that makes a table, and the reports that Google Analytics is asked for; no question.

    Raises:
        QueryError: a query file breaks its contract.
    """
    models = load_models(folders) + occasion_models(load_occasions(folders))
    refuse_unportable(models)
    models += direct_feeds(profiles, models)
    reports = load_reports(folders)
    models += staging_models(reports, [profile.name for profile in profiles])
    models = [as_known(model) for model in models]
    return models + [as_known(model) for model in unions(models)], reports


def rehearse(settings: Settings, profiles: tuple[Profile, ...]) -> dict[str, int]:
    """Run every query on no data, so that what is wrong with a file shows before data arrive.

    Returns:
        How many nodes, checks and questions ran.

    Raises:
        QueryError: one does not; the message names the file.
    """
    folders = query_folders(settings)
    checks, queries = load_checks(folders), read_queries(folders, profiles)
    if queries.aside:
        raise QueryError("\n".join(queries.aside.values()))
    as_of = settings.as_of()
    with open_engine(settings.company.time_zone) as connection:
        nodes = assemble(connection, settings, Store(settings.store), [], profiles, as_of, queries)
        run(connection, nodes, params(settings, as_of))
        run_checks(connection, checks, params(settings, as_of))
        for question in queries.questions:
            question.run(connection)
    return {"nodes": len(nodes), "checks": len(checks), "questions": len(queries.questions)}


def query_hashes(folders: Iterable[Path]) -> dict[str, str]:
    """`marts/kpi_week` -> a hash of the file's bytes, for every query and report in force."""
    files = {
        path.relative_to(folder).with_suffix("").as_posix(): path
        for folder in folders
        for path in sorted([*folder.rglob("*.sql"), *folder.glob("ga4/*.yaml")])
    }
    return {name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for name, path in files.items()}


def inputs_hash(
    settings: Settings, store: Store, as_of: datetime, without: Callable[[str], bool] = lambda query: False
) -> str:
    """Of all that a build's content follows from: loads, queries, settings, rates, clock and version.

    Args:
        without: which queries, such as `questions/feelings/valued`, are left out.
    """
    queries = query_hashes(query_folders(settings))
    facts = [
        version("careful"),
        settings.path.read_text(encoding="utf-8"),
        settings.rates_file.read_text(encoding="utf-8") if settings.rates_file.is_file() else None,
        as_of.isoformat(),
        [load.load_id for load in read_loads(store) if load.received_at <= as_of],
        [pull["pull_id"] for pull in read_pulls(store, as_of)],
        {name: said for name, said in queries.items() if not without(name)},
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def load_checks(folders: Iterable[Path]) -> list[Check]:
    """Every check; a later folder replaces one of the same name.

    Raises:
        QueryError: a header breaks its contract.
    """
    checks = {}
    for path in (path for folder in folders for path in sorted((folder / "checks").glob("*.sql"))):
        header, sql = read_header(path, CheckHeader)
        checks[path.stem] = Check(path.stem, path, sql, header)
    return list(checks.values())


def run_checks(
    connection: duckdb.DuckDBPyConnection, checks: Iterable[Check], params: dict[str, Any]
) -> list[dict[str, Any]]:
    """Run every check: name, about, severity, passed, rows. A check is a query for the bad rows.

    Raises:
        QueryError: a check can not run.
    """
    results = []
    for check in checks:
        try:
            used = duckdb.extract_statements(check.sql)[0].named_parameters
            ((rows,),) = connection.execute(
                f"select count(*) from ({check.sql})", {name: params[name] for name in used}
            ).fetchall()
        except KeyError as error:
            raise QueryError(
                f"{check.path}: the parameter ${error.args[0]} is not one of {', '.join(params)}."
            ) from None
        except duckdb.Error as error:
            raise QueryError(f"{check.path}: {without_values(error)}") from None
        results.append({"name": check.name, **check.header.model_dump(), "passed": rows == 0, "rows": rows})
    return results


def _check_results(checks: list[dict[str, Any]]) -> pl.DataFrame:
    schema = {
        "name": pl.String,
        "about": pl.String,
        "severity": pl.String,
        "passed": pl.Boolean,
        "rows": pl.Int64,
    }
    return pl.DataFrame(checks, schema=schema)


def _write_files(
    connection: duckdb.DuckDBPyConnection, nodes: Iterable[Any], made: dict[str, pl.DataFrame], work: Path
) -> dict[str, int]:
    """Copy what is published into the two files, sorted by grain; returns rows per table."""
    for name, frame in made.items():
        connection.register("_made", frame)
        connection.execute(f"create table {name} as from _made")
        connection.unregister("_made")
    tables: list[tuple[str, str, tuple[str, ...]]] = [
        (name, "careful", ()) for name in (*PUBLISHED, *FACTS, *made)
    ]
    for node in nodes:
        if isinstance(node, Model) and node.publish != "none" and "." not in node.table:
            tables.append((node.table, node.publish, node.header.grain))
        elif isinstance(node, Measure) and node.publish != "none":
            tables += [(table, node.publish, ()) for table in node.outputs]
    files = {"careful": AGGREGATES, "people": PEOPLE}
    rows = {}
    for publication, file in files.items():
        connection.execute(f"attach '{str(work / file).replace(chr(39), chr(39) * 2)}' as {publication}_file")
        connection.execute("begin")
        for table, _, grain in sorted(each for each in tables if each[1] == publication):
            order = f"order by {', '.join(grain)}" if grain else ""
            ((rows[table],),) = connection.execute(
                f"create table {publication}_file.{table} as from {table} {order}"
            ).fetchall()
        connection.execute("commit")
        connection.execute(f"detach {publication}_file")
    return rows


def _sources(loads: list[Load], as_of: datetime) -> dict[str, Any]:
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
        if through := reaches_to(load, as_of):
            about["data_through_at"] = max(about["data_through_at"] or "", through.isoformat())
        about["content_hashes"].append(load.content_hash[:16])
    return sources
