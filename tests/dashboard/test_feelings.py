"""The page Feelings and loyalty, for a company with everything and for those that ask little."""

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from pipelines.store import AGGREGATES, Build, Store

Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Altered = Callable[..., Path]

PAGE = "feelings_and_loyalty"
SURVEY = (
    "success",
    "effort",
    "emotion",
    "purchase_more",
    "recommend",
    "forgive",
    "trust",
    "valued",
    "understood",
)
NEW_TABLES = (
    "driver_importance", "intent_behaviour", "kpi_weighted", "representativeness", "reach_group", "league",
    "kpi_mix_adjusted", "sales_at_risk", "series_break", "benchmark",
)  # fmt: skip


@pytest.fixture
def altered(sample_workspace: Path, tmp_path: Path) -> Altered:
    """A company whose build is the sample's after some statements."""

    def make(*statements: str) -> Path:
        shutil.copytree(sample_workspace / "store" / "builds", tmp_path / "store" / "builds")
        shutil.copyfile(sample_workspace / "store" / "current", tmp_path / "store" / "current")
        shutil.copyfile(sample_workspace / "careful.toml", tmp_path / "careful.toml")
        build = Store(tmp_path / "store").current()
        assert build is not None
        with duckdb.connect(str(build.path / AGGREGATES)) as file:
            for statement in statements:
                file.execute(statement)
        return tmp_path

    return make


def without(*kpis: str) -> tuple[str, ...]:
    """Statements that leave a build as if these had never been asked."""
    names = ", ".join(f"'{kpi}'" for kpi in kpis)
    return (
        *(
            f"delete from {table} where kpi in ({names})"
            for table in ("kpi_window", "kpi_week", "kpi_verdict", "league")
        ),
        f"delete from loyalty_table where driver in ({names}) or behaviour in ({names})",
        f"delete from driver_importance where driver in ({names})",
        f"update loyalty_verdict set verdict = 'not enough data' where behaviour in ({names})",
        f"delete from intent_behaviour where item in ({names})",
    )


def headers(app: AppTest) -> list[str]:
    return [header.value for header in app.header]


def test_the_page_tells_its_eight_things_in_this_order(open_page: Open, sample_workspace: Path) -> None:
    app = open_page(sample_workspace, PAGE)
    assert not app.exception
    wanted = [
        "Does feeling go with loyalty here?", "Who leads", "What matters, and how we do",
        "What people say, and what they did", "How customers felt", "Who we hear, and who we do not",
        "What bad experiences may cost", "Other scores you collect",
    ]  # fmt: skip
    assert [header for header in headers(app) if header in wanted] == wanted


def test_four_views_are_one_click_down_and_each_says_what_it_guards_against(
    open_page: Open, sample_workspace: Path, said: Said
) -> None:
    app = open_page(sample_workspace, PAGE)
    tabs = [tab.label for tab in app.tabs]
    assert {
        "As the article counts",
        "Same-size groups",
        "The other two held equal",
        "Share explained",
    } <= set(tabs)
    assert said(app).count("Guards against") >= 3


def test_importance_is_never_called_a_cause(open_page: Open, sample_workspace: Path, said: Said) -> None:
    told = said(open_page(sample_workspace, PAGE))
    assert "Share of explained variation, not cause." in told
    for word in ("drives loyalty", "counts most", "makes customers loyal", "key driver"):
        assert word not in told


def test_published_figures_carry_year_n_scale_and_country_and_the_unlike_are_refused(
    open_page: Open, sample_workspace: Path, tables_opened: Callable[[AppTest], AppTest]
) -> None:
    app = tables_opened(open_page(sample_workspace, PAGE))
    tables = [set(table.value.columns) for table in app.dataframe]
    assert any(
        {"Published", "Year", "Asked", "Scale", "Counted", "Country", "Source"} <= columns
        for columns in tables
    )
    assert any({"Published", "Why not shown"} <= columns for columns in tables)


def test_cautious_figures_of_the_build_are_on_the_page(
    open_page: Open, sample_workspace: Path, sample_build: Build, said: Said
) -> None:
    told = said(open_page(sample_workspace, PAGE))
    did = sample_build.query(
        "select share from intent_behaviour where item = 'purchase_more' and level = 'high' and share is not null"
    )
    if did.height:
        assert f"Of 100 who said they would buy more, {did.item() * 100:.0f} ordered within 180 days" in told
    else:
        assert "have had time to do it" in told or "has had half a year to do it yet" in told
    bounds = sample_build.query(
        "select bound_low, bound_high from kpi_weighted where kpi = 'emotion' and bound_low is not null "
        "order by iso_week desc, weeks limit 1"
    )
    assert bounds.height
    assert "Even if everybody silent felt bad, or everybody felt good" in told


def test_the_filter_says_that_it_is_about_the_cards_only(
    open_page: Open, sample_workspace: Path, said: Said
) -> None:
    everyone = open_page(sample_workspace, PAGE)
    family = open_page(sample_workspace, PAGE, segment="Family")
    assert "everything else on this page is about all customers" in said(family)
    assert family.title[0].value == everyone.title[0].value
    assert not family.exception


def test_the_long_look_follows_the_address(open_page: Open, sample_workspace: Path) -> None:
    app = open_page(sample_workspace, PAGE)
    assert {"trust", "recommend"} <= set(app.selectbox(key="long_look").options) or {
        "Would trust us", "Would recommend us",
    } <= set(app.selectbox(key="long_look").options)  # fmt: skip
    app.selectbox(key="long_look").select("trust").run()
    assert not app.exception


def test_a_build_from_before_these_tables_still_shows_what_it_has(
    open_page: Open, altered: Altered, said: Said
) -> None:
    app = open_page(altered(*(f"drop table if exists {table}" for table in NEW_TABLES)), PAGE)
    assert not app.exception
    assert "Does feeling go with loyalty here?" in headers(app)
    assert "What bad experiences may cost" not in headers(app)


def test_empty_tables_are_said_and_are_no_error(open_page: Open, altered: Altered, said: Said) -> None:
    app = open_page(altered(*(f"delete from {table}" for table in NEW_TABLES)), PAGE)
    assert not app.exception
    told = said(app)
    assert "Too few have answered all these questions" in told
    assert "Too few felt bad, or too little time has passed" in told


def test_a_company_with_only_nps_sees_it_first_and_what_is_missing(
    open_page: Open, altered: Altered, said: Said
) -> None:
    others = ("csat", "ces", "ticket_satisfaction", "showed_they_cared", "listened", "had_to_repeat")
    app = open_page(altered(*without(*SURVEY, *others)), PAGE)
    assert not app.exception
    assert app.title[0].value == "We can't say yet what goes with loyalty here."
    assert headers(app)[0] == "What you do ask"
    assert [metric.label for metric in app.metric] == ["Net Promoter Score"]
    assert "how easy it was" in said(app)


def test_without_emotion_nothing_is_compared_and_the_rest_is_shown(
    open_page: Open, altered: Altered, said: Said
) -> None:
    gone = "update loyalty_verdict set verdict = 'not enough data'"
    app = open_page(altered(*without("emotion"), "delete from loyalty_table", gone), PAGE)
    assert not app.exception
    assert "how they felt" in said(app)
    assert "Got done what they came for" in [metric.label for metric in app.metric]


def test_a_behaviour_that_is_not_asked_is_named(open_page: Open, altered: Altered, said: Said) -> None:
    app = open_page(altered(*without("forgive")), PAGE)
    assert not app.exception
    assert "Too few were asked whether they would forgive us a mistake." in said(app)


def test_few_answers_are_a_hint_and_no_verdict(open_page: Open, altered: Altered, said: Said) -> None:
    few = (
        "update loyalty_table set n = 45",
        "update loyalty_verdict set n = 80, verdict = 'not enough data'",
    )
    app = open_page(altered(*few), PAGE)
    assert not app.exception
    assert app.title[0].value == "Too few answers yet to say what goes with loyalty."
    assert "Too few answers to say" in said(app)


def test_a_company_that_asked_nobody_gets_the_survey(
    open_page: Open, company_without_surveys: Path, said: Said
) -> None:
    app = open_page(company_without_surveys, PAGE)
    assert not app.exception
    assert "survey of nine questions" in said(app)
    assert "What matters, and how we do" not in headers(app)
