"""Small rows in, the rows that must come out: `tests/queries/<layer or theme>/<query>/<case>.yaml`, one behaviour each.

A case gives the tables that matter, with the columns that matter; the query's other inputs are empty tables and null
columns of the real shape. `dates`, `care_promise` and what the question files say of clocks and settling are those of
the default settings unless given.

The case of a question may give tables further up, such as answers: the queries between them and the question run too,
so that the number is checked against its definition. A case in `shared/` holds for every question that it lists;
`{question}` in it is the question's name without its theme.
"""

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, Self

import duckdb
import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.build import Queries, lay_out, read_models
from pipelines.engine.duck import open_engine, run
from pipelines.engine.graph import Model, ModelHeader, QueryError, load_models, without_values
from pipelines.facts import params
from pipelines.questions.file import QUERIES, QuestionFile, golden_cases, read_questions
from pipelines.settings import Company, Settings
from pipelines.sources import all_profiles
from pipelines.standpoint import Standpoint, query_folders
from pipelines.store import Store

AS_OF = datetime(2026, 11, 16, 5, tzinfo=UTC)
RUNNING_WEEK, RUNNING_SINCE = "2026-W47", date(2026, 11, 16)
KEPT_FACTS = ("dates", "care_promise", "kpi_clock_option", "kpi_settling")
_ANSWER = "answered"


class Case(BaseModel):
    """A golden case as its file says it: tables as comma-separated text, by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    about: str = ""
    questions: tuple[str, ...] = ()
    params: dict[str, Any] = {}
    inputs: dict[str, str] = {}
    expect: str

    @property
    def expects_nothing(self) -> bool:
        """Whether no row must come out: what a period without data gives."""
        return rows_of(self.expect).is_empty()

    @property
    def has_partial_period(self) -> bool:
        """Whether a row is of the week that is not over, or says that it is partial."""
        return any(
            _is_partial(row) for text in self.inputs.values() for row in rows_of(text).iter_rows(named=True)
        )


def _is_partial(row: dict[str, str | None]) -> bool:
    if row.get("maturity") == "partial" or row.get("is_closed") == "false":
        return True
    if (row.get("iso_week") or "") >= RUNNING_WEEK:
        return True
    days = [value for name, value in row.items() if value and name.endswith(("_on", "_at"))]
    return any(value[:10] >= RUNNING_SINCE.isoformat() for value in days)


def read_case(path: Path, query: str) -> Case:
    """A case of a query.

    Raises:
        QueryError: it is not YAML, or lacks `expect`, or has a key that a case does not have.
    """
    return _read_case(path, query, path.stat().st_mtime_ns)


@lru_cache(maxsize=512)
def _read_case(path: Path, query: str, changed: int) -> Case:
    text = path.read_text(encoding="utf-8").replace("{question}", query.partition("/")[2])
    try:
        return Case.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, ValidationError) as error:
        wrong = error.errors()[0] if isinstance(error, ValidationError) else None
        says = f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}" if wrong else str(error).splitlines()[0]
    raise QueryError(f"{path}: a golden case has about, params, inputs and expect; {says}")


class Golden:
    """The queries of a company, run once on no data, so that cases can give as few rows as matter.

    Args:
        folder: of the workspace; absent means the product's queries alone.

    Raises:
        QueryError: a query that makes a table breaks its contract. A broken question harms no other.
    """

    def __init__(self, folder: Path | None = None) -> None:
        company = Company(name="Golden", time_zone="Europe/Zurich", as_of=AS_OF)
        self.settings = Settings(path=(folder or QUERIES.parent) / "careful.toml", company=company)
        self.folders = query_folders(self.settings)
        profiles = tuple(all_profiles())
        self.nodes, self.reports = read_models(self.folders, profiles)
        self.models = {model.table: model for model in load_models(self.folders)}
        self.params = params(self.settings, self.settings.as_of())
        self.empty = open_engine(self.settings.company.time_zone)
        store = Store(self.settings.workspace / "no store")
        seen = Standpoint.of(self.settings, store, self.settings.as_of(), folders=self.folders)
        queries = Queries(self.nodes, self.reports, list(read_questions(self.folders).files))
        run(self.empty, lay_out(self.empty, self.settings, store, profiles, seen, queries), self.params)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.empty.close()

    @property
    def cases(self) -> dict[str, list[Path]]:
        """Query -> the files of its cases, as they lie now."""
        return golden_cases(self.folders)

    def failure(self, query: QuestionFile | Model, path: Path, name: str) -> str | None:
        """What comes out other than the case expects; None if nothing does.

        Raises:
            QueryError: the case can not be read or run.
        """
        case = read_case(path, name)
        try:
            wanted = rows_of(case.expect)
            with open_engine(self.settings.company.time_zone) as connection:
                table = self._make(connection, query, case, path)
                columns = ", ".join(wanted.columns)
                connection.execute(f"create table wanted as select {columns} from {table} where false")
                _insert(connection, "wanted", wanted)
                found = _plain(connection, f"select {columns} from {table}")
                expected = _plain(connection, "from wanted")
        except duckdb.Error as error:
            raise QueryError(f"{path}: {_said(error)}") from None
        except pl.exceptions.PolarsError:
            raise QueryError(f"{path}: in a table, a row has other cells than the line of names.") from None
        return None if found == expected else _difference(wanted.columns, expected, found)

    def rows(self, query: QuestionFile, path: Path) -> pl.DataFrame:
        """What comes out of the rows that a case gives, whatever it expects.

        Raises:
            QueryError: the case can not be read or run.
        """
        with open_engine(self.settings.company.time_zone) as connection:
            table = self._make(connection, query, read_case(path, query.name), path)
            return connection.sql(f"from {table}").pl()

    def _make(
        self, connection: duckdb.DuckDBPyConnection, query: QuestionFile | Model, case: Case, path: Path
    ) -> str:
        """Run a query, and for a question those between it and the given rows; returns the table it made."""
        given = {**self.params, **case.params}
        if isinstance(query, Model):
            models = [query]
        else:
            header = ModelHeader(about=query.header.question)
            models = self._between(
                frozenset(case.inputs), Model(_ANSWER, "marts", query.sql, header, query.path)
            )
            given = {**self.params, **query.defaults(), **case.params}
        read = frozenset().union(*(each.inputs for each in models))
        unread = case.inputs.keys() - read
        if unread:
            raise QueryError(f"{path}: the query does not read {', '.join(sorted(unread))}.")
        for table in sorted(read - {each.table for each in models}):
            self._table(connection, table, case.inputs.get(table))
        run(connection, models, given)
        return models[-1].table

    def _between(self, given: frozenset[str], last: Model) -> list[Model]:
        """The queries that lead from the given tables to the last one, in the order in which they run."""
        between: list[Model] = []

        @cache
        def rests_on_given(table: str) -> bool:
            model = self.models.get(table)
            if table in given or model is None:
                return table in given
            ways = [each for each in sorted(model.inputs) if rests_on_given(each)]
            if ways:
                between.append(model)
            return bool(ways)

        for table in sorted(last.inputs):
            rests_on_given(table)
        return [*between, last]

    def _table(self, connection: duckdb.DuckDBPyConnection, table: str, text: str | None) -> None:
        shape = self.empty.execute(f"describe from {table}").fetchall()
        columns = ", ".join(f'"{row[0]}" {row[1]}' for row in shape)
        connection.execute(f"create table {table} ({columns})")
        if text is not None:
            _insert(connection, table, rows_of(text))
        elif table in KEPT_FACTS:
            _insert(connection, table, self._facts[table])

    @cached_property
    def _facts(self) -> dict[str, pl.DataFrame]:
        return {name: self.empty.sql(f"from {name}").pl() for name in KEPT_FACTS}


def rows_of(text: str) -> pl.DataFrame:
    """Commas and spaces, so that the columns line up; an empty cell is null."""
    tidy = "\n".join(",".join(cell.strip() for cell in line.split(",")) for line in text.strip().splitlines())
    return pl.read_csv(io.StringIO(tidy), infer_schema=False)


def text_of(frame: pl.DataFrame) -> str:
    """The rows as a case has them: commas, and spaces so that the columns line up."""
    cells = [frame.columns, *([_cell(value) for value in row] for row in frame.iter_rows())]
    widths = [max(len(row[at]) for row in cells) for at in range(frame.width)]
    lines = (
        " ".join(f"{cell},".ljust(width + 1) for cell, width in zip(row, widths, strict=True))
        .rstrip()
        .rstrip(",")
        for row in cells
    )
    return "\n".join(lines)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    connection.register("given", frame)
    connection.execute(f"insert into {table} by name from given")
    connection.unregister("given")


def _plain(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[str, ...]]:
    """Rows as text, in order; floats to nine digits."""
    rows = connection.execute(sql).fetchall()
    return sorted(
        tuple(f"{cell:.9g}" if isinstance(cell, float) else str(cell) for cell in row) for row in rows
    )


def _difference(columns: list[str], expected: list[tuple[str, ...]], found: list[tuple[str, ...]]) -> str:
    lines = [", ".join(columns)]
    lines += [f"- {', '.join(row)}" for row in _without(expected, found)]
    lines += [f"+ {', '.join(row)}" for row in _without(found, expected)]
    return "\n".join(lines)


def _without(rows: list[tuple[str, ...]], others: list[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    left = list(others)
    for row in rows:
        if row in left:
            left.remove(row)
        else:
            yield row


def _said(error: duckdb.Error) -> str:
    """What DuckDB says; the rows of a case are made up, so that their values may be told."""
    return str(error).splitlines()[0] or without_values(error)
