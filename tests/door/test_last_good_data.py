"""The last good data stay when a file is refused, and the numbers that rest on them say how far they reach."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.arrivals import Unread
from pipelines.door.profile import Header, first_row
from pipelines.publish import run_once
from pipelines.settings import CONFIG_VARIABLE
from pipelines.sources.hubspot import CONTACT
from pipelines.store import Store
from tests.door.test_trust import people, zipped
from tests.snapshot.company import PEOPLE, Company, careful, contacts, feedback, week_of_answers


@pytest.mark.parametrize("name", ["a.csv", "e.zip"])
def test_what_is_refused_whole_leaves_the_rows_before_as_they_were(desk, name):
    desk.read(people(50), on="2026-11-03")
    before = desk.landed("hubspot__contact")
    torn = people(60).encode()[:-20]
    desk.refuse(zipped({"contacts.csv": torn.decode()}) if name == "e.zip" else torn, name=name)
    assert desk.landed("hubspot__contact") == before


@pytest.mark.parametrize(
    ("name", "content", "of"),
    [
        ("a.csv", people(60)[:-20], ("hubspot", "contact")),
        ("a.csv", people(60) + '"', ("hubspot", "contact")),
        ("hubspot-crm-exports-all-contacts.csv", "<html>Log in</html>", ("hubspot", "")),
        (
            "e.zip",
            {"c.csv": people(9) + "x", "d.csv": "Record ID,Deal Name,Deal Stage,Amount\n"},
            ("hubspot", ""),
        ),
        ("Zendesk/tickets.zip", "PK\x03\x04", ("zendesk", "")),
        ("zendesk-tickets.csv", "Ticket ID,Subject,Status\n1,a,open\n", ("zendesk", "")),
        ("a.csv", "a,b\n1,2\n", ("", "")),
        ("a.csv", "", ("", "")),
    ],
)
def test_a_refusal_says_whose_file_it_most_likely_was(desk, name, content, of):
    desk.put(name, content)
    ((refusal),) = desk.take_in().refusals
    assert (refusal["source"], refusal["object"]) == of


def test_a_file_that_a_profile_stumbles_over_is_refused_too_and_the_others_are_read(desk):
    def stumble(records: list[list[str]]) -> Header | None:
        if len(records) < 3:
            raise IndexError
        return first_row(records)

    desk.put("a.csv", people(1))
    desk.put("b.csv", people(9))
    done = desk.take_in([replace(CONTACT, header=stumble)])
    assert [(refusal["source"], refusal["object"]) for refusal in done.refusals] == [("", "")]
    assert [load.rows_read for load in done.loads] == [9]


@pytest.fixture(scope="module")
def company_with_a_refused_file() -> Iterator[Path]:
    """A week of answers came in; the file of the day after was cut off."""
    with tempfile.TemporaryDirectory() as folder:
        company = Company(Path(folder) / "company")
        company.arrives("c.csv", contacts(range(PEOPLE)), "2026-11-16T04:00:00")
        for monday in ("2026-10-26", "2026-11-02", "2026-11-09"):
            answers = feedback(week_of_answers(monday, range(PEOPLE)))
            company.arrives(f"f{monday}.csv", answers, "2026-11-16T04:00:00")
        company.arrives(
            "f.csv", feedback(week_of_answers("2026-11-16", range(9)))[:-20], "2026-11-17T04:00:00"
        )
        record = run_once(company.at("2026-11-17T05:00:00"))
        assert (record.outcome, [one["object"] for one in record.refused]) == ("published", ["feedback"])
        yield company.config


def said_on(page: str, config: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv(CONFIG_VARIABLE, str(config))
    app = AppTest.from_file(Path(__file__).parents[2] / "dashboard" / "app.py", default_timeout=60).run()
    if page != "this_week":
        app.switch_page(f"app_pages/{page}.py").run()
    assert not app.exception
    return [element.value for element in app.markdown]


def test_beside_the_number_that_a_refused_file_hurts_and_no_other_stands_how_old_its_data_are(
    company_with_a_refused_file, monkeypatch
):
    hurt, cards = set(), set()
    for page in ("this_week", "service_and_care"):
        label = ""
        for text in said_on(page, company_with_a_refused_file, monkeypatch):
            card = re.fullmatch(r":small\[([^:\[\]]+)\]", text)
            label = card[1] if card else label
            cards |= {label} - {""}
            if "file refused" in text:
                assert text == (
                    ":small[:orange[:material/block: HubSpot feedback: newest file refused, data 2 days old "
                    "(to 15 Nov)]]"
                )
                hurt.add(label)
    assert hurt == {"Net Promoter Score"}
    assert len(cards) > 3


def test_a_build_from_before_refusals_had_a_source_is_still_shown(
    company_with_a_refused_file, monkeypatch, tmp_path
):
    folder = shutil.copytree(company_with_a_refused_file.parent, tmp_path / "older")
    (build,) = Store(folder / "store").builds()
    with duckdb.connect(str(build.path / "careful.duckdb")) as connection:
        for column in ("source", "object"):
            connection.execute(f"alter table refusal drop column {column}")
    for page in ("this_week", "data_health"):
        said = said_on(page, folder / "careful.toml", monkeypatch)
        assert said
        assert not [text for text in said if "file refused" in text or "most likely" in text]


def test_the_report_says_it_beside_the_number_too(company_with_a_refused_file, tmp_path):
    config = company_with_a_refused_file
    code, _, _ = careful("report", "--config", config, "--to", tmp_path, "--format", "html")
    assert code == 0
    (page,) = tmp_path.glob("*.html")
    assert page.read_text(encoding="utf-8").count("HubSpot feedback: newest file refused") == 1


def test_of_a_refused_file_whose_things_are_not_known_only_the_source_is_named():
    about = {
        "source": "hubspot",
        "thing": "deal",
        "covers_to": date(2026, 11, 15),
        "days_old": 1,
    }
    assert Unread(is_sure=False, **about).says == (
        "HubSpot: a file refused, perhaps deals; data 1 day old (to 15 Nov)"
    )


def test_data_health_says_whose_the_refused_file_most_likely_was(company_with_a_refused_file, monkeypatch):
    said = said_on("data_health", company_with_a_refused_file, monkeypatch)
    assert any("most likely HubSpot feedback" in text for text in said)
