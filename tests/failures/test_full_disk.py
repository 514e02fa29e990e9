"""A disk that fills up at any stage, or may not be written: said plainly, harmless, and over once it is mended."""

import errno
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipelines.engine.duck import open_engine
from pipelines.engine.duck import run as run_nodes
from pipelines.engine.graph import Model, ModelHeader, QueryError
from pipelines.settings import Settings
from pipelines.store import Store, disk_trouble, write_atomically
from pipelines.terminal import NOT_PUBLISHED
from tests.failures import company as failing
from tests.failures.company import At, FillUp
from tests.failures.test_kills import assert_the_next_run_heals, assert_the_published_build_is_whole

Content = dict[str, list[tuple[Any, ...]]]
FULL = "The disk that holds {} is full. Make room on it and run again"
PLACES = [("read", 0), ("land", 0.1), ("land", 0.6), ("journal", 0), ("build", 0), ("build", 0.9), ("publish", 0.5),
          ("record", 0)]  # fmt: skip


def place_of(changes: list[str], stage: str, share: float) -> int:
    numbers = [number for number, of in enumerate(changes, start=1) if of == stage]
    return numbers[int(share * len(numbers))]


@pytest.mark.endure
@pytest.mark.parametrize(("stage", "share"), PLACES)
def test_a_disk_that_fills_up_at_any_stage_is_said_plainly_and_harmless(
    stage: str, share: float, company: Settings, small_disk: Path, changes: list[str], expected: Content
) -> None:
    settings = failing.copied(company, small_disk / "company")
    build, files = failing.published(settings), failing.originals(settings)
    before = (build.id, failing.files_of(build))
    fills = FillUp(small_disk)
    code, said = failing.run(settings, At(settings.workspace, place_of(changes, stage, share), fills))
    assert code == NOT_PUBLISHED, said
    assert said.startswith(FULL.format(settings.workspace)), said
    assert len(said.splitlines()) == 1, said
    assert_the_published_build_is_whole(settings, before, expected)
    assert files == failing.originals(settings)
    (small_disk / "ballast").unlink()
    assert_the_next_run_heals(settings, expected, files)


@pytest.mark.endure
def test_a_disk_without_any_room_lets_every_reader_read_the_numbers(
    company: Settings, small_disk: Path
) -> None:
    settings = failing.copied(company, small_disk / "company")
    rows = failing.tables(failing.published(settings))
    FillUp(small_disk)()
    assert failing.tables(failing.published(settings)) == rows
    code, said = failing.start(settings, "status").ends()
    assert code == NOT_PUBLISHED, (
        "the journal can not be read beside a writer without room for SQLite's index"
    )
    assert "is the disk full or the folder not writable?" in said
    assert len(said.splitlines()) == 1


def test_a_small_file_that_has_no_room_leaves_the_old_one_and_no_part(small_disk: Path) -> None:
    path = small_disk / "pointer"
    write_atomically(path, "old")
    FillUp(small_disk)()
    with pytest.raises(OSError, match="No space left") as raised:
        write_atomically(path, "new" * 10_000)
    assert path.read_text() == "old"
    assert sorted(file.name for file in small_disk.iterdir()) == ["ballast", "pointer"]
    assert (disk_trouble(raised.value) or "").startswith("The disk is full.")


def test_a_query_that_finds_no_room_for_what_it_sets_aside_is_a_full_disk(small_disk: Path) -> None:
    FillUp(small_disk)()
    sql = "select i, repeat(md5(i::varchar), 20) as words from range(200000) t(i) order by words"
    with open_engine("UTC", small_disk / "spill") as connection:
        connection.execute("set memory_limit = '40MB'; set threads = 1")
        with pytest.raises(QueryError) as raised:
            run_nodes(connection, [Model("large", "mart", sql, ModelHeader(about="large"))], {})
    assert (disk_trouble(raised.value) or "").startswith("The disk is full.")


def test_an_error_of_another_kind_is_no_matter_of_the_disk() -> None:
    assert disk_trouble(ValueError("No space left on device")) is None
    assert disk_trouble(FileNotFoundError(errno.ENOENT, "gone")) is None


@pytest.mark.endure
def test_a_disk_that_may_only_be_read_is_said_plainly_and_can_be_read(
    company: Settings, small_disk: Path, expected: Content
) -> None:
    settings = failing.copied(company, small_disk / "company")
    build, files = failing.published(settings), failing.originals(settings)
    before = (build.id, failing.files_of(build))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    try:
        shutil.copy(settings.path, company.workspace / "there")
        code, said = failing.run(settings)
        assert (code, "can not be used (Read-only file system)" in said) == (NOT_PUBLISHED, True), said
        assert len(said.splitlines()) == 1
        assert_the_published_build_is_whole(settings, before, expected)
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert_the_next_run_heals(settings, expected, files)


@pytest.mark.endure
@pytest.mark.usefixtures("ordinary")
def test_a_store_that_this_user_may_not_write_is_said_plainly_and_healed_by_the_right_to(
    company: Settings, expected: Content
) -> None:
    build, files = failing.published(company), failing.originals(company)
    before = (build.id, failing.files_of(build))
    modes = {path: path.stat().st_mode for path in [company.store, *company.store.rglob("*")]}
    for path in modes:
        path.chmod(0o555 if path.is_dir() else 0o444)
    code, said = failing.run(company, is_ordinary=True)
    assert code == NOT_PUBLISHED
    assert said.startswith(f"{company.store}"), said
    assert "can not be used (Permission denied). Give this user the right to read and write all of" in said
    assert len(said.splitlines()) == 1
    for path, mode in modes.items():
        path.chmod(mode)
    assert_the_published_build_is_whole(company, before, expected)
    assert_the_next_run_heals(company, expected, files)


@pytest.mark.endure
@pytest.mark.usefixtures("ordinary")
def test_a_file_that_can_not_be_read_waits_and_the_others_have_their_run(company: Settings) -> None:
    path = company.inbox / "goals.csv"
    path.chmod(0)
    code, said = failing.run(company, is_ordinary=True)
    assert code == failing.A_FILE_WAS_REFUSED
    assert (
        "Refused goals.csv: It can not be read. Give this user the right to; it waits in the inbox." in said
    )
    assert "Published" in said
    assert path.exists()
    assert failing.published(company).query("select count(*) from goal").item() == 0
    path.chmod(0o600)
    code, said = failing.run(company, is_ordinary=True)
    assert code == 0, said
    assert failing.published(company).query("select goal_id from goal").rows() == [("g1",)]
    failing.assert_rows_add_up(Store(company.store))
    failing.assert_nothing_is_left_behind(company)
    assert [each.name for each in company.inbox.iterdir()] == ["refused"]
