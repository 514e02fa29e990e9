"""Small rows in, the rows that must come out: `<layer>/<query>/<case>.yaml`, one behaviour a file.

A case gives the tables that matter, with the columns that matter; the query's other inputs are empty tables and
null columns of the real shape. `dates` and `care_promise` are those of the default settings unless given.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
import yaml

from pipelines.build import assemble
from pipelines.engine.duck import open_engine, run
from pipelines.engine.graph import load_models
from pipelines.facts import params
from pipelines.questions import QUERIES
from pipelines.settings import Settings, load_settings
from pipelines.sources import all_profiles
from pipelines.store import Store

FOLDER = Path(__file__).parent
CASES = sorted(FOLDER.glob("*/*/*.yaml"))
MODELS = {model.table: model for model in load_models([QUERIES])}
KEPT_FACTS = ("dates", "care_promise")
Shapes = dict[str, list[tuple[str, str]]]


def name_of(case: Path) -> str:
    return case.relative_to(FOLDER).with_suffix("").as_posix()


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
    tables = {name for model in MODELS.values() for name in (*model.inputs, model.table)}
    return {
        table: [row[:2] for row in empty.execute(f"describe from {table}").fetchall()] for table in tables
    }


@pytest.fixture(scope="module")
def facts(empty: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    return {name: empty.sql(f"from {name}").pl() for name in KEPT_FACTS}


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_query_turns_the_given_rows_into_the_expected_ones(
    case: Path, settings: Settings, shapes: Shapes, facts: dict[str, pl.DataFrame]
) -> None:
    content = yaml.safe_load(case.read_text(encoding="utf-8"))
    layer, query = case.parent.parent.name, case.parent.name
    model = MODELS[f"staging.{query}" if layer == "staging" else query]
    assert content.get("inputs", {}).keys() <= model.inputs, "an input that the query does not read"
    bound: dict[str, Any] = {**params(settings, settings.as_of()), **content.get("params", {})}
    with open_engine(settings.company.time_zone) as connection:
        for table in model.inputs:
            make_table(connection, table, shapes, content.get("inputs", {}).get(table), facts)
        run(connection, [model], bound)
        wanted = rows_of(content["expect"])
        columns = ", ".join(wanted.columns)
        connection.execute(f"create table wanted as select {columns} from {model.table} where false")
        insert(connection, "wanted", wanted)
        assert plain(connection, f"select {columns} from {model.table}") == plain(connection, "from wanted")


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
