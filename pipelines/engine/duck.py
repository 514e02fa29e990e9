"""The DAG on DuckDB: landing files in, tables out."""

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.door.check import landing_types
from pipelines.door.land import ANSWERS, DIMENSIONS, SHARED_COLUMNS, SIGHTINGS, Load, landed_files
from pipelines.door.profile import Profile
from pipelines.engine.canonical import ENTITIES
from pipelines.engine.graph import Measure, Model, ModelHeader, Node, QueryError, place, without_values
from pipelines.store import Store

_LOAD_TYPES = {
    "load_id": "VARCHAR",
    "received_at": "TIMESTAMP",
    "data_through_at": "TIMESTAMP",
    "source": "VARCHAR",
    "object": "VARCHAR",
}
_OLDEST_FIRST = "received_at, data_through_at, load_id"
_NEWEST_FIRST = "received_at desc, data_through_at desc nulls last, load_id desc"
_ROW_TYPES = {"record_key": "VARCHAR", "content_hash": "VARCHAR", "line": "BIGINT", **_LOAD_TYPES}


def open_engine(zone: str, temporary: Path | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB in UTC with `local_date(at)` and `local_hour(at)` of a UTC time in the company's zone."""
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    if temporary is not None:
        connection.execute(f"set temp_directory = '{str(temporary).replace(chr(39), chr(39) * 2)}'")
    for schema in ("landing", "staging", "staged", "occasion"):
        connection.execute(f"create schema {schema}")
    connection.execute(
        f"create macro local_date(moment) as timezone('{zone}', timezone('UTC', moment))::date"
    )
    connection.execute(
        f"create macro local_hour(moment) as extract(hour from timezone('{zone}', timezone('UTC', moment)))"
    )
    return connection


def register_landing(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    loads: list[Load],
    profiles: Iterable[Profile],
    held: frozenset[str] | None = None,
) -> list[str]:
    """Make every landing table a view of what was last known of each record (of some: of every version); returns the
    views' names.

    A table without files is an empty view of its declared columns, so that every query runs on every company. With
    `held`, records that these loads tell of stay as these loads told them.
    """
    files = landed_files(store, loads)
    profiles = tuple(profiles)
    if held is not None:
        told = landed_files(store, [load for load in loads if load.load_id in held])
        _hold(connection, held, [file for name in _shapes(profiles) for file in told.get(name, ())])
    shapes = _shapes(profiles)
    firsts = {p.name for p in profiles if p.keeps_first}
    every = {p.name for p in profiles if p.keeps_every}
    shapes |= {name: {**columns, **_LOAD_TYPES} for name, columns in SHARED_COLUMNS.items()}
    for name, columns in shapes.items():
        wanted = ", ".join(f'null::{kind} as "{column}"' for column, kind in columns.items())
        rows = f"select {wanted} where false"
        if name in files:
            listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files[name])
            rows += f" union all by name select * from read_parquet([{listed}], union_by_name = true)"
        if held is not None and name != SIGHTINGS:
            rows = f"select * from ({rows}) where {_IS_HELD_OR_NEW}"
        shown = _versions(rows) if name in every else _latest(name, rows, name in firsts)
        connection.execute(f'create view landing."{name}" as {shown}')
    return [f"landing.{name}" for name in shapes]


_IS_HELD_OR_NEW = (
    "load_id in (select load_id from held_load) or record_key not in (select record_key from held_record)"
)


def _hold(connection: duckdb.DuckDBPyConnection, held: frozenset[str], files: list[str]) -> None:
    """Make `held_load` and `held_record`: the loads, and the records in their files."""
    connection.register("_given", pl.DataFrame({"load_id": sorted(held)}, schema={"load_id": pl.String}))
    connection.execute("create table held_load as from _given")
    connection.unregister("_given")
    connection.execute("create table held_record (record_key varchar)")
    if files:
        connection.execute(
            "insert into held_record select distinct record_key from read_parquet($files, union_by_name = true)",
            {"files": files},
        )


def _versions(rows: str) -> str:
    """Every version of each record, once for each time that it arrived."""
    rank = (
        f"row_number() over (partition by record_key, content_hash, received_at order by {_NEWEST_FIRST}) = 1"
    )
    return f"select * from ({rows}) qualify {rank}"


def _latest(name: str, rows: str, first: bool) -> str:
    """Of each record what arrived last (or first); of files that arrived together, the one that reaches further."""
    if name not in SHARED_COLUMNS:
        rank = f"row_number() over (partition by record_key order by {_OLDEST_FIRST if first else _NEWEST_FIRST}) = 1"
        return f"select * from ({rows}) qualify {rank}"
    if name == ANSWERS:
        rank = f"dense_rank() over (partition by record_key order by {_NEWEST_FIRST}) = 1"
        return f"select * from ({rows}) qualify {rank}"
    if name == DIMENSIONS:
        rank = f"row_number() over (partition by record_key, label order by {_NEWEST_FIRST}) = 1"
        return f"select * from ({rows}) qualify {rank}"
    return rows


def _shapes(profiles: Iterable[Profile]) -> dict[str, dict[str, str]]:
    """Landing table -> its columns and their types; layouts of one export share a table that has the columns of all."""
    shapes: dict[str, dict[str, str]] = {}
    for profile in profiles:
        shapes.setdefault(profile.name, dict(_ROW_TYPES)).update(_sql_types(profile))
    return shapes


def _sql_types(profile: Profile) -> dict[str, str]:
    names = {
        pl.String: "VARCHAR", pl.Int64: "BIGINT", pl.Float64: "DOUBLE", pl.Boolean: "BOOLEAN", pl.Date: "DATE"
    }  # fmt: skip
    mapped = {c.name: c for c in profile.mappable if c.landed}
    kinds = {**landing_types(profile)}
    for name, column in mapped.items():
        kinds.setdefault(name, landing_types(Profile(profile.source, profile.object, (column,), ()))[name])
    return {
        name: "TIMESTAMP" if isinstance(kind, pl.Datetime)
        else "DECIMAL(18,4)" if isinstance(kind, pl.Decimal)
        else names[type(kind)]
        for name, kind in kinds.items()
    }  # fmt: skip


def direct_feeds(profiles: Iterable[Profile], models: list[Model]) -> list[Model]:
    """A staging model for each landing table that feeds a canonical one as it is and has no SQL file of its own."""
    profiles = tuple(profiles)
    written = {model.table for model in models}
    fed = {p.name: p.feeds for p in profiles if p.feeds is not None}
    direct = []
    for name, has in _shapes(profiles).items():
        table = f"staging.{name}"
        if name not in fed or table in written:
            continue
        columns = ", ".join(column for column in ENTITIES[fed[name]] if column in has)
        header = ModelHeader(about=f"{name.replace('__', ' ')} as landed", feeds=fed[name])
        direct.append(Model(table, "staging", f"select {columns} from landing.{name}", header))
    return direct


def unions(models: list[Model]) -> list[Model]:
    """`staged.<entity>`: all that feeds it, in its canonical columns and types.

    Raises:
        QueryError: a staging file feeds something unknown, or has a column that the entity does not know.
    """
    feeding: dict[str, list[Model]] = {entity: [] for entity in ENTITIES}
    for model in models:
        if model.header.feeds is None:
            continue
        if model.header.feeds not in feeding:
            raise QueryError(f"{model.path}: feeds {model.header.feeds!r}; known are {', '.join(ENTITIES)}.")
        feeding[model.header.feeds].append(model)
    made = []
    for entity, feeders in feeding.items():
        columns = ENTITIES[entity]
        empty = ", ".join(f"cast(null as {kind}) as {column}" for column, kind in columns.items())
        parts = [f"select {empty} where false"]
        for model in sorted(feeders, key=lambda m: m.table):
            has = set(model.tree.named_selects)
            unknown = has - columns.keys()
            if unknown:
                raise QueryError(
                    f"{model.path or model.table}: {entity} has no column {', '.join(sorted(unknown))}. "
                    f"Known are {', '.join(columns)}."
                )
            chosen = ", ".join(
                f"cast({column if column in has else 'null'} as {kind}) as {column}"
                for column, kind in columns.items()
            )
            parts.append(f"select {chosen} from {model.table}")
        header = ModelHeader(about=f"every source's {entity}")
        made.append(Model(f"staged.{entity}", "staged", " union all ".join(parts), header))
    return made


def run(
    connection: duckdb.DuckDBPyConnection,
    nodes: Iterable[Node],
    params: Mapping[str, Any],
    progress: Callable[[str], None] = lambda name: None,
) -> list[dict[str, Any]]:
    """Make every node's tables, in order.

    Returns:
        One record a node: name, seconds, rows.

    Raises:
        QueryError: a node fails; the message names it and its file, and quotes no data.
    """
    steps = []
    for node in nodes:
        progress(node.name)
        started = time.perf_counter()
        try:
            if isinstance(node, Model):
                used = {name: params[name] for name in node.params}
                rows = _create(connection, node.table, node.sql, used)
            elif isinstance(node, Measure):
                rows = _compute(connection, node)
        except KeyError as error:
            raise QueryError(
                f"{place(node)}: the parameter ${error.args[0]} is not one of {', '.join(params)}."
            ) from None
        except duckdb.Error as error:
            raise QueryError(f"{place(node)}: {without_values(error)}") from None
        steps.append({"name": node.name, "seconds": round(time.perf_counter() - started, 3), "rows": rows})
    return steps


def _compute(connection: duckdb.DuckDBPyConnection, node: Measure) -> int:
    frames = {table: connection.sql(f"from {table}").pl() for table in node.inputs}
    made = node.compute(frames)
    for table in node.outputs:
        connection.register("_made", made[table])
        _create(connection, table, "from _made")
        connection.unregister("_made")
    return sum(made[table].height for table in node.outputs)


def _create(
    connection: duckdb.DuckDBPyConnection, table: str, sql: str, used: Mapping[str, Any] | None = None
) -> int:
    """Make a table of a SELECT; returns its rows."""
    ((rows,),) = connection.execute(f"create table {table} as {sql}", used).fetchall()
    return int(rows)
