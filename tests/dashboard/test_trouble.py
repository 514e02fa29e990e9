"""A company in trouble: what was refused, set aside or not understood is said where it matters, and once."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import arrivals, health, words
from dashboard.arrivals import Late, Unread
from pipelines.publish import run_once
from tests.snapshot.company import Company, contacts

Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]

SURVEY = ("startDate", "recordedDate", "_recordId", "status", "finished", "QID1")
FEEDBACK = "Response ID,Survey Type,Rating,Submission Date\n1,NPS,9,soon\n"
LINES = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


def survey() -> str:
    """Twelve finished answers to a question that nobody mapped."""
    about = ",".join('"' + json.dumps({"ImportId": name}).replace('"', '""') + '"' for name in SURVEY)
    rows = [f"2026-11-12 09:00:00,2026-11-12 09:05:00,R_{n},0,1,{n % 7 + 1}" for n in range(12)]
    return "\n".join([",".join(SURVEY), ",".join(SURVEY), about, *rows]) + "\n"


@pytest.fixture(scope="module")
def company_in_trouble(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Much was refused, long ago and lately; a row was set aside; a survey came whose question is not mapped."""
    company = Company(tmp_path_factory.mktemp("trouble") / "company")
    company.arrives("long_ago.csv", "a,b\n9,2\n", "2026-10-01T04:00")
    company.arrives("contacts.csv", contacts(range(20)), "2026-11-16T04:00")
    company.arrives("answers.csv", survey(), "2026-11-16T04:00")
    company.arrives("feedback.csv", FEEDBACK, "2026-11-16T04:00")
    company.arrives("lines.csv", LINES + "1,A,Mug,1,2026-11-13 10:00,2.5,7,France\n", "2026-11-16T04:00")
    company.arrives("hubspot-tickets.csv", "<html>Log in</html>", "2026-11-16T04:20")
    for number in range(5):
        company.arrives(f"odd_{number}.csv", f"a,b\n{number},2\n", "2026-11-16T04:30")
    assert run_once(company.at("2026-11-16T05:00")).outcome == "published"
    return company.config.parent


def test_this_week_leads_to_data_health_by_what_went_wrong_lately(
    company_in_trouble: Path, open_page: Open
) -> None:
    app = open_page(company_in_trouble)
    assert not app.exception
    (link,) = [one.proto for one in app.get("page_link") if "refused" in one.proto.label]
    assert link.label == ":small[:gray[Six files refused, 1 row set aside lately]]"
    assert link.page == "data-health"


def test_files_refused_for_the_same_reason_are_told_together_and_old_ones_in_the_table_only(
    company_in_trouble: Path, open_page: Open, said: Said, tables_opened: Callable[[AppTest], AppTest]
) -> None:
    app = tables_opened(open_page(company_in_trouble, "data_health"))
    told = said(app)
    assert "six files were refused and no question of Qualtrics is mapped" in app.title[0].value
    assert "odd_0.csv, odd_1.csv, odd_2.csv and two more" in told
    assert told.count("Its columns are those of no known export. `careful doctor` says") == 1
    assert "long_ago" not in told
    (table,) = [one.value for one in app.dataframe if "Reason" in one.value.columns]
    assert [*table["File"]] == [
        *(f"odd_{number}.csv" for number in range(5)),
        "hubspot-tickets.csv",
        "long_ago.csv",
    ]


@pytest.mark.parametrize("page", ["this_week", "feelings_and_loyalty", "data_health"])
def test_where_answers_arrived_and_no_question_is_mapped_the_lines_that_are_missing_are_shown(
    page: str, company_in_trouble: Path, open_page: Open, said: Said
) -> None:
    app = open_page(company_in_trouble, page)
    assert not app.exception
    assert "Survey answers arrived from Qualtrics before any of their questions was mapped" in said(app)
    assert [code.value.splitlines()[0] for code in app.code] == ["[mapping.qualtrics]"]
    assert "Here is a survey" not in said(app)


def test_a_source_whose_newest_file_was_refused_is_not_in_time(
    company_in_trouble: Path, open_page: Open
) -> None:
    cards = [one.value for one in open_page(company_in_trouble, "data_health").markdown]
    state = {name: cards[cards.index(f"**{name}**") + 1] for name in ("HubSpot", "Qualtrics")}
    assert state == {
        "HubSpot": ":orange[:material/block: Newest file refused, 308 days late]",
        "Qualtrics": ":gray[:material/check: In time]",
    }


def test_a_source_that_is_called_by_what_it_holds_is_named_once(
    company_in_trouble: Path, open_page: Open, said: Said
) -> None:
    assert words.export("orders", "line") == "Order lines"
    assert words.export("zendesk", "ticket") == "Zendesk tickets"
    told = said(open_page(company_in_trouble, "data_health")).lower()
    assert told.count("order lines") == 1


def test_a_company_without_trouble_is_not_sent_to_data_health(
    empty_workspace: Callable[..., Path], open_page: Open
) -> None:
    app = open_page(empty_workspace(run=True))
    assert [one for one in app.get("page_link") if "lately" in one.proto.label] == []


def test_commands_in_a_reason_are_shown_as_such_and_all_else_as_it_is() -> None:
    assert words.reason("Run `careful doctor`, *now*.") == "Run `careful doctor`, \\*now\\*."
    assert words.reason("A lone ` and a*b") == "A lone \\` and a\\*b"


def test_only_files_of_one_source_are_told_together() -> None:
    rows = [("Empty.", "hubspot"), ("Empty.", "zendesk"), ("Torn.", "hubspot"), ("Empty.", "hubspot")]
    refused = pl.DataFrame(rows, schema=["reason", "source"], orient="row").with_columns(object=pl.lit(""))
    assert [len(files) for files in health.alike(refused)] == [2, 1, 1]


def test_of_a_source_that_is_late_because_its_file_was_refused_only_that_is_said() -> None:
    covers_to = date(2026, 11, 12)
    late = [Late(source, "ticket", covers_to, 1) for source in ("zendesk", "hubspot")]
    refused = [Unread("zendesk", "ticket", True, covers_to, 5)]
    assert arrivals.without(refused, late) == late[1:]
