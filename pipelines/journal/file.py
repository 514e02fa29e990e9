"""The SQLite file behind the journal: one table that only grows, but for who is erased.

Every entry stays as it was written; what holds now is what was written last. Two writers can not both write the
same version of an act, nor the same list of the same week: the file refuses the second.
"""

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.journal.records import JournalError

PATIENCE_SECONDS = 30
EDITION = 1
MODE = 0o600


def _only_grows(verb: str) -> str:
    return (
        f"create trigger no_{verb} before {verb} on entry begin "
        "select raise(abort, 'the journal only grows: write a new entry'); end"
    )


_SCHEMA = (
    """
    create table entry (
        entry_id integer primary key autoincrement,
        kind text not null,
        initiative_id text,
        customer_key text,
        thing_id text,
        version integer,
        at text not null,
        by text not null,
        facts text not null,
        words text
    ) strict
    """,
    "create unique index one_of_each_version on entry (kind, thing_id, version) where version is not null",
    "create index by_initiative on entry (kind, initiative_id, entry_id)",
    "create index by_customer on entry (kind, customer_key, entry_id)",
    _only_grows("update"),
    _only_grows("delete"),
    f"pragma user_version = {EDITION}",
)


@dataclass(frozen=True)
class Entry:
    """One thing written down.

    Attributes:
        kind: plan, veto, draw, assignment, act, kindness, decision, gentle, reveal, note, event or goal.
        by: who wrote it. at: when, naive UTC.
        thing_id, version: which act (draw, …) it is about, and which state of it; nobody else can write the same.
        facts: what may be landed. words: what people wrote freely; it never leaves the journal.
        entry_id: its place in the journal; 0 until it is written.
    """

    kind: str
    by: str
    at: datetime
    initiative_id: str | None = None
    customer_key: str | None = None
    thing_id: str | None = None
    version: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    entry_id: int = 0


def naive(moment: datetime | None) -> datetime:
    """A moment as naive UTC; now, where none is given."""
    moment = moment or datetime.now(UTC)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


@contextlib.contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """One transaction that nobody else writes beside; the file is made, readable by its owner alone, when missing.

    Raises:
        JournalError: another writer does not let go, or the file is no journal.
    """
    _create(path)
    with _opened(path) as connection, _explained(path):
        connection.execute("begin immediate")
        try:
            yield connection
            connection.execute("commit")
        except BaseException:
            if connection.in_transaction:
                connection.execute("rollback")
            raise


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection | None]:
    """One view of the journal, whatever others write meanwhile; None where nothing was ever written."""
    if not path.is_file():
        yield None
        return
    with _opened(path) as connection, _explained(path):
        if _edition(connection) == 0:
            yield None
            return
        _refuse_other(_edition(connection), path)
        connection.execute("begin")
        yield connection


def append(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Write entries down."""
    connection.executemany(
        "insert into entry (kind, initiative_id, customer_key, thing_id, version, at, by, facts, words) "
        "values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                e.kind,
                e.initiative_id,
                e.customer_key,
                e.thing_id,
                e.version,
                e.at.isoformat(timespec="microseconds"),
                e.by,
                json.dumps(e.facts, default=str),
                json.dumps(e.words) if e.words else None,
            )
            for e in entries
        ),
    )


def entries_about(path: Path, customer_keys: Collection[str]) -> int:
    """How many entries are about these customers."""
    with reading(path) as connection:
        keys = connection.execute("select customer_key from entry") if connection else ()
        return sum(key in customer_keys for (key,) in keys)


def erase_about(path: Path, customer_keys: Collection[str]) -> int:
    """Remove every entry about these customers, and their bytes from the file and its log. Returns how many there were.

    Nothing else takes anything out of the journal. Nobody else's entry gets another number.

    Raises:
        JournalError: another writer or reader does not let go; what is left of the bytes goes with the next try.
    """
    if not path.is_file():
        return 0
    with writing(path) as connection:
        about = [(key,) for key in customer_keys]
        connection.execute("pragma secure_delete = on")
        connection.execute("drop trigger no_delete")
        gone = connection.executemany("delete from entry where customer_key = ?", about).rowcount
        connection.execute(_only_grows("delete"))
    with _opened(path) as connection, _explained(path):
        connection.execute("vacuum")
        (is_busy, *_) = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    if is_busy:
        raise JournalError(
            f"The journal at {path} is being read, so its log still holds what was erased. Run again."
        )
    return gone


def entries(
    connection: sqlite3.Connection | None, kind: str, where: str = "", given: tuple[Any, ...] = ()
) -> list[Entry]:
    """What was written of a kind, oldest first; `where` is a condition on the columns of `entry`."""
    if connection is None:
        return []
    rows = connection.execute(
        "select kind, by, at, initiative_id, customer_key, thing_id, version, facts, words, entry_id from entry "
        f"where kind = ? {f'and ({where})' if where else ''} order by entry_id",
        (kind, *given),
    )
    return [
        Entry(
            kind,
            by,
            datetime.fromisoformat(at),
            initiative_id,
            customer_key,
            thing_id,
            version,
            json.loads(facts),
            json.loads(words) if words else {},
            entry_id,
        )
        for _, by, at, initiative_id, customer_key, thing_id, version, facts, words, entry_id in rows
    ]


LATEST = "entry_id in (select max(entry_id) from entry where kind = '{kind}' group by {of})"


def latest(kind: str, of: str) -> str:
    """The condition that an entry is the last one of its kind about the same thing."""
    return LATEST.format(kind=kind, of=of)


def _create(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, MODE))
        for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
            with contextlib.suppress(FileNotFoundError):  # another writer may just have folded its log in
                if file.stat().st_mode & ~MODE & 0o777:
                    file.chmod(MODE)
    except OSError as error:
        raise JournalError(f"The journal at {path} can not be written ({error.strerror}).") from None
    with _opened(path) as connection, _explained(path):
        edition = _edition(connection)
        if edition == EDITION:
            return
        _refuse_other(edition or EDITION, path)
        _keep_a_log(connection)
        connection.execute("begin immediate")
        for statement in _SCHEMA if _edition(connection) == 0 else ():
            connection.execute(statement)
        connection.execute("commit")


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Let readers and a writer work side by side. SQLite does not wait here for another who does the same."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            connection.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError:
            if time.monotonic() > patience:
                raise
            time.sleep(0.02)
        else:
            return


def _refuse_other(edition: int, path: Path) -> None:
    if edition != EDITION:
        raise JournalError(
            f"The journal at {path} is of edition {edition}, this version of Careful reads {EDITION}. "
            "Update Careful."
        )


def _edition(connection: sqlite3.Connection) -> int:
    return int(connection.execute("pragma user_version").fetchone()[0])


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        connection = sqlite3.connect(path, timeout=PATIENCE_SECONDS, isolation_level=None)
    except sqlite3.OperationalError as error:
        raise JournalError(f"The journal at {path} can not be opened ({error.sqlite_errorname}).") from None
    try:
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    """SQLite's own words may quote a value; what is wrong with the file does not."""
    try:
        yield
    except sqlite3.OperationalError as error:
        busy = error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        says = (
            "another writer holds it; try again" if busy else "is the disk full or the folder not writable?"
        )
        raise JournalError(
            f"The journal at {path} can not be used ({error.sqlite_errorname}): {says}."
        ) from None
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError):
            raise
        raise JournalError(
            f"The journal at {path} is no SQLite file or is damaged. Restore it from your backup."
        ) from None
