import math
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.snapshot.content import content, export, file_hashes, hash_of_files


def hash_of(frame: pl.DataFrame, types: str = "") -> object:
    with duckdb.connect() as connection:
        connection.register("given", frame)
        connection.execute(f"create table told as select {types or '*'} from given")
        return content(connection, "told")["hash"]


@given(st.permutations(range(12)))
@hypothesis_settings(max_examples=20)
def test_the_order_of_rows_says_nothing(order: list[int]) -> None:
    rows = [(f"k{i % 5}", i / 7, None if i % 3 else i) for i in range(12)]
    schema = ["a", "b", "c"]
    assert hash_of(pl.DataFrame([rows[i] for i in order], schema, orient="row")) == hash_of(
        pl.DataFrame(rows, schema, orient="row")
    )


@given(st.floats(1e-6, 1e12))
@hypothesis_settings(max_examples=30)
def test_a_float_counts_to_ten_significant_digits(value: float) -> None:
    short = float(f"{value:.9e}")
    near = short * (1 + 1e-13)
    assert hash_of(pl.DataFrame({"x": [short]})) == hash_of(pl.DataFrame({"x": [near]}))
    far = short * (1 + 3e-9)
    assert hash_of(pl.DataFrame({"x": [short]})) != hash_of(pl.DataFrame({"x": [far]}))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([None], [""]),
        ([0.0], [None]),
        ([math.nan], [None]),
        ([math.inf], [1e300]),
        (["a", "a"], ["a"]),
        ([[1.5]], [[1.6]]),
    ],
)
def test_what_is_not_the_same_has_another_hash(one: list[object], other: list[object]) -> None:
    assert hash_of(pl.DataFrame({"x": one}, strict=False)) != hash_of(
        pl.DataFrame({"x": other}, strict=False)
    )


def test_texts_do_not_run_into_each_other() -> None:
    assert hash_of(pl.DataFrame({"a": ["x"], "b": ["yz"]})) != hash_of(
        pl.DataFrame({"a": ["xy"], "b": ["z"]})
    )


def test_noise_around_nothing_is_nothing() -> None:
    assert hash_of(pl.DataFrame({"x": [3e-17]})) == hash_of(pl.DataFrame({"x": [-0.0]}))


def test_decimals_count_exactly() -> None:
    one = pl.DataFrame({"x": ["12345678901234.0001"]})
    other = pl.DataFrame({"x": ["12345678901234.0002"]})
    cast = "x::decimal(18, 4) as x"
    assert hash_of(one, cast) != hash_of(other, cast)


def test_tables_are_written_sorted_and_read_back_as_they_were(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute(
            "create table b as select * from (values (2, 'x'), (1, 'y'), (1, null)) as t (n, said)"
        )
        connection.execute("create table a as select [1.5, 2.5] as many, date '2026-11-16' as day")
    told = export(tmp_path / "a.duckdb", tmp_path / "marts")
    assert [(name, about["rows"]) for name, about in told.items()] == [("a", 1), ("b", 3)]
    with duckdb.connect() as connection:
        path = str(tmp_path / "marts" / "b.parquet")
        assert connection.execute("select * from read_parquet($path)", {"path": path}).fetchall() == [
            (1, "y"), (1, None), (2, "x")
        ]  # fmt: skip
        for name, about in told.items():
            connection.execute(f"create table {name} as from '{tmp_path / 'marts' / name}.parquet'")
            assert content(connection, name) == about


def test_files_are_hashed_by_name_and_bytes_and_a_gone_one_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(b"1")
    (tmp_path / "b").write_bytes(b"1")
    hashes = file_hashes(tmp_path)
    assert hashes.keys() == {"in/a", "b"}
    assert hashes["in/a"] == hashes["b"]
    before = hash_of_files(tmp_path, ["in/a", "b"])
    assert hash_of_files(tmp_path, ["b", "in/a"]) == before
    (tmp_path / "b").write_bytes(b"2")
    changed = hash_of_files(tmp_path, ["in/a", "b"])
    (tmp_path / "b").unlink()
    assert len({before, changed, hash_of_files(tmp_path, ["in/a", "b"])}) == 3
