"""One run at a time: take in, build, check, switch. A killed run leaves the published build."""

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Literal

from pipelines import aside, ctrl_c, erase, uncounted, workspace
from pipelines.build import Made, make
from pipelines.door import tombstones
from pipelines.door.intake import take_in
from pipelines.door.pseudonym import PseudonymKeyError, fingerprint, read_key
from pipelines.engine.graph import QueryError
from pipelines.ga4.pull import FOLDER, last_pulled_at, pull
from pipelines.journal import JournalError
from pipelines.journal.landing import bring_back, land_journal
from pipelines.settings import Settings, SettingsError
from pipelines.sources import all_profiles
from pipelines.store import WORK, Build, Store, StoreError, disk_trouble, stamp, write_atomically

KEPT_BUILDS = 8
READING = "Reading"
KEPT_RUNS = 100
Progress = Callable[[str, str, int, int], None]
_SAID = (JournalError, SettingsError, PseudonymKeyError, QueryError, StoreError)


def _why(error: BaseException, settings: Settings) -> str:
    """Why a run published nothing."""
    if isinstance(error, KeyboardInterrupt):
        return "it was stopped by hand; the next run goes on"
    said = str(error) if isinstance(error, _SAID) else f"an unexpected {type(error).__name__}"
    return disk_trouble(error, settings.workspace) or said


class AlreadyRunning(Exception):
    """Another run holds the store."""


@dataclass
class RunRecord:
    """What one run did; the newest says whether the data on screen are the newest there could be."""

    started_at: str
    outcome: Literal["published", "not published"] = "not published"
    build_id: str | None = None
    reason: str | None = None
    seconds: float = 0.0
    files_read: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    aside: list[str] = field(default_factory=list)
    refused: list[dict[str, str]] = field(default_factory=list)
    pulled: dict[str, int] = field(default_factory=dict)
    not_pulled: list[dict[str, str | None]] = field(default_factory=list)
    failed_checks: list[str] = field(default_factory=list)
    questions_aside: dict[str, str] = field(default_factory=dict)
    customers_erased: int = 0
    uncounted: list[str] = field(default_factory=list)


@contextlib.contextmanager
def only_run(store: Store) -> Iterator[None]:
    """Hold the store for one run; the lock goes with the process, however it ends.

    Raises:
        AlreadyRunning: another run holds it.
    """
    store.root.mkdir(parents=True, exist_ok=True)
    with (store.root / ".lock").open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise AlreadyRunning(
                f"Another run is at work (process {holder}, store {store.root}). "
                "Wait for it to end; nothing was changed."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def run_once(settings: Settings, progress: Progress = lambda stage, step, done, total: None) -> RunRecord:
    """Everything the schedule does, once.

    Returns:
        What was done. `not published` names the failed checks; the build before stays in force.

    Raises:
        AlreadyRunning, JournalError, PseudonymKeyError, SettingsError, QueryError: nothing was published.
        StoreError: the disk is full or may not be written; what is published stays.
    """
    store = Store(settings.store)
    with _disk_in_words(settings), only_run(store):
        started = datetime.now(UTC)
        record = RunRecord(started.replace(tzinfo=None).isoformat(timespec="seconds"))
        try:
            with ctrl_c.heeded():
                _carry_out(settings, store, record, progress)
        except BaseException as error:
            record.reason = _why(error, settings)
            raise
        finally:
            record.seconds = round((datetime.now(UTC) - started).total_seconds(), 2)
            _keep(record, store, started)
        return record


def _carry_out(settings: Settings, store: Store, record: RunRecord, progress: Progress) -> None:
    """Take in, build, check and switch, and write down in `record` what came of it."""

    def show(stage: str, step: str, done: int, total: int) -> None:
        ctrl_c.end_if_pressed()
        progress(stage, step, done, total)

    _sweep(settings, store)
    key = read_key(settings.key_file)
    record.customers_erased = erase.finish(settings, store, key)
    _ask(settings, store, record, show)
    profiles = all_profiles()
    intake = take_in(
        settings,
        store,
        profiles,
        key,
        lambda file, done, total: show(READING, file, done, total),
    )
    bring_back(store)
    erase.keep_out(store)
    intake.loads += land_journal(settings, store, key)
    record.refused = intake.refusals
    record.files_read = len(intake.loads)
    for name in ("rows_read", "rows_loaded", "rows_quarantined", "rows_duplicate"):
        record.rows[name] = sum(getattr(load, name) for load in intake.loads)
    record.aside = aside.in_words(intake.loads)
    made = make(
        settings,
        store,
        profiles,
        fingerprint(key),
        lambda step, done, total: show("Building", step, done, total),
    )
    record.questions_aside = made.manifest["questions_aside"]
    record.uncounted = uncounted.in_words(made)
    ctrl_c.end_if_pressed()
    record.failed_checks = [f"{c['name']} ({c['rows']} rows)" for c in made.failed_checks]
    if record.failed_checks:
        shutil.rmtree(made.path)
        record.reason = "a check failed: " + ", ".join(record.failed_checks)
    else:
        record.build_id = publish(made, store)
        record.outcome = "published"


@contextlib.contextmanager
def _disk_in_words(settings: Settings) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if said := disk_trouble(error, settings.workspace):
            raise StoreError(said) from None
        raise


def _ask(settings: Settings, store: Store, record: RunRecord, progress: Progress) -> None:
    """Pull what is asked and not waited for; what can not be had is said, and the run goes on."""
    for at in workspace.moments(settings, last_pulled_at(store)):
        pulled = pull(at, store, progress=lambda window, done, total: progress("Asking", window, done, total))
        record.not_pulled = pulled.problems
        for name in ("windows_pulled", "windows_restated", "rows"):
            record.pulled[name] = record.pulled.get(name, 0) + getattr(pulled, name)
        record.pulled["windows_pending"] = pulled.windows_pending


def publish(made: Made, store: Store) -> str:
    """Put a finished build in force by one rename, and let go of the oldest ones; after an erasure of all before.

    Returns:
        Its id.
    """
    build_id: str = made.manifest["build_id"]
    made.path.rename(store.builds_folder / build_id)
    write_atomically(store.pointer, build_id + "\n")
    for build in store.builds()[1 if tombstones.unfinished(store) else KEPT_BUILDS :]:
        if build.id != build_id:
            _let_go(build, store)
    erase.settle(store)
    return build_id


def _let_go(build: Build, store: Store) -> None:
    """Remove a build; from the first moment on it is none any more, however far the removal comes."""
    shutil.rmtree(build.path.rename(store.builds_folder / f"{WORK}{build.id}"), ignore_errors=True)


def _keep(record: RunRecord, store: Store, started: datetime) -> None:
    folder = store.runs_folder
    name = stamp(started, (path.stem for path in folder.glob("*.json")))
    write_atomically(folder / f"{name}.json", json.dumps(asdict(record), indent=1))
    for path in sorted(folder.glob("*.json"), reverse=True)[KEPT_RUNS:]:
        path.unlink()


def _sweep(settings: Settings, store: Store) -> None:
    """Remove what a killed run left: of its answers, of its build, also a whole one never put in force, of small files.

    Builds are named in the order of their publication: one that is newer than the one in force never was.
    """
    shutil.rmtree(store.landing / FOLDER, ignore_errors=True)
    in_force = store.nearest() if store.pointer.is_file() else None
    kept = {build.path for build in store.builds() if in_force is None or build.id <= in_force.id}
    for path in store.builds_folder.glob("*"):
        if path.is_dir() and path not in kept:
            _let_go(Build(path), store)
    for folder in (settings.inbox, store.root, store.runs_folder, tombstones.folder(store)):
        for path in folder.glob(".*.work"):
            path.unlink()
