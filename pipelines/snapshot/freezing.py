"""Freeze a closed week: build it as it was known, keep the aggregates, commit by one rename."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.build import Made, Queries, make, read_queries
from pipelines.door.pseudonym import fingerprint, read_key
from pipelines.publish import only_run
from pipelines.questions.file import ORIGINS, origins
from pipelines.settings import Settings
from pipelines.snapshot.content import export, file_hash, file_hashes, hash_of_files
from pipelines.snapshot.frozen import (
    DEFINITIONS,
    MARTS,
    QUERIES,
    RATES,
    TOML,
    Snapshot,
    SnapshotError,
    end_of,
    last_closed_week,
    sealed,
    snapshots,
)
from pipelines.sources import all_profiles
from pipelines.standpoint import Standpoint, query_folders
from pipelines.store import AGGREGATES, MANIFEST, WORK, Store, write_atomically

KEPT_OF_A_BUILD = (
    "as_of", "company", "sample", "time_zone", "key_fingerprint", "versions", "sources", "queries", "questions",
    "questions_aside", "definitions", "checks",
)  # fmt: skip
_CODE = Path(__file__).parent.parent
Progress = Callable[[str, int, int], None]


def freeze(
    settings: Settings,
    store: Store,
    iso_week: str | None = None,
    progress: Progress = lambda step, done, total: None,
    attach: Callable[[Snapshot], None] = lambda frozen: None,
) -> Snapshot:
    """Freeze an ISO week that is over, from what has been received by now; nothing that happened after it is counted.

    Args:
        iso_week: absent means the last one that is over.
        progress: called with the step's name, how many are done, and how many there are.
        attach: called with the week before it is committed; what it writes into the folder (the report, the notes)
            is frozen too.

    Raises:
        SnapshotError: the week is not over, is frozen already, or fails a check.
        AlreadyRunning, PseudonymKeyError, QueryError: nothing was frozen.
    """
    now = settings.as_of()
    week = iso_week or last_closed_week(now, settings.zone)
    as_of = end_of(week, settings.zone)
    if as_of > now:
        raise SnapshotError(
            f"The week {week} is not over: it ends at {as_of:%Y-%m-%d %H:%M} UTC. "
            f"The last one that is over is {last_closed_week(now, settings.zone)}."
        )
    _refuse_again(store, week)
    key = read_key(settings.key_file)
    with only_run(store):
        store.snapshots_folder.mkdir(exist_ok=True)
        for left in store.snapshots_folder.glob(f"{WORK}*"):
            shutil.rmtree(left)
        work = store.snapshots_folder / f"{WORK}freezing" / week
        (work / QUERIES).mkdir(parents=True)
        try:
            queries = _copy_queries(query_folders(settings), work / QUERIES)
            _copy_settings(settings, work)
            seen = Standpoint.of(settings, store, as_of, now, [work / QUERIES])
            made = make(settings, store, all_profiles(), fingerprint(key), progress, seen)
            made.manifest["questions_aside"] = queries.aside
            frozen = _write(made, seen, store, work, key)
            attach(frozen)
            _seal(frozen, key, store)
            frozen.close()
            work.rename(store.snapshots_folder / week)
        finally:
            shutil.rmtree(work.parent, ignore_errors=True)
    return Snapshot(store.snapshots_folder / week)


def _refuse_again(store: Store, week: str) -> None:
    if (store.snapshots_folder / week).exists():
        raise SnapshotError(
            f"The week {week} is frozen already ({store.snapshots_folder / week}) and is never frozen again. See what "
            f"has changed since with `careful diff {week}`; prove that it can be rebuilt with "
            f"`careful snapshot --verify {week}`."
        )


def _copy_queries(folders: list[Path], target: Path) -> Queries:
    """The files in force, one folder over the other; a draft is left out, and what is left aside."""
    queries = read_queries(folders, all_profiles())
    kept = [question for question in queries.questions if not question.is_draft]
    in_force = {question.path for question in kept}
    for folder in folders:
        for path in sorted([*folder.rglob("*.sql"), *folder.rglob("*.yaml")]):
            if path in in_force or path.relative_to(folder).parts[0] != "questions":
                copy = target / path.relative_to(folder)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
    write_atomically(target / ORIGINS, origins(kept))
    return queries


def _copy_settings(settings: Settings, target: Path) -> None:
    shutil.copyfile(settings.path, target / TOML)
    if settings.rates_file.is_file():
        shutil.copyfile(settings.rates_file, target / RATES)


def _write(made: Made, seen: Standpoint, store: Store, work: Path, key: bytes) -> Snapshot:
    """The tables and the manifest; the build itself goes, and with it the rows per person."""
    try:
        if made.failed_checks:
            failed = ", ".join(f"{check['name']} ({check['rows']} rows)" for check in made.failed_checks)
            raise SnapshotError(f"The week {work.name} can not be frozen: a check failed: {failed}.")
        tables = export(made.path / AGGREGATES, work / MARTS)
    finally:
        shutil.rmtree(made.path)
    manifest = {
        "iso_week": work.name,
        **{name: made.manifest[name] for name in KEPT_OF_A_BUILD},
        "created_at": made.manifest["created_at"],
        "received_by": seen.received_by.isoformat(),
        "rows": {table: about["rows"] for table, about in tables.items()},
        "tables": {table: about["hash"] for table, about in tables.items()},
        "content_hash": content_hash({table: str(about["hash"]) for table, about in tables.items()}),
        "landing_hash": landing_hash(store, seen),
        "code_hash": code_hash(),
    }
    write_atomically(work / MANIFEST, json.dumps(sealed(manifest, key), indent=1, default=str))
    frozen = Snapshot(work)
    said = frozen.query("from definition order by kpi").to_dicts()
    definitions = {row["kpi"]: {**row, **manifest["definitions"][row["kpi"]]} for row in said}
    write_atomically(work / DEFINITIONS, json.dumps(definitions, indent=1, default=str, ensure_ascii=False))
    return frozen


def _seal(frozen: Snapshot, key: bytes, store: Store) -> None:
    """List every file with its hash; a file that is as in the week frozen before is kept once for both."""
    files = {name: digest for name, digest in file_hashes(frozen.path).items() if name != MANIFEST}
    before = max(snapshots(store), key=lambda each: each.received_by, default=None)
    known = before.manifest["files"] if before else {}
    for name, digest in files.items():
        path = frozen.path / name
        if before and known.get(name) == digest and file_hash(before.path / name) == digest:
            path.unlink()
            path.hardlink_to(before.path / name)
        else:
            with path.open("rb") as written:
                os.fsync(written.fileno())
            path.chmod(0o400)
    manifest = {**frozen.manifest, "files": files}
    write_atomically(frozen.path / MANIFEST, json.dumps(sealed(manifest, key), indent=1, default=str))


def content_hash(tables: dict[str, str]) -> str:
    """Of what all tables say, whatever their bytes."""
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()


def landing_hash(store: Store, seen: Standpoint) -> str:
    """Of the landed files that were built from: erasure and retention alone rewrite them."""
    return hash_of_files(store.landing, [file for load in seen.loads for file in load.files])


@cache
def code_hash() -> str:
    """Of the Python that turns landing into tables."""
    code: dict[str, Any] = {
        path.relative_to(_CODE).as_posix(): file_hash(path) for path in _CODE.rglob("*.py")
    }
    return hashlib.sha256(json.dumps(code, sort_keys=True).encode()).hexdigest()
