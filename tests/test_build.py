import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from pipelines.build import assemble, inputs_hash, load_checks, make, query_folders, rehearse, run_checks
from pipelines.engine.duck import open_engine, run
from pipelines.engine.graph import QueryError
from pipelines.facts import calendar, definition_days, params, rates
from pipelines.publish import run_once
from pipelines.questions import QUERIES, load_questions
from pipelines.settings import load_settings
from pipelines.sources import all_profiles
from pipelines.store import Build, Store

MakeWorkspace = Callable[..., Path]
PROFILES = tuple(all_profiles())
TABLES = "select table_name from information_schema.tables order by table_name"
CHECK = "/* ---\nabout: a test\nseverity: {}\n--- */\n{}\n"


def tables(build: Build) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of both files, in the order in which they are stored."""
    return {
        name: query(f"from {name}").rows()
        for query in (build.query, build.query_people)
        for (name,) in query(TABLES).rows()
    }


def test_the_same_landing_and_clock_give_the_same_rows_in_the_same_order(
    sample_workspace: Path, sample_build: Build
) -> None:
    settings = load_settings(sample_workspace / "careful.toml")
    made = make(settings, Store(settings.store), PROFILES, "fingerprint")
    again = Build(made.path)
    try:
        first, second = tables(sample_build), tables(again)
        assert first.keys() == second.keys()
        assert [name for name in first if first[name] != second[name]] == []
        assert made.manifest["inputs_hash"] == sample_build.manifest["inputs_hash"]
        assert made.manifest["rows"] == {name: len(rows) for name, rows in second.items()}
        assert made.path.name not in [build.id for build in Store(settings.store).builds()]
    finally:
        again.close()
        for path in sorted(made.path.rglob("*"), reverse=True):
            path.unlink()
        made.path.rmdir()


def test_what_every_viewer_may_read_holds_nothing_about_one_person(sample_build: Build) -> None:
    columns = sample_build.query("select column_name from information_schema.columns")[
        "column_name"
    ].to_list()
    assert [
        name for name in columns if name.endswith(("_key", "response_id", "interaction_id", "order_id"))
    ] == []
    people = sample_build.query_people(TABLES)["table_name"].to_list()
    assert {"customer", "purchase", "interaction", "customer_value"} <= set(people)


NOT_GROUPS = {
    "benchmark": "other companies, as published",
    "identity_summary": "one row about everyone",
    "loyalty_period": "one row about everyone",
    "loyalty_verdict": "one period of everyone",
    "settled_after": "periods of a report, not people",
    "settling_curve": "periods of a report, not people",
    "trap": "rows that are wrong, not people",
}


def test_no_published_group_is_smaller_than_the_minimum(sample_build: Build) -> None:
    counted = sample_build.query(
        "select table_name, column_name from information_schema.columns "
        "where column_name in ('n', 'customers', 'invited') order by all"
    )
    check = (QUERIES / "checks" / "no_small_group_is_published.sql").read_text(encoding="utf-8")
    for table, column in counted.rows():
        if table in NOT_GROUPS:
            continue
        smallest = sample_build.query(f"select min({column}) from {table} where {column} > 0").item()
        assert smallest is None or smallest >= 10, table
        guarded = rf"from {table} where {column} (< \$minimum_n|between 1 and \$minimum_n - 1)\n"
        assert re.search(guarded, check), f"{table} is not in the check"


def test_of_a_hidden_cell_no_verdict_is_told(sample_build: Build) -> None:
    hidden = sample_build.query(
        "from kpi_verdict anti join kpi_week using (kpi, iso_week, dimension, member)"
    )
    assert hidden.height > 0
    assert set(hidden["verdict"]) == {"too few"}
    assert hidden["change"].null_count() == hidden.height
    judged = sample_build.query("select distinct verdict from kpi_verdict")["verdict"].to_list()
    assert "no real change" in judged


# Checks


PLANTED = {
    "every_amount_has_a_rate": "insert into purchase (order_id, customer_key, amount) values ('o', 'a', 5)",
    "every_answer_is_on_its_scale": (
        "insert into answer (response_id, item, value, scale_min, scale_max) values ('r', 'emotion', 8, 1, 7)"
    ),
    "every_row_is_accounted_for": (
        "insert into landing.load (load_id, rows_read, rows_loaded, rows_quarantined, rows_duplicate) "
        "values ('l', 4, 1, 1, 1)"
    ),
    "no_cluster_is_left_for_review": "insert into identity_review (customer_key) values ('crowd')",
    "no_purchase_counts_twice": (
        "insert into purchase (order_id, customer_key, ordered_on, amount, currency, reporting_amount, source) "
        "values ('o1', 'a', '2026-11-01', 5, 'EUR', 5, 'shopify'), ('o2', 'a', '2026-11-01', 5, 'EUR', 5, 'hubspot')"
    ),
    "no_small_group_is_published": "insert into segment_matrix (value_band, customers) values ('top', 9)",
    "nobody_answers_before_being_asked": (
        "insert into interaction (interaction_id, opened_at, first_human_at) "
        "values ('i', '2026-11-01 10:00', '2026-11-01 09:59')"
    ),
    "one_row_per_key": "insert into customer (customer_key) values ('a'), ('a')",
    "purchases_know_their_customer": "insert into purchase (order_id) values ('o')",
    "successes_do_not_exceed_n": (
        "insert into kpi_window (kpi, n, successes, opposites) values ('emotion', 20, 15, 6)"
    ),
    "visitors_are_counted_over_one_week": (
        "insert into web_share_cell (share, is_additive) values ('returning', false), ('helpful', true); "
        "insert into kpi_window (kpi, weeks, n) values ('web_returning', 4, 20), ('web_helpful', 4, 20)"
    ),
    "web_rows_add_up_to_the_total": (
        "insert into landing.ga4__total (load_id, report, metric, is_additive, rows_total, api_total) "
        "values ('l', 'pages', 'event_count', true, 9, 10), ('l', 'visits', 'event_count', true, 10, 10), "
        "('l', 'users', 'active_users', false, 9, 10)"
    ),
}


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A build of no data, still in the engine."""
    config = tmp_path_factory.mktemp("nothing") / "careful.toml"
    config.write_text('[company]\nname = "Nothing"\nas_of = "2026-11-16T05:00:00Z"\n')
    settings = load_settings(config)
    with open_engine("UTC") as connection:
        nodes = assemble(connection, settings, Store(settings.store), [], PROFILES, settings.as_of())
        run(connection, nodes, params(settings, settings.as_of()))
        yield connection


def failed(connection: duckdb.DuckDBPyConnection) -> list[str]:
    bound = {"minimum_n": 10, "as_of": datetime(2026, 11, 16, 5), "currency": "EUR"}
    return [c["name"] for c in run_checks(connection, load_checks([QUERIES]), bound) if not c["passed"]]


def test_no_data_breaks_no_check(nothing: duckdb.DuckDBPyConnection) -> None:
    assert failed(nothing) == []


@pytest.mark.parametrize("check", sorted(path.stem for path in (QUERIES / "checks").glob("*.sql")))
def test_a_check_finds_its_planted_row_and_no_other_check_does(
    check: str, nothing: duckdb.DuckDBPyConnection
) -> None:
    nothing.execute("begin")
    try:
        nothing.execute(PLANTED[check])
        assert failed(nothing) == [check]
    finally:
        nothing.execute("rollback")


def test_a_failing_check_stops_the_publication_and_the_build_before_stays(
    empty_workspace: MakeWorkspace,
) -> None:
    folder = empty_workspace(run=True)
    settings = load_settings(folder / "careful.toml")
    store = Store(settings.store)
    before = store.current()
    assert before is not None
    (folder / "queries" / "checks").mkdir()
    (folder / "queries" / "checks" / "never.sql").write_text(CHECK.format("fail", "select 1 as bad"))
    record = run_once(settings)
    after = store.current()
    assert after is not None
    assert (record.outcome, record.build_id, after.id) == ("not published", None, before.id)
    assert record.reason == "a check failed: never (1 rows)"
    assert [path.name for path in store.builds_folder.iterdir()] == [before.id]
    (folder / "queries" / "checks" / "never.sql").write_text(CHECK.format("warn", "select 1 as bad"))
    assert run_once(settings).outcome == "published"
    published = store.current()
    assert published is not None
    warned = published.query("select name, severity, rows from check_result where not passed").rows()
    assert warned == [("never", "warn", 1)]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (CHECK.format("fial", "select 1"), r"severity: Input should be 'fail' or 'warn'"),
        (CHECK.format("fail", "select $minimum"), r"the parameter \$minimum is not one of as_of"),
        (CHECK.format("fail", "select no_such from kpi_window"), r"BinderException"),
        (CHECK.format("fail", "select ("), r"ParserException"),
    ],
)
def test_a_check_that_can_not_run_is_named_with_the_reason(
    content: str, says: str, empty_workspace: MakeWorkspace
) -> None:
    folder = empty_workspace(files={"queries/checks/broken.sql": content})
    with pytest.raises(QueryError, match=says) as caught:
        rehearse(load_settings(folder / "careful.toml"), PROFILES)
    assert "checks/broken.sql" in str(caught.value)


# Definitions


@pytest.mark.endure
def test_a_definition_is_as_old_as_its_last_change(empty_workspace: MakeWorkspace) -> None:
    folder = empty_workspace(run=True)
    settings = load_settings(folder / "careful.toml")
    product = (QUERIES / "questions" / "feelings" / "emotion.sql").read_text(encoding="utf-8")
    own = folder / "queries" / "questions" / "feelings" / "emotion.sql"
    own.parent.mkdir(parents=True)

    def days(as_of: str, emotion: str) -> dict[str, date]:
        text = settings.path.read_text(encoding="utf-8")
        settings.path.write_text(
            re.sub(r'as_of = ".*"', f'as_of = "{as_of}T05:00:00Z"', text), encoding="utf-8"
        )
        own.write_text(emotion, encoding="utf-8")
        assert run_once(load_settings(settings.path)).outcome == "published"
        build = Store(settings.store).current()
        assert build is not None
        told = dict(build.query("select kpi, changed_on from definition").rows())
        assert told == {
            kpi: date.fromisoformat(one["changed_on"]) for kpi, one in build.manifest["definitions"].items()
        }
        return told

    stricter = product.replace("cut_off: 6–7", "cut_off: only 7")
    first, second, third, fourth = (
        date(2026, 11, 16),
        date(2026, 11, 23),
        date(2026, 11, 30),
        date(2026, 12, 7),
    )
    assert set(days("2026-11-23", product).values()) == {first}
    assert days("2026-11-30", stricter) == days("2026-12-07", stricter)
    assert days("2026-12-14", stricter)["emotion"] == third
    assert days("2026-12-14", stricter)["trust"] == first
    assert days("2026-12-07", product)["emotion"] == fourth
    assert second not in days("2026-12-14", product).values()


def test_without_a_build_before_a_definition_is_as_old_as_the_build_in_the_companys_zone() -> None:
    (question,) = [q for q in load_questions() if q.header.kpi == "emotion"]
    late = datetime(2026, 11, 15, 23, 30)
    told = definition_days([question], {}, late, ZoneInfo("Europe/Zurich"))
    assert told == {"emotion": {"hash": question.definition_hash, "changed_on": "2026-11-16"}}
    other = {"emotion": {"hash": "another", "changed_on": "2026-01-01"}}
    assert definition_days([question], other, late, ZoneInfo("UTC"))["emotion"]["changed_on"] == "2026-11-15"


# Queries of the workspace


MODEL = "/* ---\nabout: ours\n--- */\n{}\n"


def test_a_workspaces_queries_are_laid_over_the_products(empty_workspace: MakeWorkspace) -> None:
    folder = empty_workspace(
        files={
            "queries/marts/goal.sql": MODEL.format(
                "select 'ours' as goal_id, 'emotion' as kpi, 0.5 as target_share, date '2026-12-31' as due_on, "
                "'us' as owner"
            ),
            "queries/marts/extra.sql": MODEL.format("select count(*) as goals from goal"),
        },
        run=True,
    )
    build = Store(folder / "store").current()
    assert build is not None
    assert build.query("select goal_id, kpi from goal").rows() == [("ours", "emotion")]
    assert build.query("from extra").rows() == [(1,)]
    assert build.query("select count(*) from kpi_window").item() == 0
    assert {"marts/extra", "marts/goal", "marts/kpi_window"} <= build.manifest["queries"].keys()


@pytest.mark.parametrize(
    ("path", "sql", "says"),
    [
        ("marts/clock.sql", "select now() as a", "clock or chance of its own"),
        ("marts/lost.sql", "select a from nowhere", "reads nowhere, which nothing makes"),
        ("marts/typo.sql", "select nn from kpi_window", "BinderException"),
        ("core/goal.sql", "select 1 as a", "goal is made twice"),
    ],
)
def test_a_broken_query_of_a_workspace_publishes_nothing_and_is_named(
    path: str, sql: str, says: str, empty_workspace: MakeWorkspace
) -> None:
    folder = empty_workspace(files={f"queries/{path}": MODEL.format(sql)})
    settings = load_settings(folder / "careful.toml")
    with pytest.raises(QueryError, match=says) as caught:
        run_once(settings)
    assert path in str(caught.value)
    store = Store(settings.store)
    assert store.current() is None
    assert not store.builds_folder.exists() or list(store.builds_folder.iterdir()) == []
    assert store.runs()[0]["reason"] == str(caught.value)


def test_a_changed_query_rate_or_setting_is_another_build(empty_workspace: MakeWorkspace) -> None:
    folder = empty_workspace()
    settings = load_settings(folder / "careful.toml")

    def current_hash() -> str:
        return inputs_hash(settings, Store(settings.store), settings.as_of())

    hashes = [current_hash(), current_hash()]
    (folder / "queries" / "marts").mkdir()
    (folder / "queries" / "marts" / "extra.sql").write_text(MODEL.format("select 1 as a"))
    hashes.append(current_hash())
    (folder / "rates.csv").write_text("currency,valid_from,rate_to_reporting\nCHF,2026-01-01,1.05\n")
    hashes.append(current_hash())
    settings.path.write_text(settings.path.read_text() + "\n[sources.shopify]\nevery_days = 3\n")
    hashes.append(current_hash())
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 4


def test_no_query_looks_at_the_clock() -> None:
    clock = re.compile(
        r"\b(now\s*\(|today\s*\(|current_(date|time)|localtime|get_current|transaction_timestamp)", re.I
    )
    for path in sorted(QUERIES.rglob("*.sql")):
        assert clock.search(path.read_text(encoding="utf-8")) is None, path


def test_the_products_queries_stand_alone_without_a_workspaces(empty_workspace: MakeWorkspace) -> None:
    folder = empty_workspace()
    assert query_folders(load_settings(folder / "careful.toml")) == [QUERIES, folder / "queries"]
    (folder / "queries").rmdir()
    assert query_folders(load_settings(folder / "careful.toml")) == [QUERIES]


# Facts


@pytest.mark.parametrize(
    ("as_of", "zone", "open_week", "last_closed_on"),
    [
        (datetime(2026, 11, 16, 5), "Europe/Zurich", "2026-W47", date(2026, 11, 15)),
        (datetime(2026, 11, 15, 22, 59), "Europe/Zurich", "2026-W46", date(2026, 11, 8)),
        (datetime(2026, 11, 15, 23), "Europe/Zurich", "2026-W47", date(2026, 11, 15)),
        (datetime(2026, 11, 16, 5), "America/Los_Angeles", "2026-W46", date(2026, 11, 8)),
        (datetime(2027, 1, 2, 12), "UTC", "2026-W53", date(2026, 12, 27)),
    ],
)
def test_a_week_closes_at_midnight_of_the_companys_zone(
    as_of: datetime, zone: str, open_week: str, last_closed_on: date
) -> None:
    days = calendar(as_of, ZoneInfo(zone))
    closed = days.filter("is_closed")
    assert closed["date_on"].max() == last_closed_on
    assert set(days.filter(~days["is_closed"])["iso_week"]) == {open_week}
    assert days.group_by("iso_week").len()["len"].unique().to_list() == [7]
    assert days["date_on"].n_unique() == days.height


def test_a_rate_is_valid_until_the_next_one_of_its_currency(empty_workspace: MakeWorkspace) -> None:
    text = "currency,valid_from,rate_to_reporting\nUSD,2026-01-01,0.9\nCHF,2026-02-01,1.07\nCHF,2026-01-01,1.05\n"
    folder = empty_workspace(files={"rates.csv": text})
    assert rates(load_settings(folder / "careful.toml")).rows() == [
        ("CHF", date(2026, 1, 1), 1.05, date(2026, 2, 1)),
        ("CHF", date(2026, 2, 1), 1.07, date(9999, 1, 1)),
        ("USD", date(2026, 1, 1), 0.9, date(9999, 1, 1)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "currency,from,rate\nCHF,2026-01-01,1.05\n",
        "currency,valid_from,rate_to_reporting\nCHF,01.01.2026,1.05\n",
        'currency,valid_from,rate_to_reporting\nCHF,2026-01-01,"1,05"\n',
    ],
)
def test_rates_that_can_not_be_read_are_refused_with_the_file(
    text: str, empty_workspace: MakeWorkspace
) -> None:
    folder = empty_workspace(files={"rates.csv": text})
    with pytest.raises(QueryError, match=r"rates\.csv: expected the columns currency,valid_from,rate_to_rep"):
        rates(load_settings(folder / "careful.toml"))
