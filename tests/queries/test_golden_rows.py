"""Small rows in, the rows that must come out: `<layer>/<query>/<case>.yaml`, one behaviour a file.

A case gives the tables that matter, with the columns that matter; the query's other inputs are empty tables and
null columns of the real shape. `dates`, `care_promise` and what the question files say of clocks and settling are
those of the default settings unless given.

The case of a question lies in `<theme>/<question>/`. It may give tables further up, such as answers: the queries
between them and the question run too, so that the number is checked against its definition. A case in `shared/`
holds for every question that it lists; `{question}` in it is the question's name without its theme.
"""

import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import duckdb
import polars as pl
import pytest
import yaml

from pipelines.build import assemble
from pipelines.engine.duck import open_engine, run
from pipelines.engine.graph import Model, ModelHeader, load_models
from pipelines.facts import params
from pipelines.questions import QUERIES, load_questions
from pipelines.settings import Settings, load_settings
from pipelines.sources import all_profiles
from pipelines.store import Store

FOLDER = Path(__file__).parent
MODELS = {model.table: model for model in load_models([QUERIES])}
QUESTIONS = {question.name: question for question in load_questions()}
ANSWERS = {
    name: Model("answered", "marts", question.sql, ModelHeader(about=question.header.question), question.path)
    for name, question in QUESTIONS.items()
}
KEPT_FACTS = ("dates", "care_promise", "kpi_clock_option", "kpi_settling")
Shapes = dict[str, list[tuple[str, str]]]


def cases() -> Iterator[tuple[str, Path]]:
    """The name of a query and a case of it."""
    for path in sorted(FOLDER.glob("*/*/*.yaml")):
        yield path.parent.relative_to(FOLDER).as_posix(), path
    for path in sorted(FOLDER.glob("shared/*.yaml")):
        for question in yaml.safe_load(path.read_text(encoding="utf-8"))["questions"]:
            yield question, path


CASES = list(cases())


def model_of(query: str) -> Model:
    layer, _, name = query.partition("/")
    return ANSWERS[query] if query in ANSWERS else MODELS[f"staging.{name}" if layer == "staging" else name]


def queries_between(given: frozenset[str], last: Model) -> list[Model]:
    """The queries that lead from the given tables to the last one, in the order in which they run."""
    between: list[Model] = []

    @cache
    def rests_on_given(table: str) -> bool:
        model = MODELS.get(table)
        if table in given or model is None:
            return table in given
        ways = [each for each in sorted(model.inputs) if rests_on_given(each)]
        if ways:
            between.append(model)
        return bool(ways)

    for table in sorted(last.inputs):
        rests_on_given(table)
    return [*between, last]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    path = tmp_path_factory.mktemp("golden") / "careful.toml"
    path.write_text(
        '[company]\nname = "Golden"\ntime_zone = "Europe/Zurich"\nas_of = "2026-11-16T05:00:00Z"\n'
    )
    return load_settings(path)


@pytest.fixture(scope="module")
def empty(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Every table of a build of no data."""
    with open_engine(settings.company.time_zone) as connection:
        nodes = assemble(
            connection, settings, Store(settings.store), [], tuple(all_profiles()), settings.as_of()
        )
        run(connection, nodes, params(settings, settings.as_of()))
        yield connection


@pytest.fixture(scope="module")
def shapes(empty: duckdb.DuckDBPyConnection) -> Shapes:
    models = (*MODELS.values(), *ANSWERS.values())
    tables = {name for model in models for name in model.inputs} | MODELS.keys()
    return {
        table: [row[:2] for row in empty.execute(f"describe from {table}").fetchall()] for table in tables
    }


@pytest.fixture(scope="module")
def facts(empty: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    return {name: empty.sql(f"from {name}").pl() for name in KEPT_FACTS}


@pytest.mark.parametrize(("query", "case"), CASES, ids=[f"{query}/{case.stem}" for query, case in CASES])
def test_a_query_turns_the_given_rows_into_the_expected_ones(
    query: str, case: Path, settings: Settings, shapes: Shapes, facts: dict[str, pl.DataFrame]
) -> None:
    content = yaml.safe_load(case.read_text(encoding="utf-8").replace("{question}", query.partition("/")[2]))
    model, given = model_of(query), content.get("inputs", {})
    models = [model]
    defaults = params(settings, settings.as_of())
    if query in QUESTIONS:
        models = queries_between(frozenset(given), model)
        defaults |= QUESTIONS[query].defaults()
    read = frozenset().union(*(each.inputs for each in models))
    assert given.keys() <= read, "an input that the query does not read"
    with open_engine(settings.company.time_zone) as connection:
        for table in read - {each.table for each in models}:
            make_table(connection, table, shapes, given.get(table), facts)
        run(connection, models, {**defaults, **content.get("params", {})})
        wanted = rows_of(content["expect"])
        columns = ", ".join(wanted.columns)
        connection.execute(f"create table wanted as select {columns} from {model.table} where false")
        insert(connection, "wanted", wanted)
        assert plain(connection, f"select {columns} from {model.table}") == plain(connection, "from wanted")


def test_every_query_and_every_question_has_golden_rows() -> None:
    queries = {f"{model.layer}/{model.table.removeprefix('staging.')}" for model in MODELS.values()}
    missing = sorted((queries | QUESTIONS.keys()) - {query for query, _ in CASES})
    assert not missing, f"add a case under tests/queries for: {', '.join(missing)}"


def make_table(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    shapes: Shapes,
    text: str | None,
    facts: dict[str, pl.DataFrame],
) -> None:
    columns = ", ".join(f'"{name}" {kind}' for name, kind in shapes[table])
    connection.execute(f"create table {table} ({columns})")
    if text is not None:
        insert(connection, table, rows_of(text))
    elif table in facts:
        insert(connection, table, facts[table])


def rows_of(text: str) -> pl.DataFrame:
    """Commas and spaces, so that the columns line up; an empty cell is null."""
    tidy = "\n".join(",".join(cell.strip() for cell in line.split(",")) for line in text.strip().splitlines())
    return pl.read_csv(io.StringIO(tidy), infer_schema=False)


def insert(connection: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    connection.register("given", frame)
    connection.execute(f"insert into {table} by name from given")
    connection.unregister("given")


def plain(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[str, ...]]:
    """Rows as text, in order; floats to nine digits."""
    rows = connection.execute(sql).fetchall()
    return sorted(
        tuple(f"{cell:.9g}" if isinstance(cell, float) else str(cell) for cell in row) for row in rows
    )


SUMMARIES = {  # tables of one row, also about nothing, and what must then be zero or not known
    "identity_summary": (
        ("customers", "records", "joined_records", "unknown_records", "clusters_reported"),
        (),
    ),
    "loyalty_period": (("responses", "invited"), ("answered_share",)),
    "top_customer_summary": (
        ("top_customers", "with_care", "without_care", "can_be_contacted"),
        ("spend_share",),
    ),
}


DEFINED = {"definition", "kpi_clock"}  # what the question files say is there before any data


@pytest.mark.parametrize("table", sorted(MODELS.keys() - DEFINED))
def test_a_query_of_nothing_answers_nothing_or_zero(table: str, empty: duckdb.DuckDBPyConnection) -> None:
    rows = empty.sql(f"from {table}").pl().to_dicts()
    if table in SUMMARIES:
        zero, unknown = SUMMARIES[table]
        (row,) = rows
        assert {row[name] for name in zero} == {0}
        assert {row[name] for name in unknown} <= {None}
    else:
        assert rows == []
