"""Question files: one SQL file, one question. The header is the number's definition."""

import hashlib
import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import duckdb
import polars as pl
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from pipelines.engine.graph import QueryError, read_header, without_values

QUERIES = Path(__file__).parent.parent / "queries"
_TIME_UNITS = frozenset(
    (
        "s", "sec", "secs", "second", "seconds", "ms", "millisecond", "milliseconds", "min", "mins", "minute",
        "minutes", "h", "hr", "hrs", "hour", "hours", "d", "day", "days", "week", "weeks", "month", "months",
    )
)  # fmt: skip


CONTRACT = {
    "label": "label: Felt valued",
    "definition": "definition: Share of answers of 6 or 7 to the valued item.",
    "source": "source: survey responses",
    "unit": "unit: share",
    "purpose": "purpose: success (or hygiene, capacity, context)",
    "better": "better: up (or down)",
    "cut_off": "cut_off: 6–7",
    "interval": "interval: wilson (or nps, mean, weighted, from_columns)",
}
"""What the header of a KPI must say for itself, and a line to copy."""

NO_SPEED = (
    "speed is not care. A customer's wait can be shown as 'share reached within the promise'; "
    "how long our people are busy has the purpose 'capacity'"
)

ANCESTORS = """
with recursive ancestor as (
    select reads as name from lineage where name = $name
    union
    select lineage.reads from lineage join ancestor on lineage.name = ancestor.name
)
select name from ancestor order by name
"""
"""All that a table or question rests on, down to the landed objects: `build.query(ANCESTORS, {"name": …})`."""


def is_time(unit: str | None) -> bool:
    """Whether a unit counts time, such as `seconds` or `minutes per contact`; `answers a week` does not."""
    counted = re.split(r"\b(?:per|an?|each)\b|/", (unit or "").lower(), maxsplit=1)[0]
    return not _TIME_UNITS.isdisjoint(re.findall(r"[a-z]+", counted))


def _refuse_speed(unit: str | None, purpose: str) -> None:
    if is_time(unit) and purpose == "success":
        raise ValueError(f"a time can not have the purpose 'success': {NO_SPEED}")


def _listed(given: Any) -> Any:
    return given if isinstance(given, list | tuple) else (given,)


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

    @model_validator(mode="after")
    def _honest(self) -> "ColumnAbout":
        _refuse_speed(self.unit, self.purpose)
        return self


class Question(BaseModel):
    """The header of a question file. With `kpi` it defines a number that pages show, and is a contract.

    Of several `clock_weeks` the shortest that bears enough answers is used; `caveats` are what a careful analyst
    says when handing the number over, each a plain sentence.
    """

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
    clock_weeks: Annotated[tuple[Literal[1, 4, 13], ...], BeforeValidator(_listed)] = (1,)
    settling_days: int = Field(default=0, ge=0)
    source: str | None = None
    caveats: tuple[str, ...] = ()

    @field_validator("clock_weeks")
    @classmethod
    def _shortest_first(cls, given: tuple[int, ...]) -> tuple[int, ...]:
        if not given or list(given) != sorted(set(given)):
            raise ValueError("list each clock once, the shortest first, such as [4, 13]")
        return given

    @field_validator("definition")
    @classmethod
    def _one_line(cls, given: str | None) -> str | None:
        return given.strip() if given else given

    @model_validator(mode="after")
    def _honest(self) -> "Question":
        _refuse_speed(self.unit, self.purpose)
        if self.kpi and (unsaid := self._unsaid()):
            lines = "; ".join(f"`{CONTRACT[key]}`" for key in unsaid)
            raise ValueError(
                f"the KPI {self.kpi!r} does not say its {', '.join(unsaid)}. Write, for example, {lines}"
            )
        return self

    def _unsaid(self) -> list[str]:
        said = {key for key in self.model_fields_set if getattr(self, key) not in (None, "", "none")}
        return [
            key for key in CONTRACT if key not in said and not (key == "interval" and self.kind != "estimate")
        ]


class QuestionFile:
    """A question and the SELECT that answers it."""

    def __init__(self, path: Path, root: Path) -> None:
        self.path = path
        self.name = path.relative_to(root / "questions").with_suffix("").as_posix()
        self.header, self.sql = read_header(path, Question)

    @cached_property
    def params(self) -> frozenset[str]:
        """The named parameters that the SELECT uses."""
        statements = duckdb.extract_statements(self.sql)
        if len(statements) != 1:
            raise QueryError(f"{self.path}: expected one SELECT, found {len(statements)} statements.")
        return frozenset(statements[0].named_parameters)

    @property
    def definition_hash(self) -> str:
        """Of what the header says and of the SELECT, whatever their layout."""
        said = self.header.model_dump_json(exclude_defaults=True)
        return hashlib.sha256(f"{said}\n{' '.join(self.sql.split())}".encode()).hexdigest()[:16]

    @property
    def promises_success(self) -> bool:
        """Whether the answer, or a column of it, is called a success."""
        header = self.header
        return header.purpose == "success" or any(c.purpose == "success" for c in header.columns.values())

    def defaults(self) -> dict[str, Any]:
        """Every parameter at its default."""
        return {name: param.default for name, param in self.header.params.items()}

    def run(self, connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
        """The answer with every parameter at its default.

        Raises:
            QueryError: it does not run, or uses a parameter that the header does not declare.
        """
        undeclared = self.params - self.header.params.keys()
        if undeclared:
            raise QueryError(f"{self.path}: the header lacks params {', '.join(sorted(undeclared))}.")
        given = {name: value for name, value in self.defaults().items() if name in self.params}
        try:
            return connection.sql(self.sql, params=given).pl()
        except duckdb.Error as error:
            raise QueryError(f"{self.path}: {without_values(error)}") from None


def load_questions(folders: Iterable[Path] = (QUERIES,)) -> list[QuestionFile]:
    """Every question; a later folder replaces the same path of an earlier one.

    Raises:
        QueryError: a header breaks its contract, or two questions define the same KPI.
    """
    found: dict[str, QuestionFile] = {}
    for folder in folders:
        for path in sorted((folder / "questions").glob("*/*.sql")):
            question = QuestionFile(path, folder)
            found[question.name] = question
    defined: dict[str, QuestionFile] = {}
    for question in found.values():
        kpi = question.header.kpi
        if kpi and defined.setdefault(kpi, question) is not question:
            raise QueryError(
                f"{question.path}: the KPI {kpi!r} is defined already, by {defined[kpi].path}. "
                "Give this one another name, or lay it over that file under the same path."
            )
    return list(found.values())
