"""This week's care, as a care team uses it: who, why, by when, done; two people at once; no name before a tap."""

import math
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import care_list, lots, words
from dashboard.parts import crm_file
from pipelines.care.outlook import Outlook
from pipelines.care.plan import carry_out, take_up_owed
from pipelines.journal import OPEN, Journal, Plan
from pipelines.settings import CONFIG_VARIABLE, load_settings
from pipelines.store import Store

Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]
PAGE = "this_weeks_care"
PLAN = Plan(
    "THANKS", "Thank-you after the second order", "A card brings second-time buyers back.", "second_order",
    "handwritten card", "extra", 90, 0.05, 3, "Head of care", date(2026, 11, 1),
    written_at=datetime(2026, 10, 20),
)  # fmt: skip
MANY = """
    update care_proposal set status = 'eligible', rule = null, why_not = null, stratum = 'all'
    where occasion = 'second_order'
"""


@pytest.fixture(scope="module")
def copied(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company, to write in; everybody at a second order can get something extra."""
    folder = tmp_path_factory.mktemp("care") / "company"
    return changed_copy(sample_workspace, folder, MANY)


@pytest.fixture
def company(copied: Path) -> Iterator[Path]:
    """With a plan for something extra, and nothing else in the journal."""
    forget(copied)
    Journal(Store(copied / "store")).write_plan(PLAN)
    yield copied
    forget(copied)


def changed_copy(source: Path, folder: Path, *statements: str) -> Path:
    shutil.copytree(source, folder)
    build = Store(folder / "store").current()
    assert build is not None
    file = build.path / "people.duckdb"
    file.chmod(0o600)
    with closing(duckdb.connect(str(file))) as con:
        for statement in statements:
            con.execute(statement)
    return folder


def forget(folder: Path) -> None:
    for path in (folder / "store").glob("journal.sqlite*"):
        path.unlink()


def book(folder: Path) -> Journal:
    return Journal(Store(folder / "store"))


def say(app: AppTest, name: str) -> AppTest:
    app.text_input(key="who_acts_name").input(name)
    return press(app, "That's me")


def opened(app: AppTest) -> set[str]:
    """The acts that a card is shown for."""
    return {str(button.key).removeprefix("open_") for button in app.button if button.label == "Open"}


def press(app: AppTest, label: str, nth: int = 0) -> AppTest:
    [button for button in app.button if button.label == label][nth].click()
    app.run()
    assert not app.exception
    return app


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def everything(app: AppTest) -> str:
    """All that is sent to the browser."""
    return "\n".join(str(getattr(node, "proto", "")) for node in app._tree)


def names(folder: Path) -> set[str]:
    """E-mail addresses and full names that the vault holds."""
    files = str(folder / "store" / "vault" / "hubspot__contact" / "*.parquet")
    with duckdb.connect() as con:
        rows = con.execute(
            "select distinct email, first_name || ' ' || last_name from read_parquet($files, union_by_name = true)",
            {"files": files},
        ).fetchall()
    return {text for row in rows for text in row if text and len(text) > 6}


def open_sheet(app: AppTest) -> AppTest:
    app.session_state["sheet_THANKS"] = True
    app.run()
    assert not app.exception
    return app


# What the page says


def test_the_sentence_comes_first_then_what_is_owed_then_what_is_extra(
    open_page: Open, company: Path
) -> None:
    app = open_page(company, PAGE)
    assert not app.exception
    waiting = take_up_owed(Store(company / "store"), load_settings(company / "careful.toml"), "Anna")
    people = book(company).acts()["customer_key"].n_unique()
    assert waiting > 0
    assert app.title[0].value == f"{people} people wait for something owed."
    assert [header.value for header in app.main.header] == ["Owed", "Extra", "Log a kindness", "For the CRM"]


def test_what_is_owed_comes_oldest_first_and_by_alias(open_page: Open, company: Path, said: Said) -> None:
    app = say(open_page(company, PAGE), "Anna")
    acts = book(company).acts()
    assert acts["due_on"].is_sorted()
    first = f"open_{acts['act_id'][0]}"
    assert next(button.key for button in app.button if button.label == "Open") == first
    assert acts["customer_key"][0][:4].upper() in said(app)
    assert words.localised(acts["reason"][0], date(2026, 11, 16)) in said(app)


def test_what_is_owed_is_found_by_occasion_alias_and_words(
    open_page: Open, company: Path, said: Said
) -> None:
    app = say(open_page(company, PAGE, occasion="gave_up_waiting"), "Anna")
    acts = book(company).acts()
    waited = acts.filter(pl.col("occasion") == "gave_up_waiting")
    assert 0 < waited.height < acts.height
    assert f"{waited.height} of {acts.height}" in said(app)
    assert opened(app) <= set(waited["act_id"])
    app = say(open_page(company, PAGE), "Anna")
    app.text_input(key="care_find").set_value(acts["customer_key"][-1][:4].lower())
    app.run()
    assert acts["act_id"][-1] in opened(app)
    assert all(
        key.startswith(acts["customer_key"][-1][:4])
        for key in acts.filter(pl.col("act_id").is_in(list(opened(app))))["customer_key"]
    )
    app.text_input(key="care_find").set_value("no such word")
    app.run()
    assert "Nobody on the list fits that." in said(app)
    assert opened(app) == set()


def test_looking_writes_nothing(open_page: Open, company: Path) -> None:
    open_page(company, PAGE)
    assert book(company).acts().is_empty()


def test_nobody_acts_without_saying_who_she_is(open_page: Open, company: Path) -> None:
    app = open_page(company, PAGE)
    assert not {"Open", "Take it", "Done", "Draw the lot", "Log it"} & set(labels(app))
    assert {"Open", "Take it", "Done", "Couldn't reach", "Wrong address"} <= set(labels(say(app, "  Anna ")))
    assert "Anna" in next(one.value for one in app.markdown if "You are" in one.value)


def test_a_build_from_before_there_were_lists_says_what_is_needed(
    open_page: Open, sample_workspace: Path, tmp_path: Path, said: Said
) -> None:
    folder = changed_copy(sample_workspace, tmp_path / "old", "drop table care_proposal")
    app = open_page(folder, PAGE)
    assert app.title[0].value == "We do not know yet with whom it is time."
    assert "careful run" in said(app)
    assert not open_page(folder, "this_week").exception


def test_where_nobody_is_eligible_the_page_says_so(
    open_page: Open, sample_workspace: Path, tmp_path: Path, said: Said
) -> None:
    folder = changed_copy(sample_workspace, tmp_path / "quiet", "delete from care_proposal")
    forget(folder)
    app = say(open_page(folder, PAGE), "Anna")
    assert app.title[0].value == "Nobody waits for something owed."
    assert "Nobody can get something extra this week." in said(app)
    assert "For the CRM" not in [header.value for header in app.main.header]


def test_when_everything_is_done_the_page_says_so(open_page: Open, company: Path) -> None:
    app = say(open_page(company, PAGE), "Anna")
    for act in book(company).acts().iter_rows(named=True):
        book(company).change_act(act["act_id"], "done", "Anna", act["version"])
    app.run()
    assert app.title[0].value == "Everything on this week's list is done."


# One tap


@pytest.mark.parametrize(
    ("label", "state"),
    [("Take it", "taken"), ("Done", "done"), ("Couldn't reach", "not_reached"), ("Wrong address", "wrong_address")],
)  # fmt: skip
def test_one_tap_says_what_became_of_an_act_and_one_more_takes_it_back(
    label: str, state: str, open_page: Open, company: Path
) -> None:
    app = say(open_page(company, PAGE), "Anna")
    act_id = book(company).acts()["act_id"][0]
    press(app, label)
    now = book(company).acts().row(by_predicate=pl.col("act_id") == act_id, named=True)
    assert (now["state"], now["by"]) == (state, "Anna")
    press(app, "Undo")
    then = book(company).acts().row(by_predicate=pl.col("act_id") == act_id, named=True)
    assert then["state"] == "planned"


def test_what_was_just_done_stays_in_its_place_and_is_found_under_done_this_week(
    open_page: Open, company: Path, said: Said
) -> None:
    app = say(open_page(company, PAGE), "Anna")
    before = int(app.title[0].value.split()[0])
    alias = next(
        one.value for one in app.main.markdown if one.value.startswith("**") and "You are" not in one.value
    )
    press(app, "Done")
    assert alias in [one.value for one in app.main.markdown]
    assert int(app.title[0].value.split()[0]) == before - 1
    app.segmented_control(key="care_filter").set_value("done this week").run()
    assert "Anna did this" in said(app)
    assert labels(app).count("Open") == 0
    app.segmented_control(key="care_filter").set_value("mine").run()
    assert "Take it" not in labels(app)


def test_of_two_people_at_once_the_second_is_told_who_was_first_and_nothing_is_lost(
    open_page: Open, company: Path
) -> None:
    anna = say(open_page(company, PAGE), "Anna")
    ben = say(open_page(company, PAGE), "Ben")
    act_id = book(company).acts()["act_id"][0]
    press(anna, "Take it")
    press(ben, "Take it")
    told = [warning.value for warning in ben.warning]
    assert len(told) == 1
    assert told[0].startswith("Anna took this at ")
    assert "Yours was not written." in told[0]
    history = book(company).history(act_id)
    assert history["state"].to_list() == ["planned", "taken"]
    assert history["by"].to_list()[-1] == "Anna"
    assert "Take over" in labels(ben)
    press(ben, "Take over")
    assert book(company).acts().filter(act_id=act_id)["taken_by"].to_list() == ["Ben"]


# Names


def test_no_name_is_sent_to_the_browser_before_a_tap_and_a_tap_is_written_down(
    open_page: Open, company: Path
) -> None:
    app = say(open_page(company, PAGE), "Anna")
    known = names(company)
    assert len(known) > 300
    assert not [name for name in known if name in everything(app)]
    assert book(company).reveals().is_empty()
    key = book(company).acts()["customer_key"][0]
    press(app, "Open")
    seen = book(company).reveals()
    assert seen.select("customer_key", "by").rows() == [(key, "Anna")]
    assert [name for name in known if name in everything(app)]
    app.run()
    assert not [name for name in known if name in everything(app)], "closed again"
    assert book(company).reveals().height == 1


@pytest.mark.parametrize(
    "elsewhere", [{"server.address": "0.0.0.0"}, {"server.address": None}], ids=["everywhere", "not said"]
)
def test_names_show_only_where_the_server_listens_on_this_machine(
    elsewhere: dict[str, str | None],
    open_page: Open,
    company: Path,
    said: Said,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import streamlit as st

    real = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: elsewhere.get(name, real(name)))
    app = press(say(open_page(company, PAGE), "Anna"), "Open")
    assert "Names are shown only on the machine" in said(app)
    assert "handed out only on the machine" in said(app)
    assert book(company).reveals().is_empty()
    assert not [name for name in names(company) if name in everything(app)]


def test_a_broken_name_blocks_the_act_and_says_so(
    open_page: Open, sample_workspace: Path, tmp_path: Path
) -> None:
    folder = changed_copy(sample_workspace, tmp_path / "broken", "select 1")
    forget(folder)
    for table in ("hubspot__contact", "salesforce__contact"):
        for path in (folder / "store" / "vault" / table).glob("*.parquet"):
            path.chmod(0o600)
            frame = pl.read_parquet(path)
            kept = [name for name in ("first_name", "last_name", "preferred_name") if name in frame.columns]
            frame.with_columns(pl.lit("{FIRSTNAME}").alias(name) for name in kept).write_parquet(path)
    app = press(say(open_page(folder, PAGE), "Anna"), "Open")
    assert "a template was not filled in" in app.error[0].value
    assert "FIRSTNAME" not in app.error[0].value
    act_id = book(folder).acts()["act_id"][0]
    app.run()
    assert f"done_{act_id}" not in [button.key for button in app.button]
    assert f"taken_{act_id}" in [button.key for button in app.button]


def test_the_card_takes_what_she_said_back_into_the_journal(open_page: Open, company: Path) -> None:
    app = press(say(open_page(company, PAGE), "Anna"), "Open")
    act_id = book(company).acts()["act_id"][0]
    app.text_area(key=f"said_{act_id}").input("She laughed and sent a photo.")
    app.button(key="card_done").click().run()
    assert not app.exception
    now = book(company).acts().filter(act_id=act_id).row(0, named=True)
    assert (now["state"], now["note"]) == ("done", "She laughed and sent a photo.")


def test_the_file_for_the_crm_carries_act_id_and_names_and_is_written_down(
    company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONFIG_VARIABLE, str(company / "careful.toml"))
    take_up_owed(Store(company / "store"), load_settings(company / "careful.toml"), "Anna")
    acts = book(company).acts(states=OPEN)
    content = crm_file.written(acts["act_id"].to_list(), "Anna").decode("utf-8-sig")
    assert content.splitlines()[0].startswith('"act_id"')
    assert set(book(company).reveals()["customer_key"]) == set(acts["customer_key"])
    assert [name for name in names(company) if name in content]


# The lot


def test_before_the_lot_the_sheet_says_who_may_who_may_not_and_what_it_can_show(
    open_page: Open, company: Path, said: Said
) -> None:
    app = open_sheet(say(open_page(company, PAGE), "Anna"))
    told = said(app)
    assert "people could get it now." in told
    assert "would be drawn." in told
    assert "this lot alone" in told.lower()
    assert "Not drawn only means we don't start." in told
    assert book(company).draws("THANKS") == []


def test_somebody_is_taken_out_with_a_reason_and_is_not_drawn(
    open_page: Open, company: Path, said: Said
) -> None:
    app = open_sheet(say(open_page(company, PAGE), "Anna"))
    who = app.selectbox(key="veto_who_THANKS")
    app.selectbox(key="veto_who_THANKS").select_index(0).run()
    assert app.button(key="veto_THANKS").disabled, "a reason is needed"
    app.text_input(key="veto_why_THANKS").input("We spoke yesterday.").run()
    app.button(key="veto_THANKS").click().run()
    assert not app.exception
    out = book(company).vetoes("THANKS")
    assert out.select("reason", "by").rows() == [("We spoke yesterday.", "Anna")]
    assert "taken out by Anna: “We spoke yesterday.”" in said(app)
    press(app, "Draw the lot")
    drawn = book(company).draws("THANKS")[0].rows
    assert out["customer_key"][0] not in drawn["customer_key"].to_list()
    assert drawn.height == len(who.options) - 1


def test_after_the_lot_nobody_sees_who_was_not_drawn(open_page: Open, company: Path) -> None:
    app = press(open_sheet(say(open_page(company, PAGE), "Anna")), "Draw the lot")
    drawn = book(company).draws("THANKS")[0].rows
    treated, control = (drawn.filter(arm=arm)["customer_key"].to_list() for arm in ("treated", "control"))
    assert treated
    assert control
    assert app.title[0].value.endswith(
        f"; {len(treated)} of {drawn.height} {'gets' if len(treated) == 1 else 'get'} a handwritten card this week, "
        "drawn by lot."
    )
    shown = everything(app)
    owed = set(book(company).acts().filter(care_class="owed")["customer_key"])
    assert all(key[:4].upper() + " · " in shown for key in treated)
    assert not [key for key in control if key in shown]
    others = {key[:4].upper() for key in [*treated, *owed]}
    assert not [
        key
        for key in control
        if key not in owed and key[:4].upper() not in others and key[:4].upper() in shown
    ]


def test_a_lot_that_somebody_else_drew_a_second_ago_is_shown_as_hers(
    open_page: Open, company: Path, said: Said
) -> None:
    ben = open_sheet(say(open_page(company, PAGE), "Ben"))
    carry_out(Store(company / "store"), load_settings(company / "careful.toml"), "THANKS", 3, "Anna")
    press(ben, "Draw the lot")
    assert [one.value for one in ben.info if one.value.startswith("Anna drew this week's lot first")]
    assert len(book(company).draws("THANKS")) == 1
    assert "drawn by lot" in ben.title[0].value


# Kindness


def test_a_kindness_is_logged_within_the_budget_and_is_on_no_list(
    open_page: Open, company: Path, said: Said
) -> None:
    config = company / "careful.toml"
    text = config.read_text(encoding="utf-8")
    try:
        config.write_text(text.replace("[care]\n", "[care]\nkindness_budget = 100\n"), encoding="utf-8")
        app = say(open_page(company, PAGE), "Anna")
        app.selectbox(key="kindness_kind").select("Flowers")
        app.number_input(key="kindness_cost").set_value(30.0).run()
        press(app, "Log it")
        assert "Noted: Flowers. Thank you." in said(app)
        logged = book(company).kindnesses()
        assert logged.select("kind", "cost", "customer_key", "by").rows() == [("Flowers", 30.0, None, "Anna")]
        assert "spent this quarter on 1 kindness." in said(app)
        app.selectbox(key="kindness_kind").select("Flowers")
        app.number_input(key="kindness_cost").set_value(71.0).run()
        assert app.button(key="kindness_log").disabled
        assert "is left for this quarter" in said(app)
    finally:
        config.write_text(text, encoding="utf-8")


def test_a_kindness_is_for_the_one_whose_alias_was_found(open_page: Open, company: Path) -> None:
    app = say(open_page(company, PAGE), "Anna")
    key = book(company).acts()["customer_key"][0]
    app.selectbox(key="kindness_kind").select("A card")
    app.text_input(key="kindness_alias").input(key[:4].lower()).run()
    if app.radio(key="kindness_whom").value is None:
        app.radio(key="kindness_whom").set_value(key).run()
    press(app, "Log it")
    assert book(company).kindnesses()["customer_key"].to_list() == [key]


def test_gentle_until_takes_the_act_off_the_list_and_keeps_no_reason(open_page: Open, company: Path) -> None:
    app = press(say(open_page(company, PAGE), "Anna"), "Open")
    act = book(company).acts().row(0, named=True)
    press(app, "Be gentle until then")
    now = book(company).gentle()
    assert now.select("customer_key", "by").rows() == [(act["customer_key"], "Anna")]
    assert now["until_on"][0] == date(2026, 11, 16) + timedelta(days=30)
    assert book(company).acts().filter(act_id=act["act_id"])["state"].to_list() == ["cancelled"]


# Sentences


def test_a_lot_that_can_show_nothing_says_so() -> None:
    assert lots.shows_words(None) == "Nobody is left to compare with, so it can show no effect."
    nothing = Outlook(3, 1, 0.5, math.inf, date(2027, 1, 1), 0.05, None, None)
    assert "(3 drawn and 1 not) can show no effect" in lots.shows_words(nothing)
    enough = Outlook(600, 700, 0.2, 0.06, date(2027, 2, 14), 0.06, 1, date(2027, 2, 14))
    assert lots.shows_words(enough).endswith(
        "would most likely notice 6 more of 100, by 14 Feb 2027. Worth having: 6 more of 100."
    )


def test_money_troubles_are_not_told_apart_from_other_reasons() -> None:
    told = lots.refused_words({"hard up": 2, "bill": 1, "veto": 3})
    assert told[-1] == "3 whom it would not suit now"
    assert not [line for line in told if "bill" in line or "pay" in line]


@pytest.mark.parametrize(
    ("due", "told"),
    [
        (date(2026, 11, 16), "due today"),
        (date(2026, 11, 20), "due Friday 20 November"),
        (date(2026, 11, 15), ":orange[was due 15 Nov, 1 day ago]"),
    ],
)
def test_by_when_is_said_in_days(due: date, told: str) -> None:
    assert care_list.due_words(due, date(2026, 11, 16)) == told
