"""A frozen week as it lies in the store, and whether anybody has laid hands on it."""

import contextlib
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import polars as pl

from pipelines.door.pseudonym import PseudonymKeyError, read_key
from pipelines.settings import Settings
from pipelines.snapshot.content import SUFFIX, file_hashes
from pipelines.store import AGGREGATES, MANIFEST, Build, Store, StoreError

MARTS, QUERIES, TOML, RATES = "marts", "queries", "careful.toml", "rates.csv"
DEFINITIONS = "definitions.json"
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_SEALED = ("hash", "seal")


class SnapshotError(StoreError):
    """A week can not be frozen, read or compared; the message says why and what to do."""


@dataclass
class Snapshot(Build):
    """A frozen week, read like a build: the aggregates only, from its Parquet files."""

    @property
    def iso_week(self) -> str:
        """The week that was closed, such as `2026-W46`."""
        return self.path.name

    @property
    def id(self) -> str:
        """The week and what its tables say: `2026-W46-1a2b3c4d`; the same in a report that is frozen with it."""
        return f"{self.iso_week}-{self.manifest['content_hash'][:8]}"

    @property
    def as_of(self) -> datetime:
        """Sunday 24:00 by the company's clock, as naive UTC: what happened later is not counted."""
        return datetime.fromisoformat(self.manifest["as_of"])

    @property
    def received_by(self) -> datetime:
        """When it was frozen, as naive UTC: what arrived later is not known."""
        return datetime.fromisoformat(self.manifest["received_by"])

    @cached_property
    def definitions(self) -> dict[str, Any]:
        """KPI -> what its definition said."""
        said: dict[str, Any] = json.loads((self.path / DEFINITIONS).read_text(encoding="utf-8"))
        return said

    def query_people(self, sql: str, params: dict[str, Any] | None = None) -> pl.DataFrame:
        """Refused: no row per person is ever frozen."""
        raise StoreError(
            f"The frozen week {self.iso_week} holds aggregates only, never a row per person. "
            "Look at people in the published build."
        )

    def _open(self, file: str) -> duckdb.DuckDBPyConnection:
        if file != AGGREGATES:
            raise StoreError(f"The frozen week {self.iso_week} has no {file}.")
        connection = duckdb.connect()
        for path in sorted((self.path / MARTS).glob(f"*{SUFFIX}")):
            connection.execute(
                f'create table "{path.stem}" as select * from read_parquet($path)', {"path": str(path)}
            )
        connection.execute("set enable_external_access = false")
        return connection


def snapshots(store: Store) -> list[Snapshot]:
    """Every frozen week, newest first."""
    if not store.snapshots_folder.is_dir():
        return []
    folders = [path for path in store.snapshots_folder.iterdir() if _WEEK.fullmatch(path.name)]
    return [Snapshot(path) for path in sorted(folders, reverse=True) if (path / MANIFEST).is_file()]


def snapshot(store: Store, iso_week: str) -> Snapshot:
    """One frozen week.

    Raises:
        SnapshotError: it is not frozen; names those that are.
    """
    found = {each.iso_week: each for each in snapshots(store)}
    if iso_week not in found:
        there = ", ".join(found) or "none yet"
        raise SnapshotError(
            f"The week {iso_week} is not frozen (looked in {store.snapshots_folder}; frozen are: {there}). "
            f"Freeze it with `careful snapshot --week {iso_week}`."
        )
    return found[iso_week]


def monday_of(iso_week: str) -> date:
    """The first day of an ISO week.

    Raises:
        SnapshotError: it is written otherwise, or there is no such week.
    """
    if written := _WEEK.fullmatch(iso_week):
        with contextlib.suppress(ValueError):
            return date.fromisocalendar(int(written[1]), int(written[2]), 1)
    raise SnapshotError(f"Expected an ISO week such as 2026-W46, found {iso_week!r}.")


def end_of(iso_week: str, zone: ZoneInfo) -> datetime:
    """Sunday 24:00 of an ISO week by the company's clock, as naive UTC."""
    after = monday_of(iso_week) + timedelta(days=7)
    moment = datetime(after.year, after.month, after.day, tzinfo=zone)
    return moment.astimezone(UTC).replace(tzinfo=None)


def last_closed_week(now: datetime, zone: ZoneInfo) -> str:
    """The newest ISO week that is over at a time in naive UTC, by the company's clock."""
    today = now.replace(tzinfo=UTC).astimezone(zone).date()
    return f"{today - timedelta(days=today.weekday() + 7):%G-W%V}"


def is_due(settings: Settings, store: Store) -> bool:
    """Whether the last week that is over has yet to be frozen."""
    return not (store.snapshots_folder / last_closed_week(settings.as_of(), settings.zone)).exists()


def sealed(manifest: dict[str, Any], key: bytes) -> dict[str, Any]:
    """The manifest with a hash of all that it says, and a seal that only the holder of the company's key can make."""
    whole = _hash(manifest)
    return {**manifest, "hash": whole, "seal": _seal(whole, key)}


def _hash(manifest: dict[str, Any]) -> str:
    said = {name: value for name, value in manifest.items() if name not in _SEALED}
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def _seal(whole: str, key: bytes) -> str:
    return hmac.digest(key, f"snapshot|{whole}".encode(), "sha256").hex()


def proved(frozen: Snapshot, settings: Settings) -> list[str]:
    """As `verify`, with the company's key; that there is none is one of the things that are wrong."""
    try:
        key = read_key(settings.key_file)
    except (PseudonymKeyError, OSError) as error:
        return [*verify(frozen), f"Its seal can not be checked: {error}"]
    return verify(frozen, key)


def verify(frozen: Snapshot, key: bytes | None = None) -> list[str]:
    """What is not as it was frozen, a sentence each; none if all is.

    Args:
        key: the company's pseudonym key. With it, a manifest that was written anew to fit changed files is found too,
            unless whoever did it could read the key.
    """
    try:
        manifest = json.loads((frozen.path / MANIFEST).read_text(encoding="utf-8"))
        files, whole, seal = dict(manifest["files"]), str(manifest["hash"]), str(manifest["seal"])
        week = str(manifest["iso_week"])
    except (OSError, ValueError, KeyError, TypeError):
        return [f"{MANIFEST} can not be read."]
    wrong = []
    if _hash(manifest) != whole:
        wrong.append(f"{MANIFEST} was changed: it does not say what its own hash is of.")
    if key is not None and not hmac.compare_digest(seal, _seal(whole, key)):
        wrong.append(f"{MANIFEST} was not sealed with this company's key.")
    if week != frozen.iso_week:
        wrong.append(f"The folder is called {frozen.iso_week}, but it holds {week}.")
    found = {name: digest for name, digest in file_hashes(frozen.path).items() if name != MANIFEST}
    wrong += [f"{name} is missing." for name in sorted(files.keys() - found.keys())]
    wrong += [
        f"{name} was not there when the week was frozen." for name in sorted(found.keys() - files.keys())
    ]
    wrong += [
        f"{name} was changed." for name in sorted(files.keys() & found.keys()) if files[name] != found[name]
    ]
    return wrong
