"""The company whose runs fail, the same after a run that nothing disturbed, and disks of its own."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import Settings, load_settings
from tests.conftest import made_once
from tests.failures import company as failing

DISK = "64m"


@pytest.fixture(scope="session")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`waiting`: a published week, the next one in the inbox. `undisturbed`: after its run. `changes`: of that run."""

    def make(folder: Path) -> None:
        waiting = failing.make(folder / "waiting")
        failing.next_week(waiting)
        undisturbed = failing.copied(waiting, folder / "undisturbed")
        watch = failing.At(undisturbed.workspace, log=folder / "changes")
        code, said = failing.run(undisturbed, watch)
        assert "Published" in said, said
        assert code == failing.A_FILE_WAS_REFUSED

    return made_once(tmp_path_factory, "failing", make)


@pytest.fixture(scope="session")
def changes(companies: Path) -> list[str]:
    """The stage of each change that a run makes to the folder, in order."""
    return [line.split()[0] for line in (companies / "changes").read_text().splitlines()]


@pytest.fixture(scope="session")
def expected(companies: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What is known after a run that nothing disturbed."""
    return failing.content(load_settings(companies / "undisturbed" / "careful.toml"))


@pytest.fixture
def company(companies: Path, tmp_path: Path) -> Settings:
    """A company of the test's own, with a week waiting in its inbox."""
    return failing.copied(load_settings(companies / "waiting" / "careful.toml"), tmp_path / "company")


@pytest.fixture
def another(companies: Path, tmp_path: Path) -> Callable[[str], Settings]:
    """One more of them: `another("name")`."""
    waiting = load_settings(companies / "waiting" / "careful.toml")
    return lambda name: failing.copied(waiting, tmp_path / name)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 MB; skipped, visibly, where none may be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(disk)], capture_output=True, check=False
    ) if os.geteuid() == 0 else None  # fmt: skip
    if mounted is None or mounted.returncode:
        pytest.skip("no disk of its own may be mounted here (only root may)")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.fixture
def ordinary() -> None:
    """Skipped, visibly, where a process can not be made one that permissions bind."""
    if not failing.can_give_up_privileges():
        pytest.skip("privileges can be given up on Linux only")
