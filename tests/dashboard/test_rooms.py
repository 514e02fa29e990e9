"""Who may import whom, so that a line is found where it belongs."""

import ast
from pathlib import Path

import pytest

DASHBOARD = Path(__file__).parent.parent.parent / "dashboard"
FILES = sorted(DASHBOARD.rglob("*.py"))
ALLOWED = {"aside", "settings", "store", "questions", "journal", "care", "measures", "snapshot"}


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DASHBOARD)))
def test_the_dashboard_knows_only_the_open_rooms_of_the_pipeline(path: Path) -> None:
    rooms = {name.split(".")[1] for name in imported(path) if name.startswith("pipelines.")}
    assert rooms <= ALLOWED


@pytest.mark.parametrize("path", sorted((DASHBOARD / "charts").glob("*.py")), ids=lambda path: path.stem)
def test_charts_know_nothing_of_streamlit(path: Path) -> None:
    assert not [name for name in imported(path) if name.startswith("streamlit")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DASHBOARD)))
def test_modules_stay_short_and_values_are_bound_into_sql(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.JoinedStr):
            start = "".join(part.value for part in node.values if isinstance(part, ast.Constant))
            assert not start.lower().lstrip().startswith("select ") or path.name == "kpi.py"
