import json
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines import publish, workspace
from pipelines.door.intake import waiting
from pipelines.door.land import read_loads
from pipelines.engine.graph import QueryError
from pipelines.publish import KEPT_RUNS, AlreadyRunning, only_run, run_once
from pipelines.settings import Settings, load_settings
from pipelines.store import Build, Store

MakeWorkspace = Callable[..., Path]
KILLS = 5
WEBSITE = re.compile(r"^\[sources\.ga4\]\n(?:(?!\[).*\n)*", re.MULTILINE)
KINDS = ("hubspot-crm-exports-all-contacts", "orders_export", "care_acts", "survey_invitations")
TABLES = "select table_name from information_schema.tables order by table_name"
MODEL = "/* ---\nabout: ours\n--- */\n{}\n"


def tables(build: Build) -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: query(f"from {name}").rows()
        for query in (build.query, build.query_people)
        for (name,) in query(TABLES).rows()
    }


@pytest.fixture
def drops(sample_files: Path, tmp_path: Path) -> list[Path]:
    """The last weekly drops of the sample company, of each only a few small files."""
    chosen = []
    for drop in sorted((sample_files / "drops").iterdir())[-KILLS - 1 :]:
        target = tmp_path / "drops" / drop.name
        target.mkdir(parents=True)
        for path in drop.iterdir():
            if path.name.startswith(KINDS):
                shutil.copy(path, target)
        chosen.append(target)
    return chosen


@pytest.fixture
def company(sample_files: Path, tmp_path: Path) -> Callable[[str], Settings]:
    """Makes a workspace with the sample company's settings, always the same key and no website."""

    def make(name: str) -> Settings:
        folder = tmp_path / name
        config = workspace.create(folder)
        settings = (sample_files / "careful.toml").read_text(encoding="utf-8")
        config.write_text(WEBSITE.sub("", settings), encoding="utf-8")
        (folder / "secrets" / "pseudonym.key").write_text("5a" * 32)
        return load_settings(config)

    return make


def receive(drop: Path, settings: Settings) -> None:
    workspace.receive_drop(drop, settings.inbox / drop.name)


def run_and_kill(settings: Settings, after_seconds: float) -> bool:
    """Start `careful run` and kill it so long after it took hold of the store; whether the kill hit."""
    command = [sys.executable, "-m", "pipelines.cli", "run", "--config", str(settings.path)]
    lock = settings.store / ".lock"
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while process.poll() is None and lock.read_text() != str(process.pid):
        assert time.monotonic() < until, "careful run did not start within a minute"
        time.sleep(0.005)
    time.sleep(after_seconds)
    process.kill()
    return process.wait() == -9


def assert_rows_add_up(settings: Settings) -> None:
    store = Store(settings.store)
    for load in read_loads(store):
        assert load.rows_read == load.rows_loaded + load.rows_quarantined + load.rows_duplicate, load.file
        landed = [
            store.landing / file for file in load.files if file.startswith(f"{load.source}__{load.object}/")
        ]
        in_files = sum(pl.scan_parquet(path).select(pl.len()).collect().item() for path in landed)
        assert in_files == load.rows_loaded
    listed = {file for load in read_loads(store) for file in load.files}
    found = {path.relative_to(store.landing).as_posix() for path in store.landing.rglob("*.parquet")}
    assert found == listed


@pytest.mark.endure
def test_a_run_that_is_killed_at_any_moment_leaves_a_whole_build_and_the_next_one_completes(
    company: Callable[[str], Settings], drops: list[Path]
) -> None:
    undisturbed = company("undisturbed")
    for drop in drops:
        receive(drop, undisturbed)
    run_once(undisturbed)
    settings = company("killed")
    store = Store(settings.store)
    receive(drops[0], settings)
    usual = run_once(settings).seconds
    draw = random.Random(20)
    hits = 0
    for drop in drops[1:]:
        receive(drop, settings)
        before = store.current()
        assert before is not None
        expected = tables(before)
        hits += run_and_kill(settings, after_seconds=draw.uniform(0.02, 0.95) * usual)
        after = store.current()
        assert after is not None
        if after.id == before.id:
            assert tables(after) == expected
        for build in store.builds():
            assert build.query("select count(*) from dates").item() > 0
            assert build.manifest["build_id"] == build.id
        assert run_once(settings).outcome == "published"
        assert waiting(settings.inbox) == []
        assert [path for path in store.root.rglob("*") if ".work" in path.name] == []
        assert_rows_add_up(settings)
    assert hits >= KILLS - 2
    first, last = Store(undisturbed.store).current(), store.current()
    assert first is not None
    assert last is not None
    wanted, got = tables(first), tables(last)
    assert [name for name in wanted if wanted[name] != got[name]] == []


def test_a_tombstone_that_was_half_written_is_swept(empty_workspace: MakeWorkspace) -> None:
    settings = load_settings(empty_workspace() / "careful.toml")
    half = Store(settings.store).root / "tombstones" / ".20261116T050000-0.json.work"
    half.parent.mkdir(parents=True)
    half.write_text("{")
    publish._sweep(settings, Store(settings.store))
    assert list(half.parent.iterdir()) == []


def test_two_runs_at_once_are_impossible(empty_workspace: MakeWorkspace) -> None:
    settings = load_settings(empty_workspace() / "careful.toml")
    store = Store(settings.store)
    with only_run(store), pytest.raises(AlreadyRunning, match=r"process \d+, store .* Wait for it to end"):
        run_once(settings)
    assert store.current() is None
    assert store.runs() == []
    assert run_once(settings).outcome == "published"


def test_a_failed_run_leaves_the_last_build_and_is_recorded_with_the_reason(
    empty_workspace: MakeWorkspace,
) -> None:
    folder = empty_workspace(run=True)
    settings = load_settings(folder / "careful.toml")
    store = Store(settings.store)
    before = store.current()
    assert before is not None
    (folder / "queries" / "marts").mkdir()
    (folder / "queries" / "marts" / "broken.sql").write_text(MODEL.format("select nn from kpi_window"))
    with pytest.raises(QueryError):
        run_once(settings)
    after = store.current()
    assert after is not None
    assert after.id == before.id
    failed, published = store.runs()
    assert (failed["outcome"], published["outcome"]) == ("not published", "published")
    assert "marts/broken.sql" in failed["reason"]
    assert published["build_id"] == before.id
    assert published.keys() == {
        "started_at", "outcome", "build_id", "reason", "seconds", "files_read", "rows", "refused", "pulled",
        "not_pulled", "failed_checks", "questions_aside", "customers_erased", "aside", "uncounted",
    }  # fmt: skip


def test_a_changed_key_publishes_nothing(empty_workspace: MakeWorkspace) -> None:
    goals = "goal_id,kpi,target_share,due_on,owner\ng1,emotion,0.6,2026-12-31,head of care\n"
    folder = empty_workspace(files={"inbox/goals.csv": goals}, run=True)
    settings = load_settings(folder / "careful.toml")
    (folder / "secrets" / "pseudonym.key").write_text("ab" * 32)
    with pytest.raises(Exception, match="Restore the first key"):
        run_once(settings)
    assert "Restore the first key" in Store(settings.store).runs()[0]["reason"]


def test_only_the_last_runs_are_remembered(empty_workspace: MakeWorkspace) -> None:
    folder = empty_workspace()
    old = {
        f"store/runs/20200101T{number:012d}.json": json.dumps({"outcome": "published"})
        for number in range(KEPT_RUNS)
    }
    for path, content in old.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)
    run_once(load_settings(folder / "careful.toml"))
    runs = Store(folder / "store").runs()
    assert len(runs) == KEPT_RUNS
    assert runs[0]["build_id"] is not None


def test_a_run_tells_what_it_read_file_by_file(empty_workspace: MakeWorkspace) -> None:
    goals = "goal_id,kpi,target_share,due_on,owner\ng1,emotion,0.6,2026-12-31,us\ng2,effort,x,2026-12-31,us\n"
    folder = empty_workspace(files={"inbox/goals.csv": goals, "inbox/odd.csv": "a,b\n1,2\n"})
    settings = load_settings(folder / "careful.toml")
    record = run_once(settings)
    assert record.rows == {"rows_read": 2, "rows_loaded": 1, "rows_quarantined": 1, "rows_duplicate": 0}
    assert [refusal["file"] for refusal in record.refused] == ["odd.csv"]
    assert_rows_add_up(settings)
    build = Store(settings.store).current()
    assert build is not None
    assert build.query("select file, rows_read, rows_loaded from load").rows() == [
        ("careful__goal.csv", 2, 1)
    ]
    assert build.query("select file from refusal").rows() == [("odd.csv",)]
    assert build.query("select goal_id, target_share from goal").rows() == [("g1", 0.6)]
