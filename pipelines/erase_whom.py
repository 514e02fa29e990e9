"""Whom an erasure means: found as the build knows who is who, also in originals of which no row was taken in."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from pipelines import ctrl_c
from pipelines.build import Queries, lay_out, read_models
from pipelines.door.intake import exports, same_key
from pipelines.door.land import RAW, SHARED_COLUMNS, TOKENS, read_loads, spill
from pipelines.door.profile import TOKEN_KINDS
from pipelines.door.pseudonym import keyed
from pipelines.door.split import normalise
from pipelines.door.tombstones import (
    OF_SEVERAL,
    Tombstone,
    borne,
)
from pipelines.engine.duck import open_engine, run
from pipelines.facts import params
from pipelines.identity import LARGEST_CLUSTER, resolve
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
    given = tokens_of(settings, key, identifiers)
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
    paths = originals(store) if values else []
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


def originals(store: Store) -> list[Path]:
    """The files that are kept as they came."""
    return sorted(path for path in (store.vault / RAW).glob("*") if path.is_file())


def tokens_of(settings: Settings, key: bytes, identifiers: Iterable[Identifier]) -> list[Identifier]:
    """Identifiers as they stand past the door, keyed.

    Raises:
        EraseError: a value is no identifier of its kind.
    """
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


_OF_THE_LOAD = ("record_key", "content_hash", "load_id", "source", "object")


def landing_files(store: Store) -> list[Path]:
    """Files with rows of records; those of Google Analytics' reports hold counts alone."""
    paths = sorted(store.landing.glob("*/*.parquet"))
    return [path for path in paths if "record_key" in pl.read_parquet_schema(path)]


def _naming(store: Store, values: frozenset[str]) -> frozenset[str]:
    """Record keys of landed rows in which one of these keyed values stands: visits, entries of the journal."""
    tables: dict[str, list[str]] = {}
    for path in landing_files(store):
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


def is_erased(
    settings: Settings, key: bytes, identifiers: Iterable[Identifier], among: Iterable[Tombstone]
) -> bool:
    """Whether one of these tombstones bears one of these identifiers."""
    tokens = {token for _, token in tokens_of(settings, key, identifiers)}
    return any(tokens & one.values for one in among)
