"""What there is to ask and to ask from: the questions with owner and age, the tables with columns and grain."""

import inspect
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from pipelines.engine.graph import load_models
from pipelines.nodes import MEASURES
from pipelines.questions.cage import Cage
from pipelines.questions.file import QuestionFile, read_questions
from pipelines.questions.history import Manifest, past

SAMPLE_ROWS = 3


@dataclass(frozen=True)
class Listed:
    """A question in a list; `since`: the first frozen week that says the same; of a broken one `wrong` says why."""

    name: str
    owner: str
    changed_on: date
    state: str
    since: str | None = None
    wrong: str | None = None


@dataclass(frozen=True)
class TableAbout:
    """A published table: what one row is, its columns, and of the sample company a few rows."""

    name: str
    about: str
    grain: tuple[str, ...]
    columns: dict[str, str]
    rows: pl.DataFrame | None = None


def listed(folders: list[Path], frozen: Sequence[Manifest] = ()) -> list[Listed]:
    """Every question, by name, with its owner and the day of its last change (of git, else of the file).

    Args:
        frozen: the manifests of the frozen weeks.
    """
    found = read_questions(folders)
    days = {root: _committed_on(root) for root in folders}
    rows = [
        Listed(
            q.name,
            q.header.owner,
            _changed_on(q.path, days[q.root]),
            ", ".join(_state(q)),
            past(frozen, q).since,
        )
        for q in found.files
    ]
    for name, wrong in found.broken.items():
        path = next(p for root in reversed(folders) if (p := root / "questions" / f"{name}.sql").is_file())
        rows.append(Listed(name, "", _changed_on(path, {}), "broken", wrong=wrong))
    return sorted(rows, key=lambda row: row.name)


def _state(question: QuestionFile) -> Iterable[str]:
    yield "draft" if question.is_draft else "tested"
    if question.header.verified:
        yield "verified" if question.is_verified else "no longer verified"
    if question.replaces:
        yield "replaces the product's"
    elif question.source == "company":
        yield "own"
    if question.header.allow:
        yield "with allowances"


def _changed_on(path: Path, committed: dict[Path, date]) -> date:
    return committed.get(path.resolve()) or datetime.fromtimestamp(path.stat().st_mtime, UTC).date()


def _committed_on(root: Path) -> dict[Path, date]:
    """File -> day of its last commit, for files that are as committed; empty where there is no git."""
    try:
        top = _git(root, "rev-parse", "--show-toplevel").strip()
        log = _git(root, "log", "--format=%x00%cs", "--name-only", "--", ".")
        edited = set(_git(root, "status", "--porcelain", "--no-renames", "--", ".").splitlines())
    except (FileNotFoundError, subprocess.CalledProcessError):
        return {}
    days: dict[Path, date] = {}
    for commit in log.split("\0")[1:]:
        day, *names = commit.split("\n")
        for name in filter(None, names):
            days.setdefault(Path(top, name).resolve(), date.fromisoformat(day))
    return {
        path: day
        for path, day in days.items()
        if not any(line.endswith(str(path.relative_to(Path(top).resolve()))) for line in edited)
    }


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=True, text=True)  # noqa: S603, S607
    return done.stdout


def tables(cage: Cage, folders: list[Path]) -> list[TableAbout]:
    """Every published table, by name; a few rows where the build is the sample company's."""
    measured = {
        table: (inspect.getdoc(inspect.getmodule(measure.compute)) or "").partition("\n")[0]
        for measure in MEASURES
        for table in measure.outputs
    }
    headers = {model.table: model.header for model in load_models(folders)}
    shapes = cage.sql(
        "select table_name, column_name, data_type from duckdb_columns() where not internal "
        "order by table_name, column_index"
    )
    is_sample = bool(cage.build.manifest.get("sample"))
    found = []
    for (name,), columns in shapes.group_by("table_name", maintain_order=True):
        about = headers.get(str(name))
        found.append(
            TableAbout(
                str(name),
                " ".join(about.about.split()) if about else measured.get(str(name), ""),
                about.grain if about else (),
                dict(columns.select("column_name", "data_type").iter_rows()),
                cage.sql(f'select * from "{name}" limit {SAMPLE_ROWS}') if is_sample else None,
            )
        )
    return found
