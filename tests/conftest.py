"""Companies to test with: a small sample company, run through the real pipeline once, and empty ones."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from pipelines import workspace
from pipelines.publish import run_once
from pipelines.settings import load_settings
from pipelines.store import Build, Store
from tests.own_dimension import make as make_own

ROOT = Path(__file__).parent.parent
AS_OF = "2026-11-16T05:00:00Z"
ARRIVED = datetime.fromisoformat(AS_OF).timestamp() - 86_400

MakeWorkspace = Callable[..., Path]


def _with_clock(config: Path) -> Path:
    text = config.read_text(encoding="utf-8").replace("[company]\n", f'[company]\nas_of = "{AS_OF}"\n', 1)
    config.write_text(text, encoding="utf-8")
    return config


hypothesis_settings.register_profile("repeatable", deadline=None, derandomize=True)
hypothesis_settings.load_profile("repeatable")


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first worker who asks for it makes, and all share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            work = folder.with_suffix(".work")
            work.mkdir()
            make(work)
            work.rename(folder)
    return folder


@pytest.fixture(scope="session")
def sample_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the generator writes for 400 customers: careful.toml, rates.csv, drops/, truth.json. Only read it."""

    def make(folder: Path) -> None:
        generator = ROOT / "sample_data" / "generate.py"
        subprocess.run(
            [sys.executable, str(generator), "--customers", "400", "--out", str(folder)], check=True, cwd=ROOT
        )

    return made_once(tmp_path_factory, "sample-files", make)


@pytest.fixture(scope="session")
def sample_workspace(sample_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the small sample company, all drops read and published. Only read it: others do too."""

    def make(folder: Path) -> None:
        config = workspace.create_sample(folder / "sample-company", sample_files)
        assert run_once(load_settings(config)).outcome == "published"

    return made_once(tmp_path_factory, "workspaces", make) / "sample-company"


@pytest.fixture(scope="session")
def sample_build(sample_workspace: Path) -> Iterator[Build]:
    """The published build of the small sample company."""
    build = Store(sample_workspace / "store").current()
    assert build is not None
    yield build
    build.close()


@pytest.fixture(scope="session")
def nothing_published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a company that published a build of no data. Only copy it."""

    def make(folder: Path) -> None:
        config = _with_clock(workspace.create(folder / "company"))
        assert run_once(load_settings(config)).outcome == "published"

    return made_once(tmp_path_factory, "nothing", make) / "company"


@pytest.fixture
def empty_workspace(tmp_path: Path, request: pytest.FixtureRequest) -> MakeWorkspace:
    """Makes `careful init` workspaces with a fixed clock: `empty_workspace(files={…}, run=True)` -> folder.

    Args:
        name: of the folder. settings: lines added to careful.toml. files: path in the workspace -> content, which
            arrived the day before the clock. run: publish a build.
    """

    def make(
        name: str = "company", settings: str = "", files: dict[str, str] | None = None, run: bool = False
    ) -> Path:
        if run and name == "company" and not (settings or files):
            published: Path = request.getfixturevalue("nothing_published")
            return Path(shutil.copytree(published, tmp_path / name))
        config = _with_clock(workspace.create(tmp_path / name))
        with config.open("a", encoding="utf-8") as text:
            text.write(f"\n{settings}\n")
        for path, content in (files or {}).items():
            target = config.parent / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")
            os.utime(target, (ARRIVED, ARRIVED))
        if run:
            assert run_once(load_settings(config)).outcome == "published"
        return config.parent

    return make


@pytest.fixture(scope="session")
def company_with_plans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small company with a dimension of its own, published. Only read it: others do too."""
    return made_once(tmp_path_factory, "plans", lambda folder: make_own(folder / "company")) / "company"
