"""Ctrl+C, whenever it comes: one sentence and an exit code, nothing left behind, the next run clean."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines import start
from pipelines.settings import Settings
from pipelines.store import Store
from pipelines.terminal import NOT_PUBLISHED, STOPPED
from tests.failures import company as failing
from tests.failures.company import ROOT, STAGES, At

Another = Callable[[str], Settings]
Content = dict[str, list[tuple[Any, ...]]]
MOMENTS = (0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95)
"""Shares of the processors' time that a run takes on this machine; most of it is inside of the database."""
STOPS = {(NOT_PUBLISHED, f"{STOPPED}\n"), (NOT_PUBLISHED, f"{start.STOPPED}\n")}

PRESSED_WHILE_IMPORTING = """
import os, signal, sys
from pipelines import start

class Press:
    def find_spec(self, name, path, target=None):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Press())
getattr(start, sys.argv[2])()
"""


PRESSED_WITHIN = """
import os, pkgutil, signal, sys
from pipelines import cli, start

names = list(filter(None, sys.argv.pop(1).split(",")))

class PressesWhenLetGo:
    def __del__(self, press=os.kill, own=os.getpid(), number=signal.SIGINT):
        press(own, number)

if names[-1:] == ["the end of Python"]:
    names.pop()
    let_go_at_the_end = PressesWhenLetGo()

def pressing(name, done):
    def pressed(*given, **named):
        if names[:1] == [name]:
            names.pop(0)
            os.kill(os.getpid(), signal.SIGINT)
        return done(*given, **named)
    return pressed

for name in set(names):
    owner, _, attribute = name.rpartition("." if "." in name.partition(":")[2] else ":")
    owner = pkgutil.resolve_name(owner)
    setattr(owner, attribute, pressing(name, getattr(owner, attribute)))
start.main()
"""
PARSES, WORKS = "typer.core:TyperGroup.parse_args", "pipelines.standing:about"
LEAVES, TELLS = "contextlib:_GeneratorContextManager.__exit__", "rich.console:Console.print"


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize(
    ("entry", "module"), [("main", "pipelines.cli"), ("main", "typer"), ("serve", "streamlit.__main__")]
)
def test_while_python_still_reads_it_in_ctrl_c_is_answered_in_a_sentence(entry: str, module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRESSED_WHILE_IMPORTING, module, entry],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (NOT_PUBLISHED, "", f"{start.STOPPED}\n")


def status(config: Path, *within: str) -> tuple[int, str, str]:
    """Of `careful status` with Ctrl+C pressed within functions of these names, one after the other."""
    done = subprocess.run(
        [sys.executable, "-c", PRESSED_WITHIN, ",".join(within), "status", "--config", str(config)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("within", "said"),
    [
        ([PARSES], start.STOPPED),
        ([WORKS], STOPPED),
        ([WORKS, LEAVES], STOPPED),
        ([WORKS, TELLS, "the end of Python"], STOPPED),
    ],
)
def test_ctrl_c_before_a_command_in_it_and_again_while_it_is_told_is_one_sentence(
    within: list[str], said: str, empty_workspace: Callable[..., Path]
) -> None:
    assert status(empty_workspace(), *within) == (NOT_PUBLISHED, "", f"{said}\n")


def test_what_a_command_came_to_is_told_though_ctrl_c_comes_meanwhile(
    empty_workspace: Callable[..., Path],
) -> None:
    folder = empty_workspace()
    assert status(folder, TELLS, "the end of Python") == status(folder)


def test_the_exit_code_before_anything_is_read_in_is_that_of_a_run_that_is_stopped() -> None:
    assert start.NOT_PUBLISHED == NOT_PUBLISHED


def assert_the_next_run_heals(settings: Settings, expected: Content, before: set[str]) -> None:
    code, said = failing.run(settings)
    assert code in (0, failing.A_FILE_WAS_REFUSED), said
    got = failing.content(settings)
    assert [name for name in expected | got if expected.get(name) != got.get(name)] == []
    assert failing.originals(settings) == before
    failing.assert_rows_add_up(Store(settings.store))
    failing.assert_nothing_is_left_behind(settings)


@pytest.mark.endure
@pytest.mark.parametrize("stage", STAGES)
def test_a_run_that_is_stopped_at_any_stage_says_so_and_the_next_one_is_clean(
    stage: str, company: Settings, changes: list[str], expected: Content
) -> None:
    files = failing.originals(company)
    code, said = failing.run(company, At(company.workspace, changes.index(stage) + 1, do=press))
    assert (code, said) == (NOT_PUBLISHED, f"{STOPPED}\n")
    assert_the_next_run_heals(company, expected, files)


@pytest.mark.endure
def test_a_run_that_is_stopped_at_any_moment_says_so_and_the_next_one_is_clean(
    another: Another, expected: Content
) -> None:
    seconds = failing.start(another("undisturbed")).takes()
    stopped = 0
    for share in MOMENTS:
        settings = another(f"after-{share}")
        files = failing.originals(settings)
        run = failing.start(settings)
        run.is_interrupted_after(share * seconds)
        ended = run.ends()
        if ended in STOPS:
            stopped += 1
        else:
            assert_it_was_told_to_its_end(*ended)
        assert_the_next_run_heals(settings, expected, files)
    assert stopped > len(MOMENTS) // 2


def assert_it_was_told_to_its_end(code: int, said: str) -> None:
    """Ctrl+C came when the work was done, or the run was quicker than the one before."""
    assert code == failing.A_FILE_WAS_REFUSED, said
    assert said.startswith("Read 7 export(s)"), said
    assert said.splitlines()[-1].startswith("Published "), said
    assert "Traceback" not in said
