from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.build import inputs_hash, rehearse
from pipelines.door.land import read_loads
from pipelines.engine.duck import open_engine, run, unions
from pipelines.engine.graph import QueryError, in_order
from pipelines.ga4.reports import load_reports
from pipelines.ga4.tables import FACTS, WINDOW, register_web, staging_models
from pipelines.publish import run_once
from pipelines.questions import QUERIES
from pipelines.settings import GA4, load_settings
from pipelines.sources import all_profiles
from pipelines.store import Store
from sample_data.ga4_server import Ga4Server
from tests.ga4.company import DAILY, PAGES, Company

MakeWorkspace = Callable[..., Path]
NOW = datetime(2026, 11, 16, 5)
DAY = timedelta(days=1)
HELP = PAGES.replace("[day]", "[week]") + "filters: {pagePath: {begins_with: /help}}\n"


@pytest.fixture
def company(tmp_path: Path, rest_settings: GA4) -> Company:
    asking = rest_settings.model_copy(update={"since": date(2026, 11, 1)})
    return Company(tmp_path / "company", asking, daily=DAILY, help=HELP)


def test_a_company_without_a_website_has_every_table_without_rows(tmp_path: Path) -> None:
    reports = load_reports([QUERIES])
    with open_engine("UTC") as connection:
        names = register_web(connection, Store(tmp_path), [], reports, NOW)
        assert {f"landing.ga4__{name}" for name in reports} | set(FACTS) < set(names)
        rows = {name: connection.execute(f"select count(*) from {name}").fetchall()[0][0] for name in names}
        assert {name for name, n in rows.items() if n} == {"web_report", "web_metric"}
        kinds = dict(row[:2] for row in connection.execute("describe from landing.ga4__purchases").fetchall())
        described = [row[0] for row in connection.execute("describe from landing.ga4__window").fetchall()]
    assert described == list(WINDOW)
    assert kinds["purchase_revenue"] == "DECIMAL(18,4)"
    assert kinds["total_purchasers"] == "BIGINT"
    assert (kinds["period_start_on"], kinds["pulled_at"], kinds["currency"]) == (
        "DATE",
        "TIMESTAMP",
        "VARCHAR",
    )


def test_every_query_of_the_product_runs_on_a_company_without_a_website(
    empty_workspace: MakeWorkspace,
) -> None:
    settings = load_settings(empty_workspace() / "careful.toml")
    assert rehearse(settings, all_profiles())["nodes"] > 0


def test_the_facts_say_what_is_asked_and_which_metrics_add_up(company: Company) -> None:
    assert company.rows("from web_report order by all") == [
        ("daily", "How many?", "us", "day", "", 3),
        ("help", "Which pages?", "us", "week", "page_path", 3),
    ]
    assert company.rows("from web_metric where report = 'help' order by all") == [
        ("help", "active_users", "activeUsers", False),
        ("help", "screen_page_views", "screenPageViews", True),
    ]


def test_a_period_that_lost_all_its_rows_has_none(company: Company, server: Ga4Server) -> None:
    company.pull(NOW)
    assert company.rows("select count(*) from landing.ga4__help") != [(0,)]
    server.thresholding(1_000)
    server.now = NOW + DAY
    company.pull(NOW + DAY, since=date(2026, 11, 1))
    assert company.rows("select count(*) from landing.ga4__help") == [(0,)]
    weeks = company.rows(
        "select count(*), bool_and(is_thresholded) from landing.ga4__window where report = 'help' and pulled_at = "
        "(select max(pulled_at) from landing.ga4__window)"
    )
    assert weeks == [(4, True)]


def test_what_a_report_said_when_it_asked_something_else_is_not_read(company: Company) -> None:
    company.pull(NOW)
    path = company.settings.workspace / "queries" / "ga4" / "daily.yaml"
    path.write_text(DAILY.replace("sessions", "newUsers"))
    assert company.rows("select count(*) from landing.ga4__daily") == [(0,)]
    assert company.rows("select count(*) from landing.ga4__said where report = 'daily'") == [(0,)]
    company.pull(NOW)
    assert company.rows("select count(new_users), count(*) from landing.ga4__daily") == [(15, 15)]


def test_each_time_has_the_tables_that_were_known_then(company: Company, server: Ga4Server) -> None:
    company.pull(NOW)
    then = company.tables(NOW)
    server.now = NOW + DAY
    company.pull(NOW + DAY)
    assert company.tables(NOW) == then
    assert len(company.tables()["web_pull"]) == 2


def test_a_pull_alone_makes_another_build(company: Company) -> None:
    settings = company.at(NOW)
    before = inputs_hash(settings, company.store, NOW)
    company.pull(NOW)
    assert inputs_hash(settings, company.store, NOW) != before


def test_a_custom_dimension_may_be_called_like_a_word_of_sql(
    tmp_path: Path, rest_settings: GA4, server: Ga4Server
) -> None:
    fields = server.main.catalogue.dimensions
    fields["customEvent:order"] = replace(fields.pop("customEvent:helpful"), name="customEvent:order")
    asking = rest_settings.model_copy(update={"since": date(2026, 11, 1)})
    ours = Company(tmp_path / "words", asking, words=DAILY + "dimensions: ['customEvent:order']\n")
    assert ours.pull(NOW).problems == []
    assert ("yes",) in ours.rows('select distinct "order" from landing.ga4__words')
    (model,) = staging_models(load_reports([ours.settings.workspace / "queries"]), [])
    assert ("order", "yes") in ours.rows(f"select distinct dimension, member from ({model.sql})")


def test_a_grain_that_a_report_has_no_more_is_not_shown_as_it_was(company: Company) -> None:
    path = company.settings.workspace / "queries" / "ga4" / "daily.yaml"
    path.write_text(DAILY.replace("[day]", "[day, week]"))
    company.pull(NOW)
    path.write_text(DAILY)
    asked = "select distinct grain from landing.ga4__daily union all select distinct grain from landing.ga4__window "
    assert company.rows(asked + "where report = 'daily'") == [("day",), ("day",)]


def test_every_report_feeds_the_canonical_periods(company: Company) -> None:
    company.pull(NOW)
    reports = load_reports([company.settings.workspace / "queries"])
    models = staging_models(reports, [])
    with open_engine("UTC") as connection:
        register_web(connection, company.store, read_loads(company.store), reports, NOW)
        run(
            connection,
            in_order([*models, *unions(models)], [f"landing.{r.table}" for r in reports.values()]),
            {},
        )
        assert connection.execute(
            "select grain, dimension, metric, count(*), min(currency), min(shape), min(pulled_at) "
            "from staged.web_period where period_start_on <= '2026-11-15' group by all order by all"
        ).fetchall() == [
            ("day", "", "active_users", 15, "EUR", "api", NOW),
            ("day", "", "sessions", 15, "EUR", "api", NOW),
            ("week", "page_path", "active_users", 6, "EUR", "api", NOW),
            ("week", "page_path", "screen_page_views", 6, "EUR", "api", NOW),
        ]
        members = connection.execute("select distinct member from staged.web_period where report = 'help'")
        assert sorted(members.fetchall()) == [("/help/returns",), ("/help/sizes",)]


def test_two_dimensions_are_one_member_whose_parts_are_in_the_order_of_the_file() -> None:
    reports = load_reports([QUERIES])
    model = next(m for m in staging_models(reports, []) if m.table == "staging.ga4__helpful_pages")
    assert "'page_path · helpful' as dimension" in model.sql
    assert '"page_path" || \' · \' || "helpful" as member' in model.sql


def test_a_report_that_is_called_like_a_kind_of_file_is_refused() -> None:
    reports = load_reports([QUERIES])
    with pytest.raises(QueryError, match=r"queries/ga4: ga4__visitors is taken"):
        staging_models(reports, ["ga4__visitors", "shopify__order"])


def test_a_build_publishes_what_was_pulled(company: Company) -> None:
    company.pull(NOW)
    company.ask(properties=("1",))
    made = run_once(company.at(NOW))
    assert made.outcome == "published"
    build = company.store.current()
    assert build is not None
    (pull,) = build.query("from web_pull where property_id <> '1'").to_dicts()
    assert (pull["outcome"], pull["windows_pulled"]) == ("complete", 2)
    assert build.query("select count(*) from web_problem").item() == 1, "the property that is not there"
    health = build.query(
        "select object, rows_loaded, is_late from data_health where source = 'ga4' order by all"
    )
    assert health.rows() == [("daily", 15, False), ("help", 6, False)]
    build.close()
