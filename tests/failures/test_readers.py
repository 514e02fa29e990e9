"""Readers during publications, and when somebody deletes what they read: never a wrong row, and a way on."""

import multiprocessing
import random
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.synchronize import Event
from pathlib import Path
from types import ModuleType

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pipelines.publish import KEPT_BUILDS, publish
from pipelines.settings import CONFIG_VARIABLE, Settings
from pipelines.store import AGGREGATES, MANIFEST, PEOPLE, Build, Store, StoreError
from pipelines.terminal import NOT_PUBLISHED
from tests.failures import company as failing
from tests.test_store import ROWS, make_build, number_of

PUBLICATIONS = 50
READERS = 4
PROCESSES = 2
APP = Path(__file__).parents[2] / "dashboard" / "app.py"
WIDTH = 40
MISSING = "The published numbers are missing"


@pytest.fixture(autouse=True)
def _let_go_of_builds() -> Iterator[None]:
    yield
    st.cache_resource.clear()


def assert_answer_is_of_its_build(build: Build, draw: random.Random) -> None:
    """Every row carries the build's number and what belongs to its key."""
    low = draw.randrange(ROWS - WIDTH)
    query = build.query_people if draw.random() < 0.3 else build.query
    rows = query(
        "select build, key, square from cell where key between $low and $high order by key",
        {"low": low, "high": low + WIDTH - 1},
    )
    number = number_of(build)
    assert rows.rows() == [(number, key, key * key) for key in range(low, low + WIDTH)]
    assert build.manifest["build_id"] == build.id


def read_on(root: Path, seed: int, done: "Event | threading.Event") -> int:
    """Read what is published until told to stop, some of it for a while; how many answers there were."""
    store, draw, answers = Store(root), random.Random(seed), 0
    while not done.is_set():
        build = store.current()
        assert build is not None
        for _ in range(draw.choice((1, 1, 5, 20))):
            assert_answer_is_of_its_build(build, draw)
            answers += 1
        build.close()
        time.sleep(0.005)
    return answers


def _read_in_a_process(
    root: str, seed: int, done: Event, answers: "multiprocessing.Queue[int | str]"
) -> None:
    try:
        answers.put(read_on(Path(root), seed, done))
    except BaseException as error:
        answers.put(repr(error))
        raise


def shows_what_is_published() -> None:
    """A page of the app: what the build on screen says, through the dashboard's caches."""
    import streamlit as st

    from dashboard import builds

    shown = builds.build()
    assert shown is not None
    told = builds.rows("select distinct build from cell")
    people = builds.people_rows("select count(*) as n, min(build) as build from cell")
    st.text(f"{shown.id} {told['build'].to_list()} {people.row(0)}")
    if builds.newer_is_published() and st.session_state.get("moves_on"):
        builds.take_newest()


@pytest.mark.endure
def test_fifty_publications_show_no_reader_a_wrong_row_and_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    (tmp_path / "careful.toml").write_text('[company]\nname = "Acme"\n')
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "careful.toml"))
    store = Store(tmp_path / "store")
    publish(make_build(store, 1), store)
    ends, spawn = threading.Event(), multiprocessing.get_context("spawn")
    told, stops = spawn.Queue(), spawn.Event()
    counted: list[int | str] = []

    def read(seed: int) -> None:
        try:
            counted.append(read_on(store.root, seed, ends))
        except BaseException as error:  # said at the end, by the test
            counted.append(repr(error))

    readers = [threading.Thread(target=read, args=(seed,)) for seed in range(READERS)]
    others = [
        spawn.Process(target=_read_in_a_process, args=(str(store.root), 100 + each, stops, told))
        for each in range(PROCESSES)
    ]
    for each in (*readers, *others):
        each.start()
    sessions = [AppTest.from_function(shows_what_is_published, default_timeout=60) for _ in range(3)]
    sessions[0].session_state["moves_on"] = sessions[1].session_state["moves_on"] = True
    shown: set[int] = set()
    try:
        for number in range(2, PUBLICATIONS + 2):
            publish(make_build(store, number), store)
            for session in sessions[number % 2 :]:
                session.run()
                assert not session.exception, session.exception[0].value
                said = session.text[0].value
                of = int(said.split()[0][-8:], 16)
                assert said == f"{said.split()[0]} [{of}] ({ROWS}, {of})"
                assert number - of < KEPT_BUILDS
                shown.add(of)
            time.sleep(0.05)
    finally:
        ends.set()
        stops.set()
    for each in (*readers, *others):
        each.join(60)
    counted += [told.get(timeout=10) for _ in others]
    assert [each for each in counted if isinstance(each, str)] == []
    assert min(int(each) for each in counted) > 10
    assert sum(int(each) for each in counted) > 10 * PUBLICATIONS
    assert len(shown) >= PUBLICATIONS // 3
    assert number_of(store.builds()[0]) == PUBLICATIONS + 1


@pytest.mark.endure
def test_a_build_deleted_under_its_readers_answers_on_and_the_app_takes_the_one_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "careful.toml").write_text('[company]\nname = "Acme"\n')
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "careful.toml"))
    store = Store(tmp_path / "store")
    publish(make_build(store, 1), store)
    session = AppTest.from_function(shows_what_is_published, default_timeout=60).run()
    first = store.current()
    assert first is not None
    assert_answer_is_of_its_build(first, random.Random(1))
    first.query_people("select 1")
    publish(make_build(store, 2), store)
    assert session.run().text[0].value.endswith(f"[1] ({ROWS}, 1)")
    shutil.rmtree(first.path)
    for seed in range(10):
        assert_answer_is_of_its_build(first, random.Random(seed))
    assert session.run().text[0].value.endswith(f"[2] ({ROWS}, 2)")
    assert not session.exception
    first.close()


def test_a_build_that_lacks_a_file_is_none_and_the_nearest_whole_one_can_be_looked_at(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.nearest() is None
    ids = [publish(make_build(store, number), store) for number in (1, 2)]
    nearest = store.nearest()
    assert nearest is not None
    assert nearest.id == ids[1]
    (nearest.path / PEOPLE).unlink()
    with pytest.raises(StoreError, match="Publish a new one with `careful run`"):
        store.current()
    assert [build.id for build in store.builds()] == ids[:1]
    nearest = store.nearest()
    assert nearest is not None
    assert nearest.id == ids[0]


_DELETE: dict[str, Callable[[Build, Store], None]] = {
    "folder": lambda build, store: shutil.rmtree(build.path),
    "rows per person": lambda build, store: (build.path / PEOPLE).unlink(),
    "aggregates": lambda build, store: (build.path / AGGREGATES).unlink(),
    "manifest": lambda build, store: (build.path / MANIFEST).unlink(),
    "pointer": lambda build, store: store.pointer.unlink(),
}


@pytest.mark.endure
def test_a_session_whose_build_loses_a_file_is_told_what_to_do_and_goes_on_after_a_run(
    company: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONFIG_VARIABLE, str(company.path))
    app = AppTest.from_file(APP, default_timeout=60).run()
    assert not app.exception
    first = failing.published(company)
    failing.run(company)
    shutil.rmtree(failing.published(company).path)
    app.run()
    assert not app.exception, "some of the page needs the newest build, and says that it is missing"
    assert app.session_state["build"] == str(first.path)
    (first.path / AGGREGATES).unlink()
    st.cache_resource.clear()
    app.run()
    assert not app.exception, "there is no page without a build"
    assert [title.value for title in app.title] == [MISSING]
    assert "careful run" in app.text[0].value
    failing.run(company)
    app.run()
    assert not app.exception, app.exception[0].value
    assert MISSING not in [title.value for title in app.title]


@pytest.mark.endure
@pytest.mark.parametrize("deleted", _DELETE)
def test_a_published_build_that_is_deleted_is_said_by_the_app_and_healed_by_a_run(
    deleted: str, company: Settings, expected: dict[str, list[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONFIG_VARIABLE, str(company.path))
    store, build = Store(company.store), failing.published(company)
    files = failing.originals(company)
    _DELETE[deleted](build, store)
    app = AppTest.from_file(APP, default_timeout=60).run()
    assert not app.exception, app.exception[0].value
    assert "careful run" in " ".join(each.value for each in (*app.title, *app.text, *app.markdown, *app.code))
    code, status = failing.start(company, "status").ends()
    assert (code, "`careful run`" in status) == (NOT_PUBLISHED, True), status
    assert len(status.splitlines()) <= 3
    code, said = failing.run(company)
    assert code == failing.A_FILE_WAS_REFUSED, said
    got = failing.content(company)
    assert [name for name in expected if got[name] != expected[name]] == []
    assert failing.originals(company) == files
    failing.assert_rows_add_up(store)
    failing.assert_nothing_is_left_behind(company)
    app.run()
    assert not app.exception, app.exception[0].value
    assert "careful run" not in " ".join(each.value for each in app.code)
