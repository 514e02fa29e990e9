"""Ctrl+C, whenever it comes: one sentence and an exit code, nothing left behind, the next run clean."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
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
MOMENTS = (0.2, 0.6, 1.0, 1.5, 2.0, 2.5, 3.0)
"""Seconds of the processors' time; a run takes about four, most of them inside of the database."""

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
    for seconds in MOMENTS:
        settings = another(f"after-{seconds}")
        files = failing.originals(settings)
        run = failing.start(settings)
        if run.is_interrupted_after(seconds):
            assert run.ends() == (NOT_PUBLISHED, f"{STOPPED}\n")
        else:
            run.ends()
        assert_the_next_run_heals(settings, expected, files)
