import shutil
from pathlib import Path

import pytest

from tests.conftest import made_once
from tests.snapshot.company import careful


@pytest.fixture(scope="session")
def frozen(nothing_published: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A company that froze its last week with the command, and what that said. Only read it: others do too."""

    def make(folder: Path) -> None:
        shutil.copytree(nothing_published, folder / "company")
        code, said, _ = careful("snapshot", "--config", folder / "company")
        assert code == 0
        (folder / "said.txt").write_text(said)

    folder = made_once(tmp_path_factory, "frozen-by-command", make)
    return folder / "company", (folder / "said.txt").read_text()
