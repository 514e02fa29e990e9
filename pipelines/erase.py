"""Erasure of a customer (GDPR, Art. 17): found as the build knows who is who, then removed wherever rows of people lie.

First a tombstone is written, which says by keyed values who is to go. What follows from it can be killed at any moment
and is done again by the next run: originals, vault, landing, counts, journal, and with the next publication all earlier
builds. Frozen weeks hold no row of anybody and stay as they are.
"""

import contextlib
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from pipelines import ctrl_c
from pipelines.build import Queries, lay_out, read_models
from pipelines.door.intake import exports, same_key
from pipelines.door.land import MOST_MEMORY, RAW, SHARED_COLUMNS, TOKENS, read_loads, spill
from pipelines.door.originals import REASON_SUFFIX, REFUSED_FOLDER
from pipelines.door.profile import TOKEN_KINDS
from pipelines.door.pseudonym import keyed
from pipelines.door.split import normalise
from pipelines.door.tombstones import (
    ERASED,
    OF_SEVERAL,
    Tombstone,
    barred,
    bars,
    borne,
    folder,
    tombstones,
    unfinished,
)
from pipelines.engine.duck import open_engine, run
from pipelines.facts import params
from pipelines.identity import LARGEST_CLUSTER, resolve
from pipelines.journal import Journal
from pipelines.journal.file import entries_about, erase_about
from pipelines.settings import Settings
from pipelines.sources import all_profiles
from pipelines.sources.salesforce import in_eighteen
from pipelines.standpoint import Standpoint
from pipelines.store import Store

Identifier = tuple[str, str]
"""A kind of `TOKEN_KINDS` and a value, as people write it."""
Looking = Callable[[str, int, int], None]


class EraseError(Exception):
    """Nobody can be erased by what was given; nothing was changed."""


@dataclass(frozen=True)
class Found:
    """Whom identifiers name: a tombstone for each customer, not written yet, and those that name nobody.

    `unknown` holds kinds, never values. `known_by`: kind -> how many identifiers of it the customers have together: a
    household that shares a telephone is one customer, and has more of them than a person. `originals`: in how many kept
    originals those were found who stand in no row that was taken in. `unread`: how many hold rows of which it can not
    be told whom they name; 0 where no original was looked into.
    """

    customers: list[Tombstone]
    unknown: list[str]
    known_by: dict[str, int] = field(default_factory=dict)
    originals: int = 0
    unread: int = 0


def find(
    settings: Settings,
    store: Store,
    key: bytes,
    identifiers: Iterable[Identifier],
    progress: Looking = lambda step, done, total: None,
) -> Found:
    """The customers whom identifiers name, with all their records.

    Who is in no row that was taken in is looked for in the kept originals, of which rows were set aside. For that the
    caller holds the store.

    Args:
        progress: called with which original is read, how many bytes are done, and how many there are.

    Raises:
        EraseError: a value is no identifier of its kind, or stands with so many others that it can not be said whose
            it is.
        PseudonymKeyError: the store was made with another key.
    """
    same_key(store, key)
    given = _tokens(settings, key, identifiers)
    edges = _edges(settings, store)
    at = settings.as_of()
    customers: list[Tombstone] = []
    keys, strangers = set[str](), list[Identifier]()
    for kind, token in given:
        if named := _named(edges, kind, token):
            keys |= named
        elif only := _nobody_s(store, kind, token, at):
            customers.append(only)
        else:
            strangers.append((kind, token))
    aside = _in_originals(settings, store, key, frozenset(token for _, token in strangers), progress)
    beside = aside.edges()
    unknown = [kind for kind, token in strangers if token not in set(beside["token"])]
    more: dict[str, list[Tombstone]] = {}
    for each in sorted(set[str]().union(*(_named(beside, *stranger) for stranger in strangers))):
        one = _tombstone(beside.filter(customer_key=each), store, at)
        one = replace(one, records=one.records - set(edges["record_key"]))
        known = edges.filter(pl.col("used") & pl.col("token").is_in(list(one.tokens)))["customer_key"]
        keys |= set(known)
        if known.is_empty():
            customers.append(one)
        else:
            more.setdefault(min(known), []).append(one)
    customers += [
        _together([_tombstone(edges.filter(customer_key=each), store, at), *more.get(each, [])])
        for each in sorted(keys)
    ]
    told = pl.concat([edges.filter(pl.col("customer_key").is_in(list(keys))), beside], how="diagonal_relaxed")
    known_by = Counter(told.filter("used").unique("token")["kind"])
    return Found(
        customers,
        unknown,
        {kind: known_by[kind] for kind in TOKEN_KINDS if kind in known_by},
        aside.originals,
        aside.unread,
    )


def _named(edges: pl.DataFrame, kind: str, token: str) -> set[str]:
    """The customers that an identifier names; none where it is not among the edges."""
    named = edges.filter(pl.col("token") == token)
    if not named["used"].all():
        raise EraseError(
            f"This {plain(kind)} stands with so many customers that it is not known whose it is. Nothing was "
            "changed. Name the customer by a number of a vendor, such as --id hubspot_contact:123."
        )
    return set(named["customer_key"])


def _together(parts: list[Tombstone]) -> Tombstone:
    """One customer, of whom several things are known."""
    records, tokens, shared = (
        frozenset[str]().union(*(getattr(one, name) for one in parts))
        for name in ("records", "tokens", "shared")
    )
    return Tombstone(parts[0].erased_at, records, tokens, shared)


def _nobody_s(store: Store, kind: str, token: str, at: datetime) -> Tombstone | None:
    """An identifier that names no customer now: of visits alone, or of a record that is somebody else's since."""
    given = frozenset([token])
    records = _naming(store, given)
    if kind in OF_SEVERAL:
        return Tombstone(at, records, frozenset(), given) if records else None
    return Tombstone(at, records, given) if records or _once_named(store, token) else None


def _once_named(store: Store, token: str) -> bool:
    """Whether a version of a record, given to somebody else since, bore an identifier that names nobody now."""
    files = sorted((store.landing / TOKENS).glob("*.parquet"))
    return bool(files) and bool(
        pl.scan_parquet(files).filter(pl.col("token") == token).select(pl.len()).collect().item()
    )


@dataclass
class _Aside:
    """Identifiers in rows of kept originals that bear one that was asked for; `originals`, `unread`: as in `Found`."""

    said: list[pl.DataFrame] = field(default_factory=list)
    originals: int = 0
    unread: int = 0

    def edges(self) -> pl.DataFrame:
        """Who is who among them, as the build would say."""
        none = pl.DataFrame(schema={"record_key": pl.String, "kind": pl.String, "token": pl.String})
        said = pl.concat([none, *self.said]).unique(maintain_order=True)
        one_load = said.with_columns(received_at=pl.lit(datetime.min), load_id=pl.lit(""))
        return resolve(one_load)["identity_edge"]


def _in_originals(
    settings: Settings, store: Store, key: bytes, values: frozenset[str], progress: Looking
) -> _Aside:
    """Look through every kept original, a piece at a time."""
    aside = _Aside()
    paths = _originals(store) if values else []
    sizes = [path.stat().st_size for path in paths]
    for number, path in enumerate(paths):
        before, name = sum(sizes[:number]), f"kept original {number + 1} of {len(paths)}"
        progress(name, before, sum(sizes))
        rows, is_unread = 0, False
        try:
            with ctrl_c.heeded(), spill(store) as work:
                for _, _, found in exports(path, work, settings, tuple(all_profiles())):
                    is_unread |= found.strangers > 0
                    for piece in found.pieces():
                        is_unread |= bool(piece.broken)
                        said = borne(piece.frame, values, found.profile, settings.company.region, key)
                        rows += said.height
                        aside.said += [said] if said.height else []
                        share = min(piece.through / max(found.size, 1), 1)
                        progress(name, before + round(sizes[number] * share), sum(sizes))
        except (OSError, MemoryError):
            raise
        except Exception:
            is_unread = True
        aside.originals += rows > 0
        aside.unread += is_unread
    return aside


def _originals(store: Store) -> list[Path]:
    return sorted(path for path in (store.vault / RAW).glob("*") if path.is_file())


def _tokens(settings: Settings, key: bytes, identifiers: Iterable[Identifier]) -> list[Identifier]:
    given = []
    for kind, value in identifiers:
        if kind not in TOKEN_KINDS:
            raise EraseError(f"This is no kind of identifier. Known are: {', '.join(TOKEN_KINDS)}.")
        written = pl.DataFrame({"record_id": [value]}, schema={"record_id": pl.String})
        spelt = (in_eighteen(written) if kind == "salesforce_contact" else written)["record_id"]
        (normal,) = normalise(kind, spelt, settings.company.region)
        if normal is None:
            raise EraseError(f"What was given is no {plain(kind)} of one person. Nothing was changed.")
        given.append((kind, pl.select(keyed(pl.lit(f"{kind}|{normal}"), key)).item()))
    return given


def plain(kind: str) -> str:
    """What a kind of identifier is called."""
    return {"email": "e-mail address", "phone": "telephone number"}.get(kind, kind.replace("_", " "))


def _edges(settings: Settings, store: Store) -> pl.DataFrame:
    """Who is who, as the build would say of all that is landed."""
    now = Standpoint.of(settings, store, settings.as_of())
    seen = replace(now, loads=read_loads(store))
    with (
        tempfile.TemporaryDirectory() as work,
        open_engine(settings.company.time_zone, Path(work)) as engine,
    ):
        queries = Queries(*read_models(seen.folders, all_profiles()), questions=[])
        nodes = lay_out(engine, settings, store, all_profiles(), seen, queries, "identity_edge")
        run(engine, nodes, params(settings, seen.as_of))
        return engine.sql("from identity_edge").pl()


def _tombstone(edges: pl.DataFrame, store: Store, at: datetime) -> Tombstone:
    used = edges.filter("used")
    if used["token"].n_unique() > LARGEST_CLUSTER:
        raise EraseError(
            f"More than {LARGEST_CLUSTER} identifiers hang together here, too many to be those of one person. Nothing "
            "was changed. Mend the merged records at the vendor, export again, and then erase."
        )
    of_several = pl.col("kind").is_in(OF_SEVERAL)
    records, tokens, shared = (
        frozenset(values)
        for values in (
            edges["record_key"],
            used.filter(~of_several)["token"],
            used.filter(of_several)["token"],
        )
    )
    return Tombstone(at, records | _naming(store, records | tokens | shared), tokens, shared)


def _naming(store: Store, values: frozenset[str]) -> frozenset[str]:
    """Record keys of landed rows in which one of these keyed values stands: visits, entries of the journal."""
    tables: dict[str, list[str]] = {}
    for path in _landed(store):
        tables.setdefault(path.parent.name, []).append(str(path))
    found: set[str] = set()
    with duckdb.connect() as connection:
        connection.register("given", pl.DataFrame({"value": sorted(values)}))
        for files in (files for table, files in tables.items() if table not in SHARED_COLUMNS):
            rows = connection.read_parquet(files, union_by_name=True)
            names = " or ".join(
                f'"{name}" in (from given)'
                for name, kind in zip(rows.columns, rows.types, strict=True)
                if str(kind) == "VARCHAR" and name not in _OF_THE_LOAD
            )
            if names:
                found |= {key for (key,) in rows.filter(names).select("record_key").distinct().fetchall()}
    return frozenset(found)


_OF_THE_LOAD = ("record_key", "content_hash", "load_id", "source", "object")


def _landed(store: Store) -> list[Path]:
    """Files with rows of records; those of Google Analytics' reports hold counts alone."""
    paths = sorted(store.landing.glob("*/*.parquet"))
    return [path for path in paths if "record_key" in pl.read_parquet_schema(path)]


def _in_vault(store: Store) -> list[Path]:
    return sorted(path for path in store.vault.glob("*/*.parquet") if path.parent.name != RAW)


# What there is, and its removal


def count(store: Store, customers: list[Tombstone]) -> dict[str, int]:
    """How many rows of each table would go: landing table, `vault`, `journal`, `builds` -> number; none of them 0."""
    rows: Counter[str] = Counter()
    with _condemned(store, customers) as connection:
        for path in _landed(store):
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
        for path in sorted(_landed(store), key=lambda path: path.parent.name == TOKENS):
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
    tokens = {token for _, token in _tokens(settings, key, identifiers)}
    lifted = [one for one in tombstones(store) if one.is_done and tokens & one.tokens]
    for one in lifted:
        (folder(store) / one.name).unlink()
    return len(lifted)


def is_erased(
    settings: Settings, key: bytes, identifiers: Iterable[Identifier], among: Iterable[Tombstone]
) -> bool:
    """Whether one of these tombstones bears one of these identifiers."""
    tokens = {token for _, token in _tokens(settings, key, identifiers)}
    return any(tokens & one.values for one in among)


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
    for path in _originals(store):
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
