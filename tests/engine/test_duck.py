from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipelines.door.land import Load
from pipelines.door.profile import Column, Profile
from pipelines.engine.canonical import ENTITIES
from pipelines.engine.duck import direct_feeds, open_engine, register_landing, run, unions
from pipelines.engine.graph import Model, ModelHeader, QueryError, in_order, load_models
from pipelines.questions import QUERIES
from pipelines.sources import all_profiles
from pipelines.store import Store


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


def two_layouts() -> tuple[Profile, Profile]:
    """A table and records of the same visits; each says something that the other does not."""
    number = Column("visit_id", ("Number",), required=True, personal=True)
    seen = Column("seen_at", ("Seen",), kind="timestamp", required=True)
    shop = Column("shop", ("Shop",), required=True)
    minutes = Column("minutes", ("minutes",), kind="integer", required=True)
    table = Profile("shops", "visit", (number, seen, shop), ("visit_id",), "seen_at", zone="UTC")
    records = replace(
        table,
        layout="ndjson",
        columns=(replace(number, labels=("id",)), replace(seen, labels=("at",)), minutes),
    )
    return table, records


def landed(store: Store, load_id: str, day: int, **row: Any) -> Load:
    """A load of one visit, as the door leaves it."""
    file = store.landing / "shops__visit" / f"{load_id}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    arrived = datetime(2026, 11, day)
    about = {"load_id": load_id, "received_at": arrived, "data_through_at": None, "source": "shops"}
    pl.DataFrame([row | about]).write_parquet(file)
    return Load(load_id, "shops", "visit", "visit.csv", load_id, arrived, "utf-8", False, "",
                files=[f"shops__visit/{load_id}.parquet"])  # fmt: skip


def test_two_layouts_of_one_export_are_one_table_and_one_record_whichever_told_of_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    loads = [
        landed(store, "a", 10, record_key="v1", shop="north"),
        landed(store, "b", 10, record_key="v2", shop="south"),
        landed(store, "c", 11, record_key="v2", minutes=5),
    ]
    with open_engine("UTC") as connection:
        names = register_landing(connection, store, loads, two_layouts())
        rows = connection.sql(
            "select record_key, shop, minutes from landing.shops__visit order by 1"
        ).fetchall()
    assert names.count("landing.shops__visit") == 1
    assert rows == [("v1", "north", None), ("v2", None, 5)]


def test_two_layouts_of_one_export_are_staged_once_with_the_columns_of_both() -> None:
    table, records = (replace(profile, feeds="purchase") for profile in two_layouts())
    amount = Column("amount", ("Amount",), kind="decimal")
    richer = replace(records, columns=(*records.columns, amount))
    (model,) = direct_feeds((table, richer), [])
    assert model.table == "staging.shops__visit"
    assert model.sql == "select record_key, source, amount from landing.shops__visit"


def test_all_layouts_of_an_export_name_its_records_and_type_its_columns_alike() -> None:
    by_name: dict[str, list[Profile]] = {}
    for profile in all_profiles():
        by_name.setdefault(profile.name, []).append(profile)
    for layouts in by_name.values():
        assert len({profile.key for profile in layouts}) == 1
        kinds: dict[str, set[str]] = {}
        for column in (c for profile in layouts for c in (*profile.columns, *profile.mappable)):
            kinds.setdefault(column.name, set()).add("text" if column.reference else column.kind)
        assert {name: kind for name, kind in kinds.items() if len(kind) > 1} == {}
