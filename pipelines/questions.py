"""Question files: one SQL file, one question. The header is the number's definition."""

import difflib
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import duckdb
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipelines.engine.graph import QueryError, split_header

QUERIES = Path(__file__).parent.parent / "queries"
_TIME_UNITS = ("seconds", "minutes", "hours")


class Param(BaseModel):
    """A named parameter: its type, its default and a query for its options."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    type: Literal["text", "number", "date"]
    default: Any
    options: str | None = None


class ColumnAbout(BaseModel):
    """What a result column means."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    about: str
    purpose: Literal["success", "hygiene", "capacity", "context"] = "context"
    better: Literal["up", "down"] | None = None
    unit: str | None = None
    interval: Literal["wilson", "newcombe", "nps", "mean", "weighted", "from_columns", "none"] = "none"


class Question(BaseModel):
    """The header of a question file. With `kpi` it defines a number that pages show."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    question: str
    owner: str
    grain: tuple[str, ...]
    params: dict[str, Param] = {}
    columns: dict[str, ColumnAbout] = {}
    chart: dict[str, Any] = {}
    kpi: str | None = None
    label: str | None = None
    definition: str | None = None
    kind: Literal["estimate", "count", "money"] = "estimate"
    unit: str = "share"
    purpose: Literal["success", "hygiene", "capacity", "context"] = "context"
    better: Literal["up", "down"] = "up"
    scale: str | None = None
    cut_off: str | None = None
    minimum_n: int = Field(default=10, ge=5)
    interval: Literal["wilson", "newcombe", "nps", "mean", "weighted", "from_columns", "none"] = "none"
    clock_weeks: Literal[1, 4, 13] = 1
    settling_days: int = Field(default=0, ge=0)
    source: str | None = None

    @field_validator("definition")
    @classmethod
    def _one_line(cls, given: str | None) -> str | None:
        return given.strip() if given else given

    @model_validator(mode="after")
    def _honest(self) -> "Question":
        if self.unit in _TIME_UNITS and self.purpose == "success":
            raise ValueError(
                "a time can not have the purpose 'success': speed is not care. Show a customer's wait as "
                "'share reached within the promise', or use the purpose 'capacity'"
            )
        if self.kpi and not (self.label and self.definition and self.source):
            raise ValueError("a KPI needs label, definition and source")
        if self.kpi and self.kind == "estimate" and self.interval == "none":
            raise ValueError("an estimate needs an interval: wilson, nps, mean, weighted or from_columns")
        return self


class QuestionFile:
    """A question and the SELECT that answers it."""

    def __init__(self, path: Path, root: Path) -> None:
        self.path = path
        self.name = path.relative_to(root / "questions").with_suffix("").as_posix()
        raw, self.sql = split_header(path)
        try:
            self.header = Question(**raw)
        except ValidationError as error:
            raise QueryError(f"{path}: {_in_words(error)}") from None

    @cached_property
    def params(self) -> frozenset[str]:
        """The named parameters that the SELECT uses."""
        statements = duckdb.extract_statements(self.sql)
        if len(statements) != 1:
            raise QueryError(f"{self.path}: expected one SELECT, found {len(statements)} statements.")
        return frozenset(statements[0].named_parameters)

    def defaults(self) -> dict[str, Any]:
        """Every parameter at its default."""
        return {name: param.default for name, param in self.header.params.items()}


def _in_words(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(map(str, first["loc"]))
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, Question.model_fields, n=1)
        return f"the header key {key!r} is not known." + (f" Did you mean {near[0]!r}?" if near else "")
    if first["type"] == "missing":
        return f"the header lacks {key!r}. The smallest header is question, owner, grain."
    return f"{key + ': ' if key else ''}{message}."


def load_questions(folders: Iterable[Path] = (QUERIES,)) -> list[QuestionFile]:
    """Every question; a later folder replaces the same path of an earlier one.

    Raises:
        QueryError: a header breaks its contract.
    """
    found: dict[str, QuestionFile] = {}
    for folder in folders:
        for path in sorted((folder / "questions").glob("*/*.sql")):
            question = QuestionFile(path, folder)
            found[question.name] = question
    return list(found.values())
