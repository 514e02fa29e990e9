from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from pipelines.engine.graph import Measure, Model, ModelHeader, QueryError, in_order, load_models, needed_for
from pipelines.questions import QUERIES

WriteQuery = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> WriteQuery:
    """Writes `queries/<name>.sql` with a header and returns its folder."""

    def writes(name: str, sql: str, header: str = "about: a test") -> Path:
        path = tmp_path / "queries" / f"{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"/* ---\n{header}\n--- */\n{sql}\n", encoding="utf-8")
        return tmp_path / "queries"

    return writes


def model(sql: str, table: str = "one") -> Model:
    return Model(table, "core", sql, ModelHeader(about="a test"))


def test_a_node_runs_after_all_that_it_reads(write: WriteQuery) -> None:
    write("marts/last", "select n from middle join measured on true")
    write("core/middle", "select n from staging.first")
    folder = write("staging/first", "select n from landing.given")
    measured = Measure(
        "measuring", frozenset({"middle"}), ("measured",), lambda frames: {"measured": pl.DataFrame()}
    )
    order = [node.name for node in in_order([*load_models([folder]), measured], ["landing.given"])]
    assert order == ["staging.first", "middle", "measuring", "last"]


@pytest.mark.parametrize(("table", "names"), [("c", "abc"), ("b", "ab"), ("d", "d"), ("nothing", "")])
def test_only_what_a_table_rests_on_is_needed(table: str, names: str) -> None:
    reads = {"a": (), "b": ("a", "given"), "c": ("b", "a"), "d": (), "e": ("c", "what nothing makes")}
    nodes = [Measure(name, frozenset(read), (name,), dict) for name, read in reads.items()]
    assert sorted(node.name for node in needed_for(table, nodes)) == list(names)


def test_what_a_query_reads_is_found_wherever_it_stands() -> None:
    sql = """
        with shadow as (select * from shadow), other as (select a from landing.deep)
        select a from (select a from nested) as n
        join other on other.a in (select a from within) and exists (select 1 from there where there.a = n.a)
        union all select a from shadow
    """
    assert model(sql).inputs == {"shadow", "landing.deep", "nested", "within", "there"}


def test_a_table_that_nothing_makes_is_named_with_the_file_that_reads_it(write: WriteQuery) -> None:
    folder = write("core/reader", "select a from custmer")
    with pytest.raises(QueryError, match=r"core/reader\.sql reads custmer, which nothing makes"):
        in_order(load_models([folder]), [])


def test_a_table_made_twice_names_both_files(write: WriteQuery) -> None:
    write("core/twin", "select 1 as a")
    folder = write("marts/other", "select 1 as a")
    twin = Measure("statistic", frozenset(), ("twin",), lambda frames: {})
    with pytest.raises(QueryError, match=r"twin is made twice, by .*core/twin\.sql and by statistic"):
        in_order([*load_models([folder]), twin], [])


def test_a_circle_names_its_files(write: WriteQuery) -> None:
    write("core/hen", "select a from egg")
    folder = write("core/egg", "select a from hen")
    with pytest.raises(QueryError, match=r"circle: .*\.sql → .*\.sql") as caught:
        in_order(load_models([folder]), [])
    assert "core/hen.sql" in str(caught.value)
    assert "core/egg.sql" in str(caught.value)


def test_a_query_that_reads_itself_is_a_circle(write: WriteQuery) -> None:
    folder = write("core/self", "select a from self")
    with pytest.raises(QueryError, match="circle"):
        in_order(load_models([folder]), [])


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("about: x\ngrian: [a]", r"the header key 'grian' is not known\. Did you mean 'grain'\?"),
        ("about: x\nzzz: 1", r"'zzz' is not known\. Known are about, columns, feeds, grain"),
        ("owner: us", r"the header lacks about\. The smallest header has the lines about\."),
        ("about: x\npublish: people_only", r"publish: Input should be 'careful', 'people' or 'none'"),
        ("about: x\non: 1", r"should be strings"),
        ("- a list", "not a YAML mapping"),
        ("about: [", "the header is not YAML"),
    ],
)
def test_a_header_that_breaks_its_contract_is_refused_with_the_file_and_the_mend(
    write: WriteQuery, header: str, says: str
) -> None:
    folder = write("core/any", "select 1 as a", header)
    with pytest.raises(QueryError, match=says) as caught:
        load_models([folder])
    assert "core/any.sql" in str(caught.value)


def test_a_file_without_a_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "core" / "bare.sql"
    path.parent.mkdir()
    path.write_text("select 1 as a")
    with pytest.raises(QueryError, match=r"bare\.sql: expected a header"):
        load_models([tmp_path])


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select (1 as a", "does not parse"),
        ("select 'open as a", "does not parse"),
        ("select 1 as a; select 2 as a", r"expected one SELECT, found SELECT, SELECT"),
        ("delete from a", "expected one SELECT, found DELETE"),
        ("pivot a on b using sum(c)", "found PIVOT"),
        ("", "found nothing"),
    ],
)
def test_only_one_readable_select_is_a_query(sql: str, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        _ = model(sql).tree


def test_a_later_folder_replaces_the_same_path_and_adds_its_own(write: WriteQuery, tmp_path: Path) -> None:
    product = write("core/shared", "select 1 as a")
    own = tmp_path / "own" / "core"
    own.mkdir(parents=True)
    (own / "shared.sql").write_text("/* ---\nabout: ours\n--- */\nselect 2 as a")
    (own / "extra.sql").write_text("/* ---\nabout: ours\n--- */\nselect 3 as a")
    models = {m.table: m for m in load_models([product, tmp_path / "own"])}
    assert models["shared"].sql == "select 2 as a"
    assert models["extra"].header.about == "ours"


def test_core_goes_to_people_and_marts_to_everybody_unless_the_header_says_otherwise() -> None:
    models = {m.table: m for m in load_models([QUERIES])}
    assert models["customer"].publish == "people"
    assert models["kpi_window"].publish == "careful"
    assert models["customer_value"].publish == "people"
    assert models["kpi_event"].publish == "none"
    assert models["staging.shopify__order"].publish == "none"
