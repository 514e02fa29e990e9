import operator
import random
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from pipelines.build import Made
from pipelines.publish import KEPT_BUILDS, publish
from pipelines.store import AGGREGATES, MANIFEST, PEOPLE, Build, Store, StoreError, write_atomically

MakeWorkspace = Callable[..., Path]
READERS = 8
READS = 40
ROWS = 2_000


def make_build(store: Store, number: int) -> Made:
    """A finished build whose every row carries the build's number."""
    work = store.builds_folder / f".work-{number:04d}"
    work.mkdir(parents=True)
    for file in (AGGREGATES, PEOPLE):
        with duckdb.connect(str(work / file)) as connection:
            connection.execute(
                f"create table cell as select {number} as build, i as key, i * i as square from range({ROWS}) t(i)"
            )
    manifest = {"build_id": f"20261116T05{number:04d}-{number:08x}"}
    write_atomically(work / MANIFEST, f'{{"build_id": "{manifest["build_id"]}"}}')
    return Made(work, manifest)


def number_of(build: Build) -> int:
    return int(build.id[-8:], 16)


def test_readers_never_see_another_readers_rows_nor_another_builds_while_builds_are_published(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path)
    publish(make_build(store, 0), store)
    waiting = [make_build(store, number) for number in range(1, KEPT_BUILDS + 6)]
    shared = store.current()
    assert shared is not None
    done = threading.Event()
    seen: set[int] = set()
    reads = [0] * READERS

    def read(reader: int) -> None:
        draw = random.Random(reader)
        while reads[reader] < READS or not done.is_set():
            build = shared if draw.random() < 0.5 else store.current()
            assert build is not None
            low = draw.randrange(ROWS - 50)
            query = build.query_people if draw.random() < 0.3 and build is shared else build.query
            rows = query(
                "select build, key, square from cell where key between $low and $high order by key",
                {"low": low, "high": low + 40},
            )
            number = number_of(build)
            assert rows.rows() == [(number, key, key * key) for key in range(low, low + 41)]
            seen.add(number)
            if build is not shared:
                build.close()
            reads[reader] += 1

    shared.query_people("select 1")
    shared.query("select 1")
    with ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(read, reader) for reader in range(READERS)]
        for made in waiting:
            publish(made, store)
            before, until = list(reads), time.monotonic() + 10
            while any(map(operator.eq, reads, before)) and time.monotonic() < until:
                time.sleep(0.001)
        done.set()
        for reader in readers:
            reader.result()
    assert len(seen) > 1
    assert not shared.path.exists()
    assert shared.query("select count(*) from cell").item() == ROWS
    shared.close()


def test_only_the_newest_builds_are_kept_and_nothing_half_removed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    ids = [publish(make_build(store, number), store) for number in range(KEPT_BUILDS + 3)]
    assert [build.id for build in store.builds()] == ids[::-1][:KEPT_BUILDS]
    assert sorted(path.name for path in store.builds_folder.iterdir()) == ids[-KEPT_BUILDS:]
    current = store.current()
    assert current is not None
    assert (current.id, current.manifest["build_id"]) == (ids[-1], ids[-1])


def test_a_build_in_the_making_is_no_build(tmp_path: Path) -> None:
    store = Store(tmp_path)
    make_build(store, 1)
    assert store.builds() == []
    assert store.current() is None


def test_an_empty_store_has_nothing_and_says_so_without_an_error(tmp_path: Path) -> None:
    store = Store(tmp_path / "none")
    assert (store.current(), store.builds(), store.runs()) == (None, [], [])
    assert not store.root.exists()


@pytest.mark.parametrize("content", ["20200101T000000-deadbeef\n", ""])
def test_a_pointer_to_a_missing_build_says_where_we_looked_and_what_to_do(
    content: str, tmp_path: Path
) -> None:
    store = Store(tmp_path)
    publish(make_build(store, 1), store)
    store.pointer.write_text(content)
    with pytest.raises(
        StoreError, match=r"is missing \(looked in .*builds.*\)\. Publish a new one with `careful run`"
    ):
        store.current()


def test_a_pruned_build_that_was_not_opened_yet_is_a_plain_error(tmp_path: Path) -> None:
    store = Store(tmp_path)
    publish(make_build(store, 1), store)
    build = store.current()
    assert build is not None
    shutil.rmtree(build.path)
    with pytest.raises(
        StoreError, match=r"careful\.duckdb of build .* can not be opened \(looked in .*Publish a new"
    ):
        build.query("select 1")


def test_a_build_can_not_be_changed_and_reads_no_files(tmp_path: Path) -> None:
    store = Store(tmp_path)
    publish(make_build(store, 1), store)
    build = store.current()
    assert build is not None
    with pytest.raises(duckdb.Error, match="read-only"):
        build.query("create table other as select 1")
    with pytest.raises(duckdb.Error, match="disabled"):
        build.query("select * from read_text('/etc/hostname')")
    build.close()


def test_a_value_is_bound_and_never_run(tmp_path: Path) -> None:
    store = Store(tmp_path)
    publish(make_build(store, 1), store)
    build = store.current()
    assert build is not None
    nasty = "'; drop table cell; --"
    assert build.query("select $text as text", {"text": nasty}).item() == nasty
    assert build.query("select count(*) from cell").item() == ROWS
    build.close()


def test_a_small_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "pointer"
    write_atomically(path, "old")
    write_atomically(path, b"new")
    assert path.read_text() == "new"
    assert [file.name for file in path.parent.iterdir()] == ["pointer"]
