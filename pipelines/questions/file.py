"""Question files: one SQL file, one question; a company's own lie over the product's."""

import contextlib
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import duckdb
import polars as pl
import yaml

from pipelines.engine.graph import Model, ModelHeader, QueryError, as_known, read_header, without_values
from pipelines.questions.header import Question
from pipelines.settings import Settings

QUERIES = Path(__file__).parent.parent.parent / "queries"
SHARED = "shared"
ORIGINS = "origins.json"

ANCESTORS = """
with recursive ancestor as (
    select reads as name from lineage where name = $name
    union
    select lineage.reads from lineage join ancestor on lineage.name = ancestor.name
)
select name from ancestor order by name
"""
"""All that a table or question rests on, down to the landed objects: `build.query(ANCESTORS, {"name": …})`."""


class QuestionFile:
    """A question and the SELECT that answers it.

    Args:
        root: the folder of queries that it lies in, as `questions/<theme>/<name>.sql`.
        replaces: whether it is laid over a product's file of the same path.
    """

    def __init__(self, path: Path, root: Path, replaces: bool = False) -> None:
        self.path = path
        self.root = root
        self.name = question_name(path, root)
        self.replaces = bool(self._frozen.get("replaces", replaces))
        self.header, self.sql = read_header(path, Question)

    @property
    def theme(self) -> str:
        """Under which it is shown."""
        return self.name.partition("/")[0]

    @property
    def source(self) -> Literal["product", "company"]:
        """Whose question it is, or was when its week was frozen."""
        return source_of(self.name, self.root)

    @cached_property
    def _frozen(self) -> dict[str, Any]:
        """What was true of it when its week was frozen; empty of a question of today."""
        return _origins(self.root).get(self.name, {})

    @cached_property
    def params(self) -> frozenset[str]:
        """The named parameters that the SELECT uses."""
        try:
            statements = duckdb.extract_statements(self.sql)
        except duckdb.Error as error:
            raise QueryError(f"{self.path}: {without_values(error)}") from None
        if len(statements) != 1:
            raise QueryError(f"{self.path}: expected one SELECT, found {len(statements)} statements.")
        return frozenset(statements[0].named_parameters)

    @cached_property
    def model(self) -> Model:
        """The SELECT as a node that nothing reads, so that what follows tables can follow questions."""
        header = ModelHeader(about=self.header.question)
        return as_known(Model(f"questions/{self.name}", "marts", self.sql, header, self.path))

    @cached_property
    def definition_hash(self) -> str:
        """Of what the header says and of the SELECT, whatever their layout and whoever verified it."""
        said = self.header.model_dump_json(exclude_defaults=True, exclude={"verified"})
        return hashlib.sha256(f"{said}\n{' '.join(self.sql.split())}".encode()).hexdigest()[:16]

    @property
    def is_verified(self) -> bool:
        """Whether somebody checked the definition as it is now."""
        mark = self.header.verified
        return mark is not None and mark.hash == self.definition_hash

    @cached_property
    def is_draft(self) -> bool:
        """Whether no golden test says what must come out: it is watermarked and enters no snapshot.

        What is frozen was none: tests are not frozen, drafts neither.
        """
        if self._frozen:
            return False
        folders = [QUERIES] if self.source == "product" else [QUERIES, self.root]
        return not any(_has_case(tests_of(root), self.name) for root in folders)

    @property
    def promises_success(self) -> bool:
        """Whether the answer, or a column of it, is called a success."""
        header = self.header
        return header.purpose == "success" or any(c.purpose == "success" for c in header.columns.values())

    def defaults(self) -> dict[str, Any]:
        """Every parameter at its default."""
        return {name: param.value(param.default) for name, param in self.header.params.items()}

    def refuse_undeclared(self) -> None:
        """Stop at parameters that the SELECT uses and the header does not know.

        Raises:
            QueryError: names them.
        """
        undeclared = self.params - self.header.params.keys()
        if undeclared:
            raise QueryError(f"{self.path}: the header lacks params {', '.join(sorted(undeclared))}.")

    def run(self, connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
        """The rows of the SELECT with every parameter at its default.

        Raises:
            QueryError: it does not run, or uses a parameter that the header does not declare.
        """
        self.refuse_undeclared()
        given = {name: value for name, value in self.defaults().items() if name in self.params}
        try:
            return connection.sql(self.sql, params=given).pl()
        except duckdb.Error as error:
            raise QueryError(f"{self.path}: {without_values(error)}") from None


@dataclass(frozen=True)
class Questions:
    """What was found: questions by name, and of broken files what is wrong."""

    files: tuple[QuestionFile, ...] = ()
    broken: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> QuestionFile | None:
        """The question `theme/name`, if it is there and whole."""
        return next((each for each in self.files if each.name == name), None)

    @property
    def themes(self) -> dict[str, list[str]]:
        """Theme -> names of its questions, broken ones too."""
        found: dict[str, list[str]] = {}
        for name in sorted([*(each.name for each in self.files), *self.broken]):
            found.setdefault(name.partition("/")[0], []).append(name)
        return found


def query_folders(settings: Settings) -> list[Path]:
    """The product's queries, and the workspace's laid over them."""
    own = settings.workspace / "queries"
    return [QUERIES, own] if own.is_dir() and own.resolve() != QUERIES.resolve() else [QUERIES]


def question_name(path: Path, root: Path) -> str:
    """`theme/name`: where the file lies is how the question is called."""
    return path.relative_to(root / "questions").with_suffix("").as_posix()


def read_questions(folders: Iterable[Path] = (QUERIES,)) -> Questions:
    """Every question that can be asked; a file that can not is told apart and harms no other.

    A later folder replaces the same path of an earlier one, also where the later file is broken.
    """
    files: dict[str, QuestionFile] = {}
    broken: dict[str, str] = {}
    kpis: dict[str, str] = {}
    for name, (path, root, replaces) in question_paths(folders).items():
        try:
            question = QuestionFile(path, root, replaces)
            question.refuse_undeclared()
            _ = question.model.tree
            refuse_twice(question, kpis.setdefault(question.header.kpi or "", str(path)))
        except (QueryError, OSError, UnicodeDecodeError) as error:
            broken[name] = str(error).replace(f"{root}/", "")
        else:
            files[name] = question
    return Questions(tuple(files.values()), broken)


def load_questions(folders: Iterable[Path] = (QUERIES,)) -> list[QuestionFile]:
    """Every question; a later folder replaces the same path of an earlier one.

    Raises:
        QueryError: a header breaks its contract, or two questions define the same KPI.
    """
    found = [QuestionFile(*where) for where in question_paths(folders).values()]
    kpis: dict[str, str] = {}
    for question in found:
        refuse_twice(question, kpis.setdefault(question.header.kpi or "", str(question.path)))
    return found


def refuse_twice(question: QuestionFile, first: str) -> None:
    """Stop at a KPI that another file, the first, defines already.

    Raises:
        QueryError: names both.
    """
    if question.header.kpi and first != str(question.path):
        raise QueryError(
            f"{question.path}: the KPI {question.header.kpi!r} is defined already, by {first}. "
            "Give this one another name, or lay it over that file under the same path."
        )


def origins(questions: Iterable[QuestionFile]) -> str:
    """What is frozen with questions besides their files, as JSON: name -> source, replaces."""
    told = {q.name: {"source": q.source, "replaces": q.replaces} for q in questions}
    return json.dumps(told, indent=1, sort_keys=True)


def source_of(name: str, root: Path) -> Literal["product", "company"]:
    """Whose a question is, by where its file lies, also where the file can not be read."""
    known = _origins(root)
    is_ours = known.get(name, {}).get("source") != "company" if known else root.resolve() == QUERIES.resolve()
    return "product" if is_ours else "company"


@lru_cache
def _origins(root: Path) -> dict[str, dict[str, Any]]:
    """As `origins` wrote it; empty of queries that are not frozen. A frozen week never changes."""
    path = root / ORIGINS
    known: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return known


def question_paths(folders: Iterable[Path]) -> dict[str, tuple[Path, Path, bool]]:
    """Name -> the file in force, its folder of queries, and whether it is laid over another."""
    found: dict[str, tuple[Path, Path, bool]] = {}
    for root in folders:
        for path in sorted((root / "questions").glob("*/*.sql")):
            name = question_name(path, root)
            found[name] = (path, root, name in found)
    return found


def tests_of(root: Path) -> Path:
    """Where the golden tests of a folder of queries lie: `tests/queries` beside it."""
    return root.parent / "tests" / "queries"


def golden_cases(folders: Iterable[Path]) -> dict[str, list[Path]]:
    """Query -> its golden cases; a later folder replaces the same path of an earlier one.

    A case in `shared/` holds for every question that it lists.
    """
    found: dict[str, dict[str, Path]] = {}
    for query, path in (each for root in folders for each in _cases_in(tests_of(root))):
        found.setdefault(query, {})[path.stem] = path
    return {query: list(cases.values()) for query, cases in found.items()}


def _cases_in(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.glob("*/*/*.yaml")):
        yield path.parent.relative_to(folder).as_posix(), path
    for path in sorted(folder.glob(f"{SHARED}/*.yaml")):
        for question in _listed(path, path.stat().st_mtime_ns):
            yield question, path


def _has_case(folder: Path, question: str) -> bool:
    shared = (_listed(path, path.stat().st_mtime_ns) for path in folder.glob(f"{SHARED}/*.yaml"))
    return any((folder / question).glob("*.yaml")) or any(question in listed for listed in shared)


@lru_cache
def _listed(path: Path, changed: int) -> tuple[str, ...]:
    """The questions that a shared case lists; none where it can not be read, which `check` tells."""
    with contextlib.suppress(yaml.YAMLError, OSError, UnicodeDecodeError):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if isinstance(content, dict) and isinstance(content.get("questions"), list):
            return tuple(map(str, content["questions"]))
    return ()
