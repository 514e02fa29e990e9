"""Where things lie in a workspace's store, and the only way to read a build.

A build is a folder that never changes once published. `current` is a text file with the id of the
published one. Every read opens a cursor of its own: a DuckDB connection shared between threads
hands one reader the rows of another.
"""

import contextlib
import errno
import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

AGGREGATES = "careful.duckdb"
PEOPLE = "people.duckdb"
MANIFEST = "manifest.json"
WORK = ".work-"
MOMENT = "%Y%m%dT%H%M%S%f"
RECEIVED = "%Y%m%dT%H%M%S"
"""When a file arrived, as the id of its load begins."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EROFS, errno.EACCES, errno.EPERM)


class StoreError(Exception):
    """The store is not in a state that can be read; the message says what to do."""


@dataclass
class Build:
    """One immutable build: aggregates that every viewer may read, and one row per person for roles that may.

    Readers keep a connection per file for as long as the build object lives; call `close` to let go.
    """

    path: Path
    _connections: dict[str, duckdb.DuckDBPyConnection] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def id(self) -> str:
        """The build's name, also its place in time: `20261116T050000123456-1a2b3c4d`."""
        return self.path.name

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the build rests on: sources, hashes, row counts, checks, versions, time per step."""
        content: dict[str, Any] = json.loads((self.path / MANIFEST).read_text(encoding="utf-8"))
        return content

    def query(self, sql: str, params: dict[str, Any] | None = None) -> pl.DataFrame:
        """Rows of `careful.duckdb`; named parameters are bound, never pasted."""
        return self._query(AGGREGATES, sql, params)

    def query_people(self, sql: str, params: dict[str, Any] | None = None) -> pl.DataFrame:
        """Rows of `people.duckdb` (pseudonymous rows per person); the caller checks that the viewer may."""
        return self._query(PEOPLE, sql, params)

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            for connection in self._connections.values():
                connection.close()
            self._connections.clear()

    def _query(self, file: str, sql: str, params: dict[str, Any] | None) -> pl.DataFrame:
        with self._cursor(file) as cursor:
            return cursor.sql(sql, params=params or {}).pl()

    @contextlib.contextmanager
    def _cursor(self, file: str) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._lock:
            connection = self._connections.get(file)
            if connection is None:
                connection = self._open(file)
                connection.execute("set timezone = 'UTC'")
                self._connections[file] = connection
            cursor = connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    def _open(self, file: str) -> duckdb.DuckDBPyConnection:
        try:
            return duckdb.connect(
                str(self.path / file), read_only=True, config={"enable_external_access": "false"}
            )
        except duckdb.IOException:
            raise StoreError(
                f"The {file} of build {self.id} can not be opened (looked in {self.path}). "
                "Publish a new build with `careful run`."
            ) from None


@dataclass(frozen=True)
class Store:
    """The folders of a store. Nothing is created until a run needs it."""

    root: Path

    @property
    def landing(self) -> Path:
        """Source-shaped Parquet, one folder per `<source>__<object>`."""
        return self.root / "landing"

    @property
    def loads(self) -> Path:
        """One JSON per received file; a landing file counts only when its load is listed here."""
        return self.landing / "_loads"

    @property
    def quarantine(self) -> Path:
        """Pointers to rows set aside: load, line, column, rule."""
        return self.root / "quarantine"

    @property
    def vault(self) -> Path:
        """Personal columns and original files; readable by the owner alone."""
        return self.root / "vault"

    @property
    def builds_folder(self) -> Path:
        """One folder per build."""
        return self.root / "builds"

    @property
    def snapshots_folder(self) -> Path:
        """One folder per frozen week."""
        return self.root / "snapshots"

    @property
    def pointer(self) -> Path:
        """The text file that names the published build."""
        return self.root / "current"

    def current(self) -> Build | None:
        """The published build, or None before the first publication."""
        try:
            build_id = self.pointer.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        path = self.builds_folder / build_id
        if not is_whole(path):
            raise StoreError(
                f"The published build {build_id!r} is missing (looked in {path}). Publish a new one with `careful run`."
            )
        return Build(path)

    def builds(self) -> list[Build]:
        """Every complete build, newest first."""
        if not self.builds_folder.is_dir():
            return []
        folders = [path for path in self.builds_folder.iterdir() if not path.name.startswith(WORK)]
        return [Build(path) for path in sorted(folders, reverse=True) if is_whole(path)]

    def nearest(self) -> Build | None:
        """The published build, or, where somebody deleted it or a part of it, the newest that is whole."""
        try:
            return self.current()
        except StoreError:
            return next(iter(self.builds()), None)

    @property
    def runs_folder(self) -> Path:
        """One JSON per run."""
        return self.root / "runs"

    def runs(self) -> list[dict[str, Any]]:
        """What past runs did, newest first: started_at, outcome, reason, build_id, rows, refused, failed_checks."""
        paths = sorted(self.runs_folder.glob("*.json"), reverse=True)
        return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def is_whole(path: Path) -> bool:
    """Whether a folder is a build with all its files."""
    return all((path / file).is_file() for file in (AGGREGATES, PEOPLE, MANIFEST))


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replace a small file so that a reader sees the old one or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    work = path.with_name(f".{path.name}.work")
    try:
        with work.open("wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
            stream.flush()
            os.fsync(stream.fileno())
        work.replace(path)
    except BaseException:
        work.unlink(missing_ok=True)
        raise


def stamp(now: datetime, earlier: Iterable[str]) -> str:
    """A time as a name that sorts after the names given earlier, also where the clock was put back since."""
    newest = max(earlier, default="")
    with contextlib.suppress(ValueError):
        last = datetime.strptime(newest[: len(f"{now:{MOMENT}}")], MOMENT).replace(tzinfo=UTC)
        now = max(now, last + timedelta(microseconds=1))
    return f"{now:{MOMENT}}"


def disk_trouble(error: BaseException | None, where: Path | None = None) -> str | None:
    """What the disk had against an error, or against what led to it, and what to do; None where it is no matter of it.

    Args:
        where: the folder that was worked in.
    """
    at = f" that holds {where}" if where else ""
    while error is not None:
        if _says_full(error):
            return (
                f"The disk{at} is full. Make room on it and run again: what is published stays, "
                "and no file is lost."
            )
        if isinstance(error, OSError) and error.errno in _FORBIDDEN:
            return (
                f"{error.filename or where or 'A file'} can not be used ({error.strerror}). Give this user the right "
                f"to read and write all of {where or 'its folder'} and run again: what is published stays, "
                "and no file is lost."
            )
        error = error.__cause__ or error.__context__
    return None


def _says_full(error: BaseException) -> bool:
    """DuckDB and Polars have no number for it: only words, after which nothing else is looked for."""
    if isinstance(error, OSError):
        return error.errno in _FULL
    if isinstance(error, sqlite3.OperationalError):
        return error.sqlite_errorname in ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE")
    if isinstance(error, duckdb.Error | pl.exceptions.PolarsError):
        return any(
            words in str(error) for words in ("No space left on device", "failed to offload data block")
        )
    return False
