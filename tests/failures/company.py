"""A small company whose runs fail: what waits for it, how it fails at a chosen moment, what must be left after it."""

import contextlib
import ctypes
import hashlib
import io
import math
import multiprocessing
import os
import shutil
import signal
import struct
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl

from pipelines import workspace
from pipelines.door.intake import waiting
from pipelines.door.land import read_loads
from pipelines.door.originals import REFUSED_FOLDER
from pipelines.door.pseudonym import keyed, read_key
from pipelines.journal import Journal
from pipelines.publish import KEPT_BUILDS, run_once
from pipelines.settings import Settings, load_settings
from pipelines.store import AGGREGATES, MANIFEST, PEOPLE, Build, Store, write_atomically
from tests.journal.test_journal import a_draw, plan
from tests.snapshot.company import contacts, feedback, week_of_answers

ROOT = Path(__file__).parents[2]
A_FILE_WAS_REFUSED = 3
AS_OF = "2026-11-16T05:00:00Z"
CONTACTS = range(40)
PROCESSES = Path("/proc")
TABLES = "select table_name from information_schema.tables order by table_name"
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.chmod", "os.utime", "shutil.move")
STAGES = ("read", "land", "journal", "build", "publish", "prune", "record")


def make(folder: Path) -> Settings:
    """A company with one week published, and so many builds before it, of which one says something, that one goes."""
    config = workspace.create(folder)
    text = config.read_text(encoding="utf-8").replace("[company]\n", f'[company]\nas_of = "{AS_OF}"\n', 1)
    config.write_text(text, encoding="utf-8")
    settings = load_settings(config)
    arrives(settings, "contacts.csv", contacts(CONTACTS), "2026-11-08T05:00")
    arrives(settings, "answers.csv", feedback(week_of_answers("2026-11-02", CONTACTS)), "2026-11-08T05:00")
    assert run_once(settings).outcome == "published"
    store = Store(settings.store)
    published = store.current()
    assert published is not None
    for number in range(KEPT_BUILDS - 1):
        old = store.builds_folder / f"20200101T00000000000{number}-0ld00000"
        old.mkdir()
        for file in (AGGREGATES, PEOPLE):
            if number == KEPT_BUILDS - 2:
                shutil.copy(published.path / file, old)
            else:
                (old / file).touch()
        manifest = (published.path / MANIFEST).read_text(encoding="utf-8")
        write_atomically(old / MANIFEST, manifest.replace(published.id, old.name))
    journal = Journal(store)
    journal.write_plan(plan(), at=datetime(2026, 11, 1))
    journal.record_draw(a_draw({customer(settings, 1): "treated", "bert": "control"}), journal.plan("cards"))
    published.close()
    return settings


def customer(settings: Settings, person: int) -> str:
    """The pseudonym of a person in the published build."""
    named = pl.select(keyed(pl.lit(f"email|p{person}@example.com"), read_key(settings.key_file))).item()
    rows = "select new from customer_alias where old = $named"
    return str(published(settings).query_people(rows, {"named": named}).item())


def next_week(settings: Settings) -> None:
    """What waits for the next run: two exports in a ZIP, goals, a list of what was done, and two odd files."""
    answers = feedback([*week_of_answers("2026-11-09", CONTACTS, shift=3), ("r0", 1, 99, "never")])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("answers.csv", answers)
        archive.writestr("contacts.csv", contacts(range(10, 60), "2026-11-12 09:00"))
    arrives(settings, "week.zip", packed.getvalue(), "2026-11-15T05:00")
    goals = "goal_id,kpi,target_share,due_on,owner\ng1,emotion,0.6,2026-12-31,us\ng2,effort,x,2026-12-31,us\n"
    arrives(settings, "goals.csv", goals, "2026-11-15T05:01")
    acts = (
        "act_id,initiative_id,customer_kind,customer_id,done_at,outcome,kind\n"
        f"2026-W47-{customer(settings, 1)},cards,email,p1@example.com,2026-11-15T04:00:00Z,done,card\n"
    )
    arrives(settings, "acts.csv", acts, "2026-11-15T05:02")
    arrives(settings, "odd.csv", "a,b\n1,2\n", "2026-11-15T05:03")
    arrives(settings, "empty.csv", "", "2026-11-15T05:04")


def arrives(settings: Settings, name: str, content: str | bytes, moment: str) -> None:
    path = settings.inbox / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
    os.utime(path, (at, at))


def copied(settings: Settings, folder: Path) -> Settings:
    return load_settings(Path(shutil.copytree(settings.workspace, folder)) / settings.path.name)


# How it fails


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class FillUp:
    """Leave no room on the disk of a folder."""

    folder: Path

    def __call__(self) -> None:
        (self.folder / "ballast").parent.mkdir(exist_ok=True)
        with (self.folder / "ballast").open("ab", buffering=0) as ballast:
            for size in (2**20, 2**12, 1):
                while _fits(ballast, size):
                    pass


def _fits(stream: Any, size: int) -> bool:
    try:
        return bool(stream.write(b"\0" * size) == size)
    except OSError:
        return False


@dataclass
class At:
    """Do something before a change that a process makes to a folder; changes are counted from 1.

    Attributes:
        number: which change; 0 means none. log: where every change is written down with its stage.
    """

    folder: Path
    number: int = 0
    do: Callable[[], None] = die
    log: Path | None = None
    seen: int = 0
    stage: str = "read"
    _told: list[str] = field(default_factory=list)
    _busy: bool = False

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        """As an audit hook of Python (PEP 578)."""
        if self._busy or not self._is_change(event, args):
            return
        self._busy = True
        self.seen += 1
        self.stage = self._stage(event, [str(each) for each in args[:2]])
        if self.log:
            with self.log.open("a") as log:
                log.write(f"{self.stage} {event} {args[0]}\n")
        if self.seen == self.number:
            self.do()
        self._busy = False

    def _is_change(self, event: str, args: tuple[Any, ...]) -> bool:
        if event == "open":
            return str(args[0]).startswith(str(self.folder)) and bool((args[2] or 0) & WRITES)
        if event == "sqlite3.connect":
            return str(args[0]).startswith(str(self.folder))
        is_ours = bool(args) and (str(args[0]).startswith(str(self.folder)) or args[-1] not in (None, -1))
        return event in CHANGES and is_ours

    def _stage(self, event: str, paths: list[str]) -> str:
        """By what is changed; inside a folder that is being removed, as before."""
        path = paths[0].removeprefix(f"{self.folder}/")
        if event == "os.rename" and "/.work-2020" in paths[1]:
            return "prune"
        if path.startswith("store/builds/.work-2020") or not path.startswith(("store/", "inbox/")):
            return self.stage
        if event == "os.rename" and path.startswith("store/builds/") and ".work-" not in paths[1]:
            return "publish"
        prefixes = {
            "store/builds": "build", "store/.current": "publish", "store/current": "publish", "store/runs": "record",
            "store/.runs": "record", "store/journal": "journal", "inbox": "read", "store/vault/raw": "read",
        }  # fmt: skip
        if path.endswith(".lock"):
            return "read"
        return next((stage for start, stage in prefixes.items() if path.startswith(start)), "land")


# The process

_server: ForkServerContext | None = None


def _forks() -> ForkServerContext:
    """Where processes come from that have imported everything already."""
    global _server  # noqa: PLW0603
    if _server is None:
        before = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = str(ROOT)
        _server = multiprocessing.get_context("forkserver")
        _server.set_forkserver_preload([__name__, "pipelines.cli", "dashboard.standing"])
        multiprocessing.forkserver.ensure_running()
        os.environ.pop("PYTHONPATH") if before is None else os.environ.update(PYTHONPATH=before)
    return _server


def _careful(arguments: list[str], told: Path, begun: Event, failure: At | None, is_ordinary: bool) -> None:
    with told.open("w") as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    sys.stdout = sys.stderr = os.fdopen(1, "w", buffering=1)
    from pipelines import start, terminal

    terminal.out.file, terminal.err.file = sys.stdout, sys.stderr
    sys.argv = ["careful", *arguments]
    if is_ordinary:
        give_up_privileges()
    if failure:
        sys.addaudithook(failure)
    start.answer_at_once()
    begun.set()
    start.main()


def give_up_privileges() -> None:
    """From now on permissions bind this process too, though it be root's."""
    header = struct.pack("Ii", 0x20080522, 0)
    if ctypes.CDLL(None, use_errno=True).capset(header, bytes(24)):
        raise OSError(ctypes.get_errno(), "capset")


def can_give_up_privileges() -> bool:
    return sys.platform == "linux" and hasattr(ctypes.CDLL(None), "capset")


@dataclass
class Command:
    """`careful ...` at work in a process of its own."""

    process: ForkServerProcess
    told: Path
    begun: Event

    def ends(self, seconds: float = 120) -> tuple[int, str]:
        """Its exit code, and all that it said."""
        self.process.join(seconds)
        assert self.process.exitcode is not None, f"it does not end: {self.told.read_text()}"
        said = self.told.read_text()
        self.told.unlink()
        return self.process.exitcode, said

    def is_interrupted_after(self, seconds: float) -> bool:
        """Press Ctrl+C when it has had so much of the processors' time; whether it was still at work."""
        assert self.begun.wait(120)
        while self.process.is_alive() and self._processor_seconds() < seconds:
            self.process.join(0.01)
        if is_at_work := self.process.is_alive():
            os.kill(self.process.pid or 0, signal.SIGINT)
        return is_at_work

    def is_killed_after(self, seconds: float) -> bool:
        """Kill it when it has had so much of the processors' time; whether it was still at work."""
        while self.process.is_alive() and self._processor_seconds() < seconds:
            self.process.join(0.01)
        self.process.kill()
        return self.ends()[0] == -signal.SIGKILL

    def takes(self) -> float:
        """Let it come to its end; how much of the processors' time it had."""
        had = now = 0.0
        while self.process.is_alive() and now < math.inf:
            had, now = now, self._processor_seconds()
            self.process.join(0.01)
        self.ends()
        return had

    def _processor_seconds(self) -> float:
        with contextlib.suppress(FileNotFoundError):  # it has just ended
            about = (PROCESSES / str(self.process.pid) / "stat").read_text().rpartition(")")[2].split()
            return (int(about[11]) + int(about[12])) / os.sysconf("SC_CLK_TCK")
        return math.inf


def start(
    settings: Settings, *arguments: str, failure: At | None = None, is_ordinary: bool = False
) -> Command:
    """Start `careful ... --config ...`; `is_ordinary`: as a user whom permissions bind."""
    handle, told = tempfile.mkstemp()
    os.close(handle)
    begun = _forks().Event()
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType(
        "__main__"
    )  # a page tested earlier may stand there, and would be run
    try:
        process = _forks().Process(
            target=_careful,
            args=(
                [*(arguments or ("run",)), "--config", str(settings.path)],
                Path(told),
                begun,
                failure,
                is_ordinary,
            ),
        )
        process.start()
    finally:
        sys.modules["__main__"] = main
    return Command(process, Path(told), begun)


def run(settings: Settings, failure: At | None = None, is_ordinary: bool = False) -> tuple[int, str]:
    """`careful run`, to its end."""
    return start(settings, failure=failure, is_ordinary=is_ordinary).ends()


# What must be left


def tables(build: Build) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of a build."""
    found = {
        name: query(f"from {name}").rows()
        for query in (build.query, build.query_people)
        for (name,) in query(TABLES).rows()
    }
    build.close()
    return found


def published(settings: Settings) -> Build:
    build = Store(settings.store).current()
    assert build is not None
    return build


def content(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """All that is known, but for the time at which a run wrote into the journal."""
    build = published(settings)
    loads = build.query("select * exclude (content_hash) from load").rows()
    acts = Journal(Store(settings.store)).acts().select("act_id", "customer_key", "state", "by", "version")
    return {**tables(build), "load": loads, "the journal": acts.rows()}


def files_of(build: Build) -> dict[str, str]:
    """File -> hash of its bytes."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in build.path.iterdir()}


def originals(settings: Settings) -> set[str]:
    """Hashes of all files that ever came in: in the inbox, refused, or in the vault."""
    kept = [*(settings.store / "vault" / "raw").glob("*"), *settings.inbox.rglob("*")]
    return {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in kept
        if path.is_file() and not path.name.startswith(".") and not path.name.endswith(".reason.txt")
    }


def assert_rows_add_up(store: Store) -> None:
    loads = read_loads(store)
    for load in loads:
        assert load.rows_read == load.rows_loaded + load.rows_quarantined + load.rows_duplicate, load.file
        own = [
            store.landing / file for file in load.files if file.startswith(f"{load.source}__{load.object}/")
        ]
        assert sum(pl.read_parquet(path).height for path in own) == load.rows_loaded, load.file
    listed = {file for load in loads for file in load.files}
    assert {path.relative_to(store.landing).as_posix() for path in store.landing.rglob("*.parquet")} == listed
    ids = {load.load_id for load in loads}
    aside = [*store.quarantine.rglob("*.parquet"), *store.vault.rglob("*.parquet")]
    assert [path for path in aside if path.stem not in ids] == []


def assert_nothing_is_left_behind(settings: Settings) -> None:
    """No half-written file, no spill, no work folder, nothing in the inbox but what was refused, no idle build."""
    store = Store(settings.store)
    found = [path.relative_to(settings.workspace).as_posix() for path in settings.workspace.rglob("*")]
    assert [name for name in found if ".work" in name or "spill" in name or "/_fetch" in name] == []
    assert waiting(settings.inbox) == []
    refused = {path.name for path in (settings.inbox / REFUSED_FOLDER).glob("*")}
    assert {name for name in refused if not name.endswith(".reason.txt")} <= {"odd.csv", "empty.csv"}
    builds = [build.id for build in store.builds()]
    assert builds[0] == published(settings).id
    assert sorted((path.name for path in store.builds_folder.iterdir()), reverse=True) == builds
    assert len(builds) <= KEPT_BUILDS
