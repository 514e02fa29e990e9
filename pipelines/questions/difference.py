"""What a changed definition does to the numbers, before it is merged: which weeks move, and by how much."""

import io
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.build import Queries, lay_out, read_models
from pipelines.engine.duck import open_engine, run
from pipelines.engine.graph import Model, Node, QueryError
from pipelines.facts import params
from pipelines.questions.answer import period_of, shaped
from pipelines.questions.cage import Cage
from pipelines.questions.file import QUERIES, QuestionFile, question_paths, read_questions
from pipelines.questions.ranges import ends_in
from pipelines.settings import Settings
from pipelines.sources import all_profiles
from pipelines.standpoint import Standpoint
from pipelines.store import Build, Store

SAME = 1e-9
_IN_FACTS = ("clock_weeks", "settling_days", "minimum_n", "kpi")
_NOT_TOLD = ("verified", "allow", "chart", "owner")


@dataclass(frozen=True)
class Difference:
    """Two versions of a definition on the same data.

    `said`: what differs, such as `cut_off: 6–7 instead of 5–7`; `queries`: tables on the way whose query differs;
    `moved`: one row per row of the answer that differs: its grain, `was`, `is_now`, `change`, `n_was`, `n_is_now`, and
    `maturity` where the answer has it.
    """

    name: str
    column: str
    said: tuple[str, ...]
    queries: tuple[str, ...]
    moved: pl.DataFrame
    compared: int
    period: str | None
    was_rebuilt: bool

    def sentence(self) -> str:
        """The change in one sentence, of the newest period, and how many others move."""
        what = ", ".join((*self.said, *(f"another {name}" for name in self.queries)))
        if not what:
            return f"{self.name} says what it said before; nothing moves."
        if self.moved.is_empty():
            return f"{what}: moves nothing in the {self.compared} rows of {self.name}."
        over = (
            self.moved.filter(pl.col("maturity") != "partial")
            if "maturity" in self.moved.columns
            else self.moved
        )
        newest = (over if over.height else self.moved).row(-1, named=True)
        of = "weeks" if self.period == "iso_week" else "rows"
        at = f" in {newest[self.period]}" if self.period else ""
        if newest["change"] is None:
            moves = "makes a new row" if newest["was"] is None else "takes a row away"
        else:
            moves = f"moves {self.column} {self._in_points(newest)}"
        return f"{what}: {moves}{at}; {self.moved.height} of {self.compared} {of} move."

    def _in_points(self, row: dict[str, Any]) -> str:
        scale = 100 if ends_in(self.column, "share") else 1
        was, is_now, change = (f"{row[each] * scale:.3g}" for each in ("was", "is_now", "change"))
        sign = "+" if row["change"] > 0 else ""
        return f"{sign}{change} ({was} → {is_now})".replace("-", "−")


def difference(
    settings: Settings,
    build: Build,
    name: str,
    before: list[Path],
    after: list[Path],
    progress: Callable[[str], None] = lambda step: None,
) -> Difference:
    """A question by the query files of two places, on what the published build was made of.

    Where only the question differs, both are asked of the build. Where a query that it rests on differs, or what its
    header says of clocks and settling, the queries between the landed rows and the question run anew, by both.

    Raises:
        QueryError: the question is new, is in one place only, or does not run.
    """
    old, new = _both(before, after, name)
    profiles = tuple(all_profiles())
    queries = _other_queries(read_models(before, profiles)[0], read_models(after, profiles)[0], old, new)
    facts = any(getattr(old.header, key) != getattr(new.header, key) for key in _IN_FACTS)
    if queries or facts:
        rows = [
            _anew(settings, build, each, folders, progress) for each, folders in ((old, before), (new, after))
        ]
    else:
        with Cage(build) as cage:
            rows = [
                cage.sql(each.sql, {k: v for k, v in each.defaults().items() if k in each.params})
                for each in (old, new)
            ]
    said = tuple(_said(old, new))
    least = settings.care.minimum_n
    (was, _, _), (is_now, found, _) = (
        shaped(each.header, frame, least) for each, frame in zip((old, new), rows, strict=True)
    )
    estimates = [each.name for each in found]
    return _compared(
        new, estimates, was, is_now, said=said, queries=tuple(queries), was_rebuilt=bool(queries or facts)
    )


def _both(before: list[Path], after: list[Path], name: str) -> tuple[QuestionFile, QuestionFile]:
    was, is_now = (question_paths(folders).get(name) for folders in (before, after))
    if is_now is None:
        gone = " any more" if was else ""
        raise QueryError(f"There is no question {name}{gone}. `careful query list` tells them.")
    if was is None:
        raise QueryError(
            f"{name} is new: there is nothing to compare it with. `--against` names queries that have it already."
        )
    return QuestionFile(*was), QuestionFile(*is_now)


def _other_queries(
    before: list[Model], after: list[Model], old: QuestionFile, new: QuestionFile
) -> list[str]:
    """The tables that the question rests on and whose query is not the same."""
    was, is_now = ({model.table: model for model in models} for models in (before, after))
    waiting, seen = [*(old.model.inputs | new.model.inputs)], set[str]()
    while waiting:
        table = waiting.pop()
        if table not in seen:
            seen.add(table)
            waiting += [r for m in (was.get(table), is_now.get(table)) if m for r in m.inputs]
    return sorted(
        table for table in seen
        if (was[table].sql if table in was else None) != (is_now[table].sql if table in is_now else None)
    )  # fmt: skip


def _anew(
    settings: Settings,
    build: Build,
    question: QuestionFile,
    folders: list[Path],
    progress: Callable[[str], None],
) -> pl.DataFrame:
    """The rows of a question by these query files, from what had landed when the build was made."""
    as_of = datetime.fromisoformat(build.manifest["as_of"])
    store, profiles = Store(settings.store), tuple(all_profiles())
    models, reports = read_models(folders, profiles)
    seen = Standpoint.of(settings, store, as_of, folders=folders)
    with open_engine(settings.company.time_zone) as connection:
        whole = list(read_questions(folders).files)
        nodes = lay_out(connection, settings, store, profiles, seen, Queries(models, reports, whole))
        run(connection, _leading_to(nodes, question), params(settings, as_of), progress)
        return question.run(connection)


def _leading_to(nodes: list[Node], question: QuestionFile) -> list[Node]:
    """The nodes that a question rests on, in order."""
    wanted, kept = set(question.model.inputs), []
    for node in reversed(nodes):
        if wanted.intersection(node.outputs):
            wanted |= node.inputs
            kept.append(node)
    return kept[::-1]


def _said(old: QuestionFile, new: QuestionFile) -> list[str]:
    """What the two headers and SELECTs say differently."""
    was, is_now = old.header.model_dump(), new.header.model_dump()
    keys = [key for key in was if was[key] != is_now[key] and key not in _NOT_TOLD]
    short = [
        f"{key} {_shown(is_now[key])} instead of {_shown(was[key])}"
        for key in keys
        if _is_short(was[key], is_now[key])
    ]
    long = [f"another {key}" for key in keys if not _is_short(was[key], is_now[key])]
    other = " ".join(old.sql.split()) != " ".join(new.sql.split())
    return [*short, *long, *(["another SELECT"] if other else [])]


def _is_short(*values: Any) -> bool:
    return all(len(_shown(value)) <= 40 and not isinstance(value, dict) for value in values)


def _shown(value: Any) -> str:
    return (
        ", ".join(map(str, value))
        if isinstance(value, list | tuple)
        else "nothing"
        if value is None
        else str(value)
    )


def _compared(
    new: QuestionFile, estimates: list[str], was: pl.DataFrame, is_now: pl.DataFrame, **known: Any
) -> Difference:
    keys = [name for name in new.header.grain if name in was.columns and name in is_now.columns]
    column = _number(new, estimates, was, is_now, keys)
    n = pl.col("n") if "n" in was.columns and "n" in is_now.columns else pl.lit(None, pl.Int64).alias("n")
    told = [name for name in ("maturity",) if name in is_now.columns]
    before = was.select(*keys, pl.col(column).cast(pl.Float64), n)
    after = is_now.select(*keys, pl.col(column).cast(pl.Float64), n, *told)
    both = before.rename({column: "was", "n": "n_was"}).join(
        after.rename({column: "is_now", "n": "n_is_now"}),
        on=keys,
        how="full",
        coalesce=True,
        nulls_equal=True,
    )
    period = period_of(new.header, is_now)
    changed = both.with_columns((pl.col("is_now") - pl.col("was")).alias("change")).filter(
        (pl.col("change").abs() > SAME) | (pl.col("is_now").is_null() != pl.col("was").is_null())
    )
    order = [*([period] if period else []), *(key for key in keys if key != period)]
    moved = changed.select(*keys, "was", "is_now", "change", "n_was", "n_is_now", *told).sort(order)
    return Difference(new.name, column, moved=moved, compared=both.height, period=period, **known)


def _number(
    question: QuestionFile, estimates: list[str], was: pl.DataFrame, is_now: pl.DataFrame, keys: list[str]
) -> str:
    """The column that is compared: an estimate, else what a KPI counts, else the first number."""
    numbers = [name for name, kind in is_now.schema.items() if kind.is_numeric() and name not in keys]
    for name in (*estimates, *(["successes"] if question.header.kpi else []), *numbers):
        if name in was.columns and name in numbers:
            return name
    raise QueryError(f"{question.name}: the two versions have no number under the same name to compare.")


def as_committed(root: Path, revision: str, into: Path) -> Path | None:
    """A folder of queries as git has it at a revision, written to another folder; None where there is no such thing."""
    command = ["git", "-C", str(root), "archive", "--format=tar", revision, "."]
    try:
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    except FileNotFoundError:
        return None
    if done.returncode:
        return None
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(into, filter="data")
    return into


def earlier_folders(folders: list[Path], against: str, work: Path) -> list[Path]:
    """The query folders to compare with: a path that holds queries, else every folder as it is in git.

    A company's folder that is in no git is left out, so that its questions are compared with the product's.

    Raises:
        QueryError: neither a path nor a revision that any folder has.
    """
    if (Path(against) / "questions").is_dir():
        return (
            [*folders[:1], Path(against)] if folders[0] == QUERIES and len(folders) > 1 else [Path(against)]
        )
    found = [(root, as_committed(root, against, work / str(at))) for at, root in enumerate(folders)]
    product = found[0][1] or folders[0]
    earlier = [product, *(was for _, was in found[1:] if was)]
    if not any(was for _, was in found) and len(folders) == 1:
        raise QueryError(
            f"{against!r} is neither a folder with questions/ nor a revision of git in {folders[0]}. "
            "Name one with --against."
        )
    return earlier
