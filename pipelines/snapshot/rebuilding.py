"""Prove a frozen week: build it again from the landing as it stood, and say what is not the same."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.build import make
from pipelines.door.land import Load, read_loads
from pipelines.engine.graph import QueryError
from pipelines.publish import only_run
from pipelines.settings import Settings, load_settings
from pipelines.snapshot.content import SUFFIX, export, spelled
from pipelines.snapshot.freezing import code_hash, content_hash, landing_hash
from pipelines.snapshot.frozen import MARTS, QUERIES, TOML, Snapshot, SnapshotError
from pipelines.sources import all_profiles
from pipelines.standpoint import Standpoint
from pipelines.store import AGGREGATES, WORK, Store

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Rebuilt:
    """What came out: the hash, and a sentence for each table that differs and each reason why it may."""

    content_hash: str
    differences: list[str]
    reasons: list[str]

    @property
    def is_the_same(self) -> bool:
        """Whether the week says what it said."""
        return not self.differences


def rebuild(frozen: Snapshot, store: Store, progress: Progress = lambda step, done, total: None) -> Rebuilt:
    """Build the week again with today's code from the loads, settings and queries that it was made of.

    Raises:
        AlreadyRunning: a run is at work.
        SnapshotError, SettingsError: today's code can not run its queries, or read its settings.
    """
    seen, gone = standpoint_of(frozen, store)
    manifest = frozen.manifest
    settings, fingerprint = frozen_settings(frozen), manifest["key_fingerprint"]
    with only_run(store), tempfile.TemporaryDirectory(dir=store.builds_folder, prefix=WORK) as work:
        try:
            made = make(settings, store, all_profiles(), fingerprint, progress, seen)
        except QueryError as error:
            raise SnapshotError(
                f"The week {frozen.iso_week} was frozen by other code (Careful {manifest['versions']['careful']}), and "
                f"that of today can not run its queries: {error} Prove it with the code of then."
            ) from None
        try:
            told = export(made.path / AGGREGATES, Path(work) / MARTS)
        finally:
            shutil.rmtree(made.path)
        tables = {table: str(about["hash"]) for table, about in told.items()}
        before: dict[str, str] = manifest["tables"]
        differing = sorted(t for t in tables.keys() | before.keys() if tables.get(t) != before.get(t))
        differences = [_difference(table, frozen.path / MARTS, Path(work) / MARTS) for table in differing]
    reasons = []
    if gone:
        reasons.append(f"{len(gone)} load(s) are not there any more, the first is {gone[0]}.")
    elif landing_hash(store, seen) != manifest["landing_hash"]:
        reasons.append("Landed files were rewritten since: an erasure or a retention.")
    if code_hash() != manifest["code_hash"]:
        reasons.append(f"The code is another than that of {manifest['versions']['careful']} which froze it.")
    return Rebuilt(content_hash(tables), differences, reasons)


def standpoint_of(frozen: Snapshot, store: Store) -> tuple[Standpoint, list[str]]:
    """From where the week was built, and the loads of then that are gone."""
    ids = frozen.query("select load_id from load order by load_id")["load_id"].to_list()
    there: dict[str, Load] = {load.load_id: load for load in read_loads(store)}
    wanted = set(ids)
    refusals = frozen.query("from refusal").to_dicts()
    seen = Standpoint(
        frozen.as_of,
        frozen.received_by,
        [load for load_id, load in there.items() if load_id in wanted],
        [{**refusal, "received_at": refusal["received_at"].isoformat()} for refusal in refusals],
        [frozen.path / QUERIES],
        frozen.manifest["definitions"],
    )
    return seen, [load_id for load_id in ids if load_id not in there]


def frozen_settings(frozen: Snapshot) -> Settings:
    """The settings as they were.

    Raises:
        SettingsError: today's code does not know one of them.
    """
    return load_settings(frozen.path / TOML)


def _difference(table: str, before: Path, after: Path) -> str:
    files = {side: folder / f"{table}{SUFFIX}" for side, folder in (("was", before), ("is", after))}
    there = {side: path for side, path in files.items() if path.is_file()}
    if "is" not in there:
        return f"{table} is made no more."
    if "was" not in there:
        return f"{table} was not made then."
    with duckdb.connect() as connection:
        for side, path in there.items():
            connection.execute(
                f"create view {side}_read as from read_parquet('{str(path).replace(chr(39), chr(39) * 2)}')"
            )
        now, was = (spelled(connection, f"{side}_read") for side in ("is", "was"))
        (((missing,),), ((new,),)) = (
            connection.execute(f"select count(*) from ({one} except all {other})").fetchall()
            for one, other in ((was, now), (now, was))
        )
    return f"{table}: {missing:,} row(s) of then are not there, {new:,} are new."
