"""Every page in every state says something true, and never an error."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pipelines.store import Build

Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]

PAGES = (
    "this_week", "feelings_and_loyalty", "top_customers", "did_it_work", "digital_journey", "data_health", "meanings",
    "this_weeks_care", "try_something",
)  # fmt: skip


COMPANIES = (
    "company_without_surveys", "company_with_late_tickets", "company_without_last_week", "company_without_google"
)  # fmt: skip
HURT_MOST = ("company_without_surveys-feelings_and_loyalty", "company_without_google-digital_journey")


@pytest.mark.parametrize(
    ("company", "page"),
    [
        pytest.param(company, page, marks=() if f"{company}-{page}" in HURT_MOST else pytest.mark.endure)
        for company in COMPANIES
        for page in PAGES
    ],
)
def test_no_page_breaks(
    page: str, company: str, open_page: Open, request: pytest.FixtureRequest, said: Said
) -> None:
    app = open_page(request.getfixturevalue(company), page)
    assert not app.exception
    assert len(app.title) == 1
    assert "nan" not in said(app).lower().split()
    assert "None" not in said(app).split()


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_company_is_told_what_is_needed(
    page: str, open_page: Open, empty_workspace: Callable[..., Path], said: Said
) -> None:
    app = open_page(empty_workspace(run=True), page)
    assert not app.exception
    assert page == "meanings" or "Needed: " in said(app) or "Here is a survey" in said(app)


def test_before_the_first_publication_the_two_commands_are_named(
    open_page: Open, empty_workspace: Callable[..., Path]
) -> None:
    app = open_page(empty_workspace())
    assert not app.exception
    assert app.title[0].value == "Nothing is published yet"
    assert "careful run" in app.code[0].value
    assert "careful serve" in app.code[0].value


def test_without_settings_the_way_to_the_sample_is_shown(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = open_page(tmp_path)
    assert not app.exception
    assert app.code[0].value == "careful up"


def test_a_published_build_that_is_gone_is_said_with_what_to_do(
    open_page: Open, empty_workspace: Callable[..., Path]
) -> None:
    folder = empty_workspace()
    (folder / "store").mkdir()
    (folder / "store" / "current").write_text("20261116T050000-gone", encoding="utf-8")
    app = open_page(folder)
    assert not app.exception
    assert app.title[0].value == "The published numbers are missing"
    assert "careful run" in app.text[0].value


def test_without_surveys_no_feeling_is_claimed(
    open_page: Open, company_without_surveys: Path, said: Said
) -> None:
    app = open_page(company_without_surveys)
    assert "We can't say yet how customers feel: too few have answered these questions." in said(app)
    assert not [metric for metric in app.metric if metric.label == "Felt well cared for"]
    assert [metric for metric in app.metric if metric.label == "Reached a person within the promise"]
    assert "feel" not in app.title[0].value


@pytest.mark.endure
def test_a_late_source_is_said_beside_the_number_it_hurts_and_not_beside_others(
    open_page: Open, company_with_late_tickets: Path, said: Said
) -> None:
    app = open_page(company_with_late_tickets)
    assert "late" in app.main.markdown[0].value
    told = [text.value for text in app.markdown if " reach to " in text.value]
    assert told
    assert all("tickets reach to Sunday 8 November only" in text for text in told)
    assert "Incomplete" in said(app)
    assert "fewer reached a person" not in said(app), "an incomplete week is not compared"


@pytest.mark.endure
def test_a_week_that_is_not_in_yet_is_not_called_quiet(
    open_page: Open, company_without_last_week: Path, said: Said
) -> None:
    app = open_page(company_without_last_week)
    assert app.title[0].value == "This week is not in yet."
    assert "Sample company" not in said(app)


@pytest.mark.endure
def test_a_long_name_with_marks_of_markdown_is_shown_as_it_is(
    open_page: Open, company_without_last_week: Path, said: Said
) -> None:
    app = open_page(company_without_last_week)
    assert "Zürcher Feinkost- & Versandhandels AG *$_" in said(app)


def test_a_group_under_the_smallest_number_is_hidden_and_says_so(
    open_page: Open, sample_workspace: Path, sample_build: Build, said: Said
) -> None:
    small = sample_build.query(
        "select member from kpi_window where dimension = 'region' group by member "
        "having max(iso_week) < '2026-W46' order by member"
    )["member"]
    app = open_page(sample_workspace, region=small[0])
    hidden = [metric for metric in app.metric if metric.value == "–"]
    assert hidden
    assert "Too few to show: under 10" in said(app)
    assert "Not broken down by region" in said(app)
