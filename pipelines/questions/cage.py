"""Where analysts' SQL runs: it reads the aggregates of one build, and nothing else on this machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Protocol, Self

import duckdb
import polars as pl

from pipelines.engine.graph import without_values
from pipelines.questions.forbidden import forbidden
from pipelines.store import AGGREGATES

SECONDS, ROWS, MEMORY, THREADS = 10.0, 100_000, "512MB", 2
_BATCH = 10_000
_LOCKED_FROM_THE_START: dict[str, str | bool | int | float | list[str]] = {
    "allow_community_extensions": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "max_temp_directory_size": "0KiB",
    "memory_limit": MEMORY,
    "python_enable_replacements": "false",
    "temp_directory": "",
    "threads": str(THREADS),
}
_KINDS = frozenset(
    (
        "array", "bigint", "blob", "boolean", "date", "decimal", "double", "enum", "float", "hugeint", "integer",
        "list", "map", "smallint", "struct", "time", "timestamp", "timestamp with time zone", "timestamp_ms",
        "timestamp_ns", "timestamp_s", "tinyint", "ubigint", "uhugeint", "uinteger", "usmallint", "utinyint", "uuid",
        "varchar", "null",
    )
)  # fmt: skip
_CALENDAR = (date.min - date(1970, 1, 1)).days, (date.max - date(1970, 1, 1)).days
_LOCKED_AT_LAST = ("set enable_external_access = false", "set lock_configuration = true")


class CageError(Exception):
    """A query may not run here, or does not; the message says why and quotes no data."""


class Published(Protocol):
    """A build, or a frozen week that is shown like one."""

    @property
    def path(self) -> Path:
        """Its folder, with `careful.duckdb` or with `marts/*.parquet`."""
        ...

    @property
    def id(self) -> str:
        """Its name."""
        ...

    @property
    def manifest(self) -> dict[str, Any]:
        """What it rests on."""
        ...


class Cage:
    """A DuckDB in memory that sees the aggregates of a build read-only, and is then locked.

    No files, no network, no extensions, no settings, one SELECT at a time, so much time, memory and so many rows.
    May be shared by threads: every query has a cursor of its own.
    """

    def __init__(self, build: Published, seconds: float = SECONDS, rows: int = ROWS) -> None:
        self.build = build
        self._seconds = seconds
        self._rows = rows
        self._connection = duckdb.connect(":memory:", config=_LOCKED_FROM_THE_START)
        self._database = _show(self._connection, build.path)
        for statement in _LOCKED_AT_LAST:
            self._connection.execute(statement)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the build."""
        self._connection.close()

    def sql(self, sql: str, params: dict[str, Any] | None = None) -> pl.DataFrame:
        """The rows of one SELECT; named parameters are bound, never pasted.

        Raises:
            CageError: anything but one SELECT, what the cage forbids, or too much of time, memory or rows.
        """
        refuse_all_but_one_select(sql)
        with self._cursor() as cursor:
            if reason := forbidden(cursor, sql):
                raise CageError(reason)
            relation = cursor.sql(sql, params=params or {})
            _refuse_no_table(relation)
            reader = relation.to_arrow_reader(_BATCH)
            batches, rows = [], 0
            for batch in reader:
                rows += batch.num_rows
                if rows > self._rows:
                    raise CageError(
                        f"more than {self._rows:,} rows come out. Group them, or end the query with a `limit`."
                    )
                batches.append(_in_calendar(pl.DataFrame(batch)))
            return pl.concat(batches) if batches else pl.DataFrame(reader.schema.empty_table())

    def describe(self, sql: str, params: dict[str, Any] | None = None) -> dict[str, str]:
        """The columns of one SELECT and their types, without running it.

        Raises:
            CageError: it is not one SELECT, or does not fit the tables.
        """
        refuse_all_but_one_select(sql)
        with self._cursor() as cursor:
            if reason := forbidden(cursor, sql):
                raise CageError(reason)
            relation = cursor.sql(sql, params=params or {})
            return dict(zip(relation.columns, map(str, relation.types), strict=True))

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._connection.cursor()
        ending = threading.Timer(self._seconds, cursor.interrupt)
        ending.daemon = True
        try:
            cursor.execute(f"use {self._database}")
            ending.start()
            yield cursor
        except duckdb.Error as error:
            raise CageError(_in_words(error, self._seconds)) from None
        except RuntimeError as error:
            if "interrupt" not in str(error).lower():
                raise
            raise KeyboardInterrupt from None  # DuckDB's word for Ctrl+C
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
            raise CageError(
                "a column comes out in a form that no table here holds. Cast it, such as `x::varchar`."
            ) from None
        finally:
            ending.cancel()
            cursor.close()


def refuse_all_but_one_select(sql: str) -> None:
    """Stop at anything that is not one SELECT.

    Raises:
        CageError: says what it is.
    """
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise CageError(str(error)) from None
    kinds = [statement.type.name for statement in statements]
    if kinds != ["SELECT"]:
        raise CageError(
            f"expected one SELECT, found {', '.join(kinds) or 'nothing'}. Nothing can be changed here."
        )


def _refuse_no_table(relation: duckdb.DuckDBPyRelation) -> None:
    """Stop at columns that no file, page or picture can hold."""
    twice = sorted({name for name in relation.columns if relation.columns.count(name) > 1})
    if twice:
        raise CageError(
            f"the column {', '.join(twice)} comes out more than once. Name each differently, with `as`."
        )
    for name, kind in zip(relation.columns, relation.types, strict=True):
        if kind.id not in _KINDS:
            raise CageError(
                f"{name} comes out as {kind}, which no table here holds. Cast it, such as `{name}::varchar`."
            )


def _in_calendar(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame, where its dates are in the years 1 to 9999, which is what Python and Excel know."""
    for name in frame.select(pl.col(pl.Date, pl.Datetime)).columns:
        if not frame[name].cast(pl.Date).to_physical().is_between(*_CALENDAR).all():
            raise CageError(f"{name} holds dates outside of the years 1 to 9999.")
    return frame


def _show(connection: duckdb.DuckDBPyConnection, folder: Path) -> str:
    """Make the tables of a build visible; returns the database that they are in."""
    connection.execute("set timezone = 'UTC'")
    if (folder / AGGREGATES).is_file():
        connection.execute(f"attach {_quoted(folder / AGGREGATES)} as build (read_only)")
        return "build"
    for path in sorted((folder / "marts").glob("*.parquet")):
        connection.execute(f'create table "{path.stem}" as from read_parquet({_quoted(path)})')
    return "memory"


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _in_words(error: duckdb.Error, seconds: float) -> str:
    if isinstance(error, duckdb.InterruptException):
        return f"it takes longer than {seconds:g} s. Read fewer rows, or a table that is summed already."
    if isinstance(error, duckdb.OutOfMemoryException):
        return f"it needs more memory than {MEMORY}. Read fewer rows, or a table that is summed already."
    if isinstance(error, duckdb.PermissionException):
        return (
            "it reaches outside of the build, which is not allowed here: no files, no network, no extensions."
        )
    if isinstance(error, duckdb.BinderException | duckdb.CatalogException | duckdb.ParserException):
        return str(error)
    return without_values(error)
