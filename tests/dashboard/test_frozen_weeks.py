"""A frozen week opens like today's pages, says that it is frozen, and never shows what was not known then."""

import json
import os
import re
import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from pipelines.journal import Journal
from pipelines.journal.notes import Notes
from pipelines.snapshot import snapshot
from pipelines.snapshot.ledger import SCHEMA, keep
from pipelines.store import MANIFEST, Store

Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]

WEEK = "2026-W45"
PAGES = (
    "this_week", "feelings_and_loyalty", "top_customers", "did_it_work", "service_and_care", "digital_journey",
    "this_weeks_care", "try_something", "questions", "frozen_weeks", "meeting", "data_health", "meanings",
)  # fmt: skip
REPRESENTATIVE = ("this_week", "top_customers", "questions")


def one_of_each_kind(*pages: str) -> list[object]:
    """A page of numbers, of people and of questions in `make test`; the others in `make endure`."""
    return [
        page if page in REPRESENTATIVE else pytest.param(page, marks=pytest.mark.endure) for page in pages
    ]


@pytest.fixture
def company(company_with_frozen_weeks: Path, tmp_path: Path) -> Path:
    """One's own copy, to write in."""
    return Path(shutil.copytree(company_with_frozen_weeks, tmp_path / "company"))


@pytest.mark.parametrize("page", one_of_each_kind(*PAGES))
def test_every_page_opens_in_a_frozen_week_and_says_so(
    page: str, open_page: Open, company_with_frozen_weeks: Path, said: Said
) -> None:
    app = open_page(company_with_frozen_weeks, page, frozen="2026-W46")
    assert not app.exception
    assert len(app.title) == 1
    assert "Frozen week 46 (9–15 November 2026), as it was known on 16 Nov 2026, 06:00." in said(app)


def test_its_numbers_are_those_of_then(open_page: Open, company_with_frozen_weeks: Path) -> None:
    app = open_page(company_with_frozen_weeks, frozen=WEEK)
    then = snapshot(Store(company_with_frozen_weeks / "store"), WEEK)
    counts = then.query(
        "select n, successes from kpi_window join kpi_clock using (kpi, weeks) "
        "where kpi = 'emotion' and iso_week = $week and dimension = 'all'",
        {"week": WEEK},
    ).row(0, named=True)
    shown = next(one.value for one in app.metric if one.label == "Felt well cared for")
    assert shown == f"{counts['successes'] / counts['n'] * 100:.0f} of 100"
    assert app.selectbox(key="week_chosen").options[0].startswith("Week 45"), "nothing after it is known"


def test_the_way_back_leads_to_today(open_page: Open, company_with_frozen_weeks: Path, said: Said) -> None:
    app = open_page(company_with_frozen_weeks, frozen=WEEK)
    app.button(key="back_to_today").click().run()
    assert "Frozen week" not in said(app)
    assert "frozen" not in app.query_params
    assert app.selectbox(key="week_chosen").options[0].startswith("Week 46")


def test_a_frozen_week_stays_from_page_to_page_and_the_address_says_it(
    open_page: Open, company_with_frozen_weeks: Path, said: Said
) -> None:
    app = open_page(company_with_frozen_weeks, frozen=WEEK)
    del app.query_params["frozen"]
    app.switch_page("app_pages/service_and_care.py").run()
    assert "Frozen week 45" in said(app)
    assert app.query_params["frozen"] in (WEEK, [WEEK])


def test_a_week_that_is_not_frozen_shows_today_and_says_why(
    open_page: Open, company_with_frozen_weeks: Path, said: Said
) -> None:
    app = open_page(company_with_frozen_weeks, frozen="2026-W01")
    assert "Frozen week" not in said(app)
    assert "frozen" not in app.query_params
    assert "is not frozen" in app.toast[0].value


@pytest.mark.parametrize(
    "page",
    one_of_each_kind("this_week", "feelings_and_loyalty", "top_customers", "did_it_work", "questions"),
)
def test_every_link_of_a_frozen_week_leads_to_the_same_week(
    page: str, open_page: Open, company_with_frozen_weeks: Path
) -> None:
    app = open_page(company_with_frozen_weeks, page, frozen=WEEK)
    links = [link.proto for link in app.get("page_link")]
    assert len(links) >= len(PAGES)
    assert [link.label for link in links if f"frozen={WEEK}" not in link.query_string] == []


def test_a_question_a_filter_and_an_initiative_keep_the_frozen_week_in_the_address(
    open_page: Open, company_with_frozen_weeks: Path
) -> None:
    known = snapshot(Store(company_with_frozen_weeks / "store"), WEEK).query(
        "select initiative_id from initiative"
    )
    for page, more in (
        ("questions", {"q": "feelings/emotion"}), ("did_it_work", {"initiative": known["initiative_id"][0]}),
        ("this_week", {"segment": "Family"}),
    ):  # fmt: skip
        app = open_page(company_with_frozen_weeks, page, frozen=WEEK)
        for key, value in more.items():
            app.query_params[key] = value
        app.run()
        assert app.query_params["frozen"] in (WEEK, [WEEK]), page


@pytest.mark.parametrize("page", ["this_weeks_care", "try_something", "top_customers"])
def test_what_is_about_single_people_is_said_not_to_be_kept(
    page: str, open_page: Open, company_with_frozen_weeks: Path, said: Said
) -> None:
    told = said(open_page(company_with_frozen_weeks, page, frozen="2026-W46"))
    assert "Who they are is not kept in a frozen week." in told


def test_top_customers_are_still_counted(
    open_page: Open, company_with_frozen_weeks: Path, said: Said
) -> None:
    told = said(open_page(company_with_frozen_weeks, "top_customers", frozen="2026-W46"))
    assert "How our customers buy" in told
    assert "not kept in a frozen week" in told


def test_what_was_decided_later_is_not_told_in_a_frozen_week(
    open_page: Open, company: Path, said: Said
) -> None:
    notes = Notes(Store(company / "store"))
    for text, week, at in (
        ("Ring the bell", "2026-W44", datetime(2026, 11, 2, 9)),
        ("Paint the door", "2026-W45", datetime(2026, 11, 9, 9)),
    ):
        notes.write("decision", week, text, "ann", owner="head", due_on=date(2026, 12, 24), at=at)
    then, now = (said(open_page(company, **address)) for address in ({"frozen": WEEK}, {}))
    assert "Ring the bell: decided, due 24 December" in then
    assert "Paint the door: decided" not in then
    assert "Decision: Paint the door" in then, "what was written about the week stands on its page"
    assert "Paint the door: decided, due 24 December" in now


def test_deciding_about_an_initiative_waits_until_one_is_back_today(
    open_page: Open, company: Path, said: Said
) -> None:
    app = open_page(company, "did_it_work", frozen="2026-W46")
    known = snapshot(Store(company / "store"), "2026-W46").query("select initiative_id from initiative")
    app.query_params["initiative"] = known["initiative_id"][0]
    app.session_state["acting_as"] = "ann"
    app.run()
    app.text_input[0].set_value("It works")
    app.text_input[1].set_value("head")
    next(one for one in app.button if one.key and one.key.startswith("decide_")).click().run()
    assert "Go back to today, then write" in said(app)
    assert Journal(Store(company / "store")).decisions().is_empty()


def test_the_list_tells_when_each_week_was_known_and_that_it_is_untouched(
    open_page: Open, company_with_frozen_weeks: Path, said: Said
) -> None:
    app = open_page(company_with_frozen_weeks, "frozen_weeks")
    told = said(app)
    assert app.title[0].value == "Two weeks are frozen."
    assert "As it was known on 9 Nov 2026, 06:00" in told
    assert told.count("verified: Untouched") == 2
    assert "Every number means what it meant then." in told


def test_a_week_that_somebody_laid_hands_on_is_named(open_page: Open, company: Path, said: Said) -> None:
    file = company / "store" / "snapshots" / WEEK / "definitions.json"
    file.unlink()
    file.write_text("{}", encoding="utf-8")
    app = open_page(company, "frozen_weeks")
    assert app.title[0].value == "One frozen week is not as frozen."
    assert "definitions.json was changed." in said(app)


def test_a_week_that_is_changed_under_a_running_app_is_found_at_the_next_look_and_warned_of(
    open_page: Open, company: Path, said: Said
) -> None:
    page, week = open_page(company, "frozen_weeks"), open_page(company, frozen=WEEK)
    assert said(page).count("verified: Untouched") == 2
    assert len(week.error) == 0
    file = company / "store" / "snapshots" / WEEK / "marts" / "kpi_week.parquet"
    content, times = bytearray(file.read_bytes()), file.stat()
    content[len(content) // 2] ^= 1
    file.unlink()
    file.write_bytes(content)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert page.run().title[0].value == "One frozen week is not as frozen."
    for each in (week.run(), open_page(company, frozen=WEEK)):
        (warned,) = each.error
        assert "This week is not as it was frozen: do not rely on its numbers." in warned.value
        assert "marts/kpi\\_week.parquet was changed." in warned.value
        assert f"`careful snapshot --verify {WEEK}`" in warned.value


def test_why_the_newest_two_weeks_differ_is_read_and_not_counted(
    open_page: Open, company: Path, said: Said
) -> None:
    store = Store(company / "store")
    row: dict[str, object] = dict.fromkeys(SCHEMA)
    row |= {
        "kpi": "emotion", "label": "Felt well cared for", "unit": "share", "counts": "answers", "iso_week": WEEK,
        "dimension": "all", "member": "all", "was": 0.31, "is_now": 0.29, "n_was": 400, "n_now": 440,
        "weeks": snapshot(store, WEEK).query("select weeks from kpi_clock where kpi = 'emotion'")["weeks"][0],
        "parts": [
            {"causes": ["late_data"], "change": -0.016, "n": 40, "added": 40, "files": None},
            {"causes": ["corrected_source"], "change": -0.004, "n": 12, "added": None, "files": 1},
        ],
    }  # fmt: skip
    keep(store, snapshot(store, WEEK), snapshot(store, "2026-W46"), pl.DataFrame([row], schema=SCHEMA))
    app = open_page(company, "frozen_weeks")
    assert app.selectbox(key="restated_second").value == "2026-W46"
    assert (
        "31.0 % is now 29.0 %: 40 answers that came or settled late −1.6, one corrected file −0.4 (12 answers)."
        in said(app)
    )
    assert "restated_why" not in [button.key for button in app.button]


def test_a_number_tells_since_which_frozen_week_it_means_the_same(
    open_page: Open, company_with_frozen_weeks: Path, said: Said
) -> None:
    told = said(open_page(company_with_frozen_weeks, "meanings"))
    assert "Defined like this since: week 45 of 2026, or longer" in told


def test_no_question_of_ours_is_called_a_draft_or_the_companys_own_in_a_frozen_week(
    open_page: Open, company_with_frozen_weeks: Path, said: Said
) -> None:
    told = said(open_page(company_with_frozen_weeks, "questions", frozen=WEEK))
    assert "Draft" not in told
    assert "your own" not in told.lower()


@pytest.mark.endure
def test_the_numbers_that_read_otherwise_are_counted_at_once_and_explained_on_a_click(
    open_page: Open, company_with_late_answers: Path, tmp_path: Path, said: Said
) -> None:
    app = open_page(Path(shutil.copytree(company_with_late_answers, tmp_path / "company")), "frozen_weeks")
    assert app.selectbox(key="restated_second").value == "today"
    assert "1 of the week's 1 numbers reads otherwise" in said(app)
    app.button(key="restated_why").click().run(timeout=600)
    assert not app.exception
    told = [line for line in said(app).splitlines() if "2026-W44" in line and " is now " in line]
    assert len(told) == 1
    assert re.search(r"40 answers that came or settled late [+−]\d", told[0])


def test_a_definition_that_was_changed_is_told_as_then_and_now(
    open_page: Open, company: Path, said: Said
) -> None:
    current = Store(company / "store").current()
    assert current is not None
    manifest = json.loads((current.path / MANIFEST).read_text(encoding="utf-8"))
    manifest["definitions"]["forgive"]["hash"] = "another"
    (current.path / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    told = said(open_page(company, "frozen_weeks").selectbox(key="restated_second").set_value("today").run())
    assert "Would forgive us a mistake is defined anew" in told
    assert "Its words are the same; a query that it rests on is not." in told


def test_unsettled_answers_stand_beside_the_newest_final_week(
    open_page: Open, company_with_frozen_weeks: Path
) -> None:
    app = open_page(company_with_frozen_weeks, "frozen_weeks")
    table = app.table[-1].value
    assert list(table.columns) == ["Number", "Week 46, first look", "Week 44, final"]
    assert table["Number"].iloc[0] == "Felt well cared for"
    assert all("probably between" in cell for cell in table["Week 46, first look"])


def test_without_a_frozen_week_the_page_says_how_to_get_one(
    open_page: Open, sample_workspace: Path, said: Said
) -> None:
    app = open_page(sample_workspace, "frozen_weeks")
    assert app.title[0].value == "No week is frozen yet."
    assert "careful snapshot" in said(app)


def test_an_empty_company_has_no_frozen_weeks_and_no_error(
    open_page: Open, empty_workspace: Callable[..., Path], said: Said
) -> None:
    app = open_page(empty_workspace(run=True), "frozen_weeks")
    assert not app.exception
    assert "Needed: " in said(app)
