"""Question files to ask: written into a folder of queries, and builds to ask them of."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.questions import QuestionFile
from pipelines.questions.cage import Cage
from pipelines.store import Build

Ask = Callable[..., QuestionFile]


@pytest.fixture
def written(tmp_path: Path) -> Ask:
    """Writes a question file and reads it: `written("select 1 as n", columns="{n: {about: x}}")`."""

    def writes(sql: str, name: str = "care/any", **header: Any) -> QuestionFile:
        path = tmp_path / "queries" / "questions" / f"{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        said = {"question": "How many?", "owner": "us", "grain": "[iso_week]"} | header
        lines = "\n".join(f"{key}: {value}" for key, value in said.items())
        path.write_text(f"/* ---\n{lines}\n--- */\n{sql}\n", encoding="utf-8")
        return QuestionFile(path, tmp_path / "queries")

    return writes


@pytest.fixture(scope="session")
def cage(sample_build: Build) -> Iterator[Cage]:
    """The published build of the small sample company, caged."""
    with Cage(sample_build) as locked:
        yield locked
