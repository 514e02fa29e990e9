"""What must not be done any more is not offered, and who looks from elsewhere sees no name and no word of theirs."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pipelines.care.plan import take_up_owed
from pipelines.journal import Journal
from pipelines.settings import load_settings
from pipelines.store import Store

Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]
PAGE = "this_weeks_care"


@pytest.fixture(scope="module")
def made(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company with what is owed on the list, and the first act's customer without consent since."""
    folder = tmp_path_factory.mktemp("not_now") / "company"
    shutil.copytree(sample_workspace, folder)
    for path in (folder / "store").glob("journal.sqlite*"):
        path.unlink()
    store = Store(folder / "store")
    take_up_owed(store, load_settings(folder / "careful.toml"), "Ben")
    first = Journal(store).acts().row(0, named=True)
    build = store.current()
    assert build is not None
    file = build.path / "people.duckdb"
    file.chmod(0o600)
    with closing(duckdb.connect(str(file))) as con:
        con.execute(
            "update customer set has_care_consent = false where customer_key = ?", [first["customer_key"]]
        )
    return folder


def said_so(app: AppTest, name: str = "Anna") -> AppTest:
    app.text_input(key="who_acts_name").input(name)
    next(button for button in app.button if button.label == "That's me").click()
    return app.run()


def test_an_act_whose_consent_is_gone_is_not_offered_and_can_be_taken_off_the_list(
    open_page: Open, made: Path, said: Said
) -> None:
    act_id = Journal(Store(made / "store")).acts()["act_id"][0]
    app = said_so(open_page(made, PAGE))
    keys = {button.key for button in app.button}
    assert not keys & {f"{name}_{act_id}" for name in ("open", "done", "taken")}
    assert "Not now: without consent to be contacted for care." in said(app)
    app.button(key=f"cancelled_{act_id}").click().run()
    assert not app.exception
    assert Journal(Store(made / "store")).acts().filter(act_id=act_id)["state"].to_list() == ["cancelled"]
    app.button(key=f"undo_{act_id}").click().run()
    assert Journal(Store(made / "store")).acts().filter(act_id=act_id)["state"].to_list() == ["planned"]


@pytest.mark.parametrize(
    "headers",
    [{"X-Forwarded-For": "203.0.113.9"}, {"Forwarded": "for=203.0.113.9"}, {"X-Real-IP": "203.0.113.9"},
     {"Via": "1.1 proxy"}, {"Host": "care.example.com"}, {"Host": "192.168.1.7:8501"}],
    ids=lambda given: next(iter(given)),
)  # fmt: skip
def test_who_comes_through_another_machine_sees_neither_names_nor_what_was_said_back(
    headers: dict[str, str], open_page: Open, made: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(Store(made / "store"))
    one = journal.acts(states=["planned", "taken"]).row(1, named=True)
    journal.change_act(one["act_id"], "taken", "Ben", one["version"], note="Frau Muster laughed.")
    monkeypatch.setattr(type(st.context), "headers", property(lambda _: headers))
    app = said_so(open_page(made, PAGE))
    assert "Frau Muster" not in said(app)
    assert "handed out only on the machine" in said(app)
    monkeypatch.setattr(type(st.context), "headers", property(lambda _: {"Host": "localhost:8501"}))
    assert "Frau Muster" in said(said_so(open_page(made, PAGE)))


def test_a_newer_journal_is_said_to_be_one_and_nothing_else_is_shown(
    open_page: Open, made: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "newer"
    shutil.copytree(made, folder)
    with closing(sqlite3.connect(folder / "store" / "journal.sqlite")) as con:
        con.execute("pragma user_version = 2")
    app = open_page(folder, PAGE)
    assert not app.exception
    assert "Update Careful" in app.text[0].value
