"""Analysts' SQL reads the aggregates of one build, and can do nothing else."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from pipelines.questions.cage import Cage, CageError
from pipelines.store import AGGREGATES, PEOPLE, Build

WAYS_OUT = (
    # reading files
    "from read_text('{file}')",
    "from read_blob('{file}')",
    "from read_csv('{file}', header = false, columns = {{'a': 'varchar'}})",
    "from '{file}'",
    "from glob('{folder}/*')",
    "from sniff_csv('{file}')",
    "from read_json('{file}')",
    "from read_parquet('{folder}/*.parquet')",
    "from parquet_metadata('{file}')",
    "from read_duckdb('{people}')",
    "attach '{people}' as people (read_only)",
    "import database '{folder}'",
    # writing files
    "copy (select 1 as a) to '{folder}/out.csv'",
    "export database '{folder}/out'",
    "attach '{folder}/out.db' as mine",
    "from enable_logging(storage = 'file', storage_config = {{'path': '{folder}/out'}})",
    "from enable_profiling(save_location = '{folder}/out')",
    # the network
    "from 'http://127.0.0.1:{port}/x.csv'",
    "from read_csv('http://127.0.0.1:{port}/x.csv')",
    "from 's3://bucket/x.parquet'",
    # extensions and settings
    "install httpfs",
    "load httpfs",
    "load '{file}'",
    "set enable_external_access = true",
    "set memory_limit = '64GB'",
    "reset lock_configuration",
    "pragma threads = 64",
    "create secret (type s3, key_id 'a', secret 'b')",
    "set variable a = 1",
    # changing anything
    "create table mine as select 1",
    "create temp table mine as select 1",
    "create macro mine() as 1",
    "drop table kpi_week",
    "insert into kpi_week select * from kpi_week",
    "update kpi_week set n = 0",
    "delete from kpi_week",
    "begin",
    "call checkpoint()",
    "vacuum",
    # hiding one thing in another
    "select 1; select 2",
    "select 1; copy (select 1) to '{folder}/out.csv'",
    "from query('select 1')",
    "from query_table(['{file}'])",
    "from json_execute_serialized_sql(json_serialize_sql('select 1'))",
    "prepare mine as select 1",
    "explain analyze select 1",
    # what Python holds, and addresses in memory
    "select * from secret_of_the_caller",
    "from arrow_scan(0, 0, 0)",
    "from pandas_scan(0)",
    "from python_map_function(0)",
    # what is of the machine, not of the build
    "select current_setting('secret_directory')",
    "from duckdb_settings()",
    "from duckdb_databases",
    "from pragma_database_list",
    "select name from pg_catalog.pg_settings",
    "from information_schema.tables",
    "show databases",
    "from duckdb_external_resource_types()",
    "from enable_logging()",
    "select write_log('x')",
    # ending the process: nested a hundred thousand times, this is a segmentation fault in DuckDB 2.0
    "select '[[1]]'::json::variant",
    "select try_cast('[[1]]' as struct(a variant)[])",
    "select from_json('[[1]]', '\"variant\"')",
    "select json_serialize_sql('select 1')",
    # running on in one step, which nothing interrupts
    "select levenshtein('a', 'b')",
    "select damerau_levenshtein('a', 'b')",
    # growing again and again, each time by a little
    "select length(repeat(repeat(repeat('x', 1000), 1000), 1000))",
    "select length(REPEAT(replace(regexp_replace('x', 'x', 'yyyyyyyyyyyyyyyyyyyyy'), 'y', 'zzzzzzz'), 100))",
    "select replace(kpi, 'a', iso_week) from kpi_week",
    "with recursive t(s) as (select 'x' union all select repeat(s, 10) from t) select max(length(s)) from t",
    "select length(bin(bin(bin(bin(bin(bin(bin(bin(bin(bin('x')))))))))))",
    "select bit_length(bitstring('1', 2000000000))",
    # filling memory in one step
    "select length(repeat('x', 2000000000))",
    "select length('x'.repeat(2000000000))",
    "select length(system.main.repeat('x', 2000000000))",
    "select length(lpad('x', 2000000000, 'y'))",
    "select len(range(2000000000))",
    "select len(generate_series(1, 2000000000))",
    "select len(list_resize([1], 2000000000))",
    "select printf('%2000000000d', 1)",
    "select format('{{:2000000000}}', 1)",
    "select a from range(3) t(a) where length(rpad('x', (a * 1000000000)::int, 'y')) > 1",
)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server that must never be called."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        yield server


@pytest.mark.parametrize("way", WAYS_OUT)
def test_there_is_no_way_out(way: str, cage: Cage, tmp_path: Path, listener: socket.socket) -> None:
    secret_of_the_caller = pl.DataFrame({"name": ["Anna Muster"]})
    file = tmp_path / "people.csv"
    file.write_text("Anna Muster\n")
    before = sorted(tmp_path.iterdir())
    sql = way.format(
        file=file, folder=tmp_path, people=cage.build.path / PEOPLE, port=listener.getsockname()[1]
    )
    with pytest.raises(CageError) as refused:
        cage.sql(sql)
    assert secret_of_the_caller.item() not in str(refused.value)
    assert sorted(tmp_path.iterdir()) == before
    with pytest.raises(TimeoutError):
        listener.accept()
    assert cage.sql("select count(*) as n from kpi_week").item() > 0


def test_the_build_is_not_touched(cage: Cage) -> None:
    file = cage.build.path / AGGREGATES
    before = file.stat().st_mtime_ns, file.stat().st_size
    for sql in ("from checkpoint('build')", "from force_checkpoint('build')", "from truncate_duckdb_logs()"):
        with contextlib.suppress(CageError):
            cage.sql(sql)
    assert (file.stat().st_mtime_ns, file.stat().st_size) == before


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select count(*) from range(100000000000) as a, range(100)", "longer than 0.3 s"),
        (
            "with recursive t as (select 1 as a union all select a + 1 from t) select max(a) from t",
            "longer than",
        ),
        ("select list(a || repeat('x', 1000)) from range(100000000) as t(a)", "more memory|longer than"),
        ("select * from range(1001)", "more than 1,000 rows come out"),
        ("select nn from kpi_week", 'Referenced column "nn" not found(.|\n)*Candidate bindings: "n"'),
        ("selct n from kpi_week", "syntax error"),
        ("select n as a, n as a from kpi_week", "the column a comes out more than once"),
        ("select interval 1 day as a", "a comes out as INTERVAL.* Cast it"),
        ("select [interval 1 day] as a", "in a form that no table here holds. Cast it"),
        ("select date 'infinity' as a", "dates outside of the years 1 to 9999"),
        ("select " + "(" * 5000 + "1" + ")" * 5000, "depth"),
        ("", "expected one SELECT, found nothing"),
    ],
)
def test_what_takes_too_much_or_does_not_fit_is_told(sql: str, says: str, sample_build: Build) -> None:
    with Cage(sample_build, seconds=0.3, rows=1000) as small, pytest.raises(CageError, match=says):
        small.sql(sql)


def test_an_error_about_a_value_does_not_quote_it(cage: Cage) -> None:
    with pytest.raises(CageError) as told:
        cage.sql("select cast(kpi as integer) from kpi_week")
    assert "on a value in the data, which is not shown here" in str(told.value)


def test_an_interrupted_query_does_not_end_the_next(sample_build: Build) -> None:
    with Cage(sample_build, seconds=0.2) as small:
        for _ in range(3):
            with pytest.raises(CageError, match="longer than"):
                small.sql("select count(*) from range(100000000000) as a, range(100)")
            assert small.sql("select 1 as a").item() == 1


def test_what_analysts_write_runs(cage: Cage) -> None:
    frame = cage.sql(
        "with week as (from kpi_week select kpi, iso_week, n where kpi = $kpi and dimension = 'all') "
        "select iso_week, n, lpad(n::varchar, 5, '0') as padded, "
        "replace(kpi, '_', ' ') as said, repeat('█', 30) as bar, "
        "avg(n) over (order by iso_week rows 3 preceding) as level "
        "from week, (from range(1)) order by iso_week",
        {"kpi": "emotion"},
    )
    assert frame.height > 50
    assert frame["padded"].str.len_chars().unique().to_list() == [5]
    assert cage.sql("select 1 as a, current_date as d where false").schema == {"a": pl.Int32, "d": pl.Date}
    assert cage.describe("select iso_week, n / 2 as half from kpi_week") == {
        "iso_week": "VARCHAR",
        "half": "DOUBLE",
    }


def test_many_may_ask_at_once_and_each_has_its_own_rows(cage: Cage) -> None:
    def asks(number: int) -> bool:
        frame = cage.sql("select $a as a, count(*) as n from kpi_week", {"a": number})
        return frame["a"].to_list() == [number]

    with ThreadPoolExecutor(16) as readers:
        assert all(readers.map(asks, range(200)))
    assert threading.active_count() < 100


def test_a_frozen_week_is_asked_like_a_build(tmp_path: Path) -> None:
    class Frozen:
        path, id, manifest = tmp_path, "2026-W46", {"sample": True}

    (tmp_path / "marts").mkdir()
    pl.DataFrame({"iso_week": ["2026-W46"], "n": [12]}).write_parquet(tmp_path / "marts" / "kpi_week.parquet")
    with Cage(Frozen()) as cage:
        assert cage.sql("select n from kpi_week").item() == 12
        with pytest.raises(CageError, match="outside of the build"):
            cage.sql(f"from '{tmp_path}/marts/kpi_week.parquet'")
        with pytest.raises(CageError, match="Nothing can be changed"):
            cage.sql("create table mine as select 1")


def test_a_timer_is_not_left_behind(cage: Cage) -> None:
    cage.sql("select 1")
    time.sleep(0.05)
    assert not [
        t for t in threading.enumerate() if isinstance(t, threading.Timer) and not t.finished.is_set()
    ]
