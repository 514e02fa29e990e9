from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.engine.canonical import ENTITIES
from pipelines.engine.duck import direct_feeds, open_engine, run, unions
from pipelines.engine.graph import Model, ModelHeader, QueryError, in_order, load_models
from pipelines.questions import QUERIES
from pipelines.sources import all_profiles


def feeder(sql: str, feeds: str = "promise", table: str = "staging.ours") -> Model:
    return Model(table, "staging", sql, ModelHeader(about="a test", feeds=feeds), Path("staging/ours.sql"))


def test_a_union_has_the_canonical_columns_and_null_where_a_source_is_silent() -> None:
    models = [feeder("select 'p1' as promise_id, '2026-11-01' as due_on")]
    with open_engine("UTC") as connection:
        run(connection, in_order([*models, *unions(models)], []), {})
        columns = {row[0]: row[1] for row in connection.execute("describe staged.promise").fetchall()}
        assert columns == ENTITIES["promise"]
        (row,) = connection.sql("from staged.promise").pl().to_dicts()
    assert (row["promise_id"], str(row["due_on"]), row["owner"]) == ("p1", "2026-11-01", None)


def test_every_entity_has_a_table_also_without_any_source() -> None:
    with open_engine("UTC") as connection:
        run(connection, unions([]), {})
        for entity in ENTITIES:
            assert connection.execute(f"select count(*) from staged.{entity}").fetchall() == [(0,)]


def test_a_column_that_the_entity_does_not_know_is_refused_with_the_file() -> None:
    with pytest.raises(
        QueryError, match=r"staging/ours\.sql: promise has no column ownr\. Known are .*owner"
    ):
        unions([feeder("select 'p1' as promise_id, 'us' as ownr")])


def test_feeding_something_unknown_is_refused_with_the_file() -> None:
    with pytest.raises(QueryError, match=r"staging/ours\.sql: feeds 'promises'; known are .*promise"):
        unions([feeder("select 1 as a", feeds="promises")])


def test_a_source_that_is_canonical_already_needs_no_file_but_may_have_one() -> None:
    profiles = all_profiles()
    direct = {m.table for m in direct_feeds(profiles, [])}
    assert "staging.careful__promise" in direct
    own = feeder("select 'p1' as promise_id", table="staging.careful__promise")
    assert "staging.careful__promise" not in {m.table for m in direct_feeds(profiles, [own])}


def test_a_date_is_the_companys_own() -> None:
    late = datetime(2026, 7, 1, 22, 30)
    with open_engine("Europe/Zurich") as connection:
        row = connection.execute("select local_date($at)::varchar", {"at": late}).fetchall()
        winter = connection.execute("select local_date(timestamp '2026-12-31 22:30')::varchar").fetchall()
    assert row == [("2026-07-02",)]
    assert winter == [("2026-12-31",)]


def test_an_hour_is_the_companys_own() -> None:
    with open_engine("Europe/Zurich") as connection:
        hours = connection.execute(
            "select local_hour(timestamp '2026-07-01 22:59'), local_hour(timestamp '2026-12-31 22:59')"
        ).fetchall()
    assert hours == [(0, 23)]


def test_a_failing_query_names_its_file_and_quotes_no_data() -> None:
    models = [
        Model("secret", "core", "select 'anna@example.org' as a", ModelHeader(about="x")),
        Model("typed", "core", "select a::integer as n from secret", ModelHeader(about="x"), Path("core/typed.sql")),
    ]  # fmt: skip
    with open_engine("UTC") as connection, pytest.raises(QueryError) as caught:
        run(connection, models, {})
    assert str(caught.value).startswith("core/typed.sql: ConversionException")
    assert "anna" not in str(caught.value)


def test_an_unknown_parameter_is_refused_with_the_known_ones() -> None:
    model = Model("a", "core", "select $asof as a", ModelHeader(about="x"), Path("core/a.sql"))
    with open_engine("UTC") as connection, pytest.raises(QueryError) as caught:
        run(connection, [model], {"as_of": 1})
    assert str(caught.value) == "core/a.sql: the parameter $asof is not one of as_of."


def test_every_query_of_the_product_binds_only_named_parameters() -> None:
    for model in load_models([QUERIES]):
        (statement,) = duckdb.extract_statements(model.sql)
        assert set(statement.named_parameters) == model.params
