"""Erasure of a customer (GDPR, Art. 17): whomever `erase_whom` found is removed wherever rows of people lie.

First a tombstone is written, which says by keyed values who is to go. What follows from it can be killed at any moment
and is done again by the next run: originals, vault, landing, counts, journal, and with the next publication all earlier
builds. Frozen weeks hold no row of anybody and stay as they are.
"""

import contextlib
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl

from pipelines import ctrl_c
from pipelines.door.intake import exports
from pipelines.door.land import MOST_MEMORY, RAW, TOKENS, read_loads, spill
from pipelines.door.originals import REASON_SUFFIX, REFUSED_FOLDER
from pipelines.door.tombstones import (
    ERASED,
    Tombstone,
    barred,
    bars,
    folder,
    tombstones,
    unfinished,
)
from pipelines.erase_whom import Identifier, landing_files, originals, tokens_of
from pipelines.journal import Journal
from pipelines.journal.file import entries_about, erase_about
from pipelines.settings import Settings
from pipelines.sources import all_profiles
from pipelines.store import Store


def _in_vault(store: Store) -> list[Path]:
    return sorted(path for path in store.vault.glob("*/*.parquet") if path.parent.name != RAW)


# What there is, and its removal


def count(store: Store, customers: list[Tombstone]) -> dict[str, int]:
    """How many rows of each table would go: landing table, `vault`, `journal`, `builds` -> number; none of them 0."""
    rows: Counter[str] = Counter()
    with _condemned(store, customers) as connection:
        for path in landing_files(store):
            rows[path.parent.name] += _rows(connection, path, _GOES.get(path.parent.name, _OF_A_RECORD))
        rows["vault"] = sum(_rows(connection, path, _OF_A_VERSION) for path in _in_vault(store))
    rows["journal"] = entries_about(Journal(store).path, _values(customers))
    rows["builds"] = len(store.builds())
    return {name: number for name, number in rows.items() if number}


def finish(settings: Settings, store: Store, key: bytes) -> int:
    """Remove what unfinished tombstones name from all but the builds. Returns how many customers they are.

    Raises:
        JournalError: the journal is in use; everything else is done.
    """
    customers = unfinished(store)
    if not customers:
        return 0
    _erase_originals(settings, store, key, _values(customers))
    with _condemned(store, customers) as connection:
        for path in _in_vault(store):
            _rewrite(connection, path, _OF_A_VERSION)
        # The tokens last: they say which versions of whose rows are meant.
        for path in sorted(landing_files(store), key=lambda path: path.parent.name == TOKENS):
            _rewrite(connection, path, _GOES.get(path.parent.name, _OF_A_RECORD))
    _count_anew(store)
    erase_about(Journal(store).path, _values(customers))
    for one in customers:
        # What comes in from now on with their telephone is somebody else's.
        replace(one, shared=frozenset()).write(store)
    return len(customers)


def keep_out(store: Store) -> int:
    """Remove what the journal says of somebody who was erased before: a page was still open, or a backup came back.

    Returns:
        How many entries there were.

    Raises:
        JournalError: the journal is in use.
    """
    path, values = Journal(store).path, barred(store)
    return erase_about(path, values) if entries_about(path, values) else 0


def settle(store: Store) -> None:
    """Call every erasure done: no build of before is left."""
    for one in unfinished(store):
        replace(one, is_done=True).write(store)


def lift(settings: Settings, store: Store, key: bytes, identifiers: Iterable[Identifier]) -> int:
    """Let somebody in again who came back: remove the tombstones with these identifiers. Returns how many went."""
    tokens = {token for _, token in tokens_of(settings, key, identifiers)}
    lifted = [one for one in tombstones(store) if one.is_done and tokens & one.tokens]
    for one in lifted:
        (folder(store) / one.name).unlink()
    return len(lifted)


def refused_files(settings: Settings) -> int:
    """Files aside in the inbox that were never read: whom they hold can not be told."""
    aside = settings.inbox / REFUSED_FOLDER
    return sum(path.is_file() and not path.name.endswith(REASON_SUFFIX) for path in aside.rglob("*"))


def _values(customers: list[Tombstone]) -> frozenset[str]:
    return frozenset[str]().union(*(one.values for one in customers))


_OF_A_RECORD = "record_key in (from record)"
_OF_A_VERSION = f"{_OF_A_RECORD} or (record_key, load_id) in (from version)"
_GOES = {TOKENS: f"{_OF_A_VERSION} or token in (from named)"}


@contextlib.contextmanager
def _condemned(store: Store, customers: list[Tombstone]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with `record` (keys), `named` (tokens) and `version` (of records that once bore such a token)."""
    records = frozenset[str]().union(*(one.records for one in customers))
    named = frozenset[str]().union(*(one.tokens | one.shared for one in customers))
    with duckdb.connect() as connection:
        connection.execute(f"set memory_limit = '{MOST_MEMORY}'")
        for table, column, values in (("record", "record_key", records), ("named", "token", named)):
            given = pl.DataFrame({column: sorted(values)}, schema={column: pl.String})
            connection.register("given", given)
            connection.execute(f"create table {table} as from given")
            connection.unregister("given")
        connection.execute("create table version (record_key varchar, load_id varchar)")
        for path in sorted((store.landing / TOKENS).glob("*.parquet")):
            connection.execute(
                "insert into version select distinct record_key, load_id from read_parquet($path) "
                "semi join named using (token)",
                {"path": str(path)},
            )
        yield connection


def _rows(connection: duckdb.DuckDBPyConnection, path: Path, goes: str) -> int:
    ((number,),) = connection.execute(
        f"select count(*) from read_parquet($path) where {goes}", {"path": str(path)}
    ).fetchall()
    return int(number)


def _rewrite(connection: duckdb.DuckDBPyConnection, path: Path, goes: str) -> None:
    """Replace a file by one without the rows that go; a file without such rows is left alone."""
    if not _rows(connection, path, goes):
        return
    work = path.with_suffix(".work")
    kept = connection.sql(
        f"select * from read_parquet($path) where not coalesce({goes}, false)", params={"path": str(path)}
    )
    kept.write_parquet(str(work), compression="zstd")
    shutil.copymode(path, work)
    with work.open("rb") as written:
        os.fsync(written.fileno())
    work.replace(path)


def _count_anew(store: Store) -> None:
    """Rows that are not in a load's file any more were set aside, by their own rule: so its rows go on adding up."""
    for load in read_loads(store):
        path = store.landing / f"{load.source}__{load.object}" / f"{load.load_id}.parquet"
        left = pl.scan_parquet(path).select(pl.len()).collect().item() if path.is_file() else load.rows_loaded
        if left == load.rows_loaded:
            continue
        gone, load.rows_loaded = load.rows_loaded - left, left
        load.rows_quarantined += gone
        before = sum(rule["rows"] for rule in load.rules if rule["rule"] == ERASED)
        load.rules = [rule for rule in load.rules if rule["rule"] != ERASED]
        load.rules.append({"rule": ERASED, "column": "", "rows": before + gone})
        load.write(store.loads / f"{load.load_id}.json")


def _erase_originals(settings: Settings, store: Store, key: bytes, values: frozenset[str]) -> None:
    """Delete every kept original that holds a row with one of these values, or of which it can not be told."""
    for path in originals(store):
        if _holds(path, settings, store, key, values):
            path.unlink()


def _holds(path: Path, settings: Settings, store: Store, key: bytes, values: frozenset[str]) -> bool:
    with spill(store) as work:
        try:
            with ctrl_c.heeded():
                for _, _, found in exports(path, work, settings, tuple(all_profiles())):
                    is_theirs = bars(values, found.profile, settings.company.region, key)
                    if found.strangers or any(
                        piece.broken or is_theirs(piece.frame).any() for piece in found.pieces()
                    ):
                        return True
        except (OSError, MemoryError):
            raise
        except Exception:
            return True
    return False
