"""A run that is killed: the published build is whole, the next run completes, nothing is lost, doubled or left."""

import random
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import Settings
from pipelines.store import Store
from tests.failures import company as failing
from tests.failures.company import PROCESSES, STAGES, At

Another = Callable[[str], Settings]
Content = dict[str, list[tuple[Any, ...]]]
KILLS, PARTS = 100, 10
"""Half of the kills at a change, each of them followed by one at a moment of the next run."""
MOMENTS = (0.1, 3.5)
"""Seconds of the processors' time; a run takes about four."""


def assert_the_next_run_heals(settings: Settings, expected: Content, before: set[str]) -> None:
    """The next run completes, and after it nothing tells that one failed."""
    code, said = failing.run(settings)
    assert code in (0, failing.A_FILE_WAS_REFUSED), said
    assert "Published" in said, said
    got = failing.content(settings)
    assert [name for name in expected | got if expected.get(name) != got.get(name)] == []
    assert failing.originals(settings) == before
    failing.assert_rows_add_up(Store(settings.store))
    failing.assert_nothing_is_left_behind(settings)


def assert_the_published_build_is_whole(
    settings: Settings, before: tuple[str, Any], expected: Content
) -> None:
    """It is the one of before, unchanged, or the one that the run finished."""
    build = failing.published(settings)
    if build.id == before[0]:
        assert failing.files_of(build) == before[1]
        build.close()
    else:
        assert failing.tables(build).keys() == expected.keys() - {"the journal"}


def kill(settings: Settings, expected: Content, *victims: Callable[[Settings], None]) -> None:
    """Have one run after the other killed, look at what each leaves, and at what is left after one that is not."""
    files = failing.originals(settings)
    for victim in victims:
        build = failing.published(settings)
        before = (build.id, failing.files_of(build))
        victim(settings)
        assert_the_published_build_is_whole(settings, before, expected)
        assert files == failing.originals(settings)
    assert_the_next_run_heals(settings, expected, files)
    shutil.rmtree(settings.workspace)


def at_change(number: int) -> Callable[[Settings], None]:
    """A run that is killed before it makes so-and-so-many changes to the folder."""

    def victim(settings: Settings) -> None:
        code, said = failing.run(settings, At(settings.workspace, number))
        assert code == -signal.SIGKILL, said

    return victim


def after(seconds: float) -> Callable[[Settings], None]:
    """A run that is killed so much later, or, where it has ended by then, another in half the time."""

    def victim(settings: Settings) -> None:
        if not failing.start(settings).is_killed_after(seconds):
            after(seconds / 2)(settings)

    return victim


def places(changes: list[str]) -> list[int]:
    """Which changes are died at: all but those of reading and landing, and of these as many as are left, evenly."""
    few = [n for n, stage in enumerate(changes, start=1) if stage not in ("read", "land")]
    many = [n for n, stage in enumerate(changes, start=1) if stage in ("read", "land")]
    wanted = KILLS // 2 - len(few)
    return sorted(few + [many[i * len(many) // wanted] for i in range(wanted)])


@pytest.mark.endure
@pytest.mark.skipif(not PROCESSES.is_dir(), reason="how long a process was at work is not told here")
@pytest.mark.parametrize("part", range(PARTS))
def test_a_run_killed_at_any_change_or_moment_leaves_everything_whole_and_the_next_one_clean(
    part: int, another: Another, changes: list[str], expected: Content
) -> None:
    draw = random.Random(part)
    for number in places(changes)[part::PARTS]:
        kill(another(f"change-{number}"), expected, at_change(number), after(draw.uniform(*MOMENTS)))


@pytest.mark.endure
def test_the_kills_are_spread_over_every_stage(changes: list[str]) -> None:
    chosen = places(changes)
    assert len(set(chosen)) == KILLS // 2
    assert {changes[number - 1] for number in chosen} == set(STAGES)


@pytest.mark.endure
def test_a_whole_build_that_was_never_put_in_force_goes_with_the_next_run(
    company: Settings, changes: list[str]
) -> None:
    before = failing.published(company).id
    at_change(changes.index("publish") + 2)(company)
    store = Store(company.store)
    idle = store.builds()[0].id
    assert idle > before == failing.published(company).id
    failing.run(company)
    assert idle not in [build.id for build in store.builds()]


@pytest.mark.endure
def test_what_an_interrupted_answer_left_of_people_goes_with_the_next_run(company: Settings) -> None:
    members = company.inbox / ".ga4-audience-1-2-20261116T050000.csv.work"
    members.write_text("member\n")
    fetched = Path(company.store / "landing" / "_fetch")
    fetched.mkdir()
    (fetched / "0").write_text("row\n")
    failing.run(company)
    assert not members.exists()
    assert not fetched.exists()
