"""The app under test, and companies in the states that pages are designed for."""

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import locales
from pipelines import workspace
from pipelines.publish import run_once
from pipelines.settings import CONFIG_VARIABLE, load_settings
from pipelines.snapshot.freezing import freeze
from pipelines.store import Store
from tests.conftest import made_once
from tests.dashboard import website
from tests.snapshot.company import PEOPLE, Company, contacts, feedback, week_of_answers

APP = Path(__file__).parent.parent.parent / "dashboard" / "app.py"
WEBSITE = re.compile(r"^\[sources\.ga4\]\n(?:(?!\[).*\n)*", re.MULTILINE)
LONG_NAME = "Zürcher Feinkost- & Versandhandels AG *$_"

_FOUND_OUT_ONCE = ("_registered_pages", "_bidi_component_manager")
Open = Callable[..., AppTest]


@pytest.fixture(scope="session")
def known_pages() -> dict[str, Any]:
    """What a first run of the app finds out: its pages, and the components of every installed package."""
    return {}


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch, known_pages: dict[str, Any]) -> Open:
    """`open_page(workspace, "top_customers", segment="Family")` -> the page, after one run."""

    def run(folder: Path, page: str = "this_week", **address: str) -> AppTest:
        monkeypatch.setenv(CONFIG_VARIABLE, str(folder / "careful.toml"))
        app = AppTest.from_file(APP, default_timeout=60)
        for key, value in address.items():
            app.query_params[key] = value
        vars(app).update(known_pages)
        if not known_pages:
            app.run()
            known_pages.update({name: vars(app)[name] for name in _FOUND_OUT_ONCE})
        if page != "this_week":
            app.switch_page(f"app_pages/{page}.py")
        return app.run()

    return run


@pytest.fixture(autouse=True)
def _locale_is_put_back() -> Iterator[None]:
    with locales.using(locales.of("GB")):
        yield


@pytest.fixture
def tables_opened() -> Callable[[AppTest], AppTest]:
    """The page after its reader has opened every table behind a chart."""

    def click(app: AppTest) -> AppTest:
        for key in [
            name for name in app.session_state._state.filtered_state if str(name).startswith("behind_")
        ]:
            app.session_state[key] = True
        return app.run()

    return click


@pytest.fixture(scope="session", autouse=True)
def _let_go_of_builds() -> Iterator[None]:
    yield
    st.cache_resource.clear()


@pytest.fixture(scope="session")
def company_lacking(sample_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """The sample company without its website and some files: `company_lacking("tickets", since="2026-11-16")`."""

    def make(*words: str, since: str = "") -> Path:
        def fill(folder: Path) -> None:
            _fill(folder, words, since)

        return made_once(tmp_path_factory, "-".join(["lacking", *words, since]), fill)

    def _fill(folder: Path, words: tuple[str, ...], since: str) -> None:
        workspace.create_key(folder / "secrets" / "pseudonym.key")
        for name in ("careful.toml", "rates.csv"):
            shutil.copyfile(sample_files / name, folder / name)
        config = folder / "careful.toml"
        config.write_text(WEBSITE.sub("", config.read_text(encoding="utf-8")), encoding="utf-8")
        for drop in sorted(path for path in (sample_files / "drops").iterdir() if path.is_dir()):
            workspace.receive_drop(drop, folder / "inbox" / drop.name)
        for path in (folder / "inbox").rglob("*"):
            if any(word in path.name.lower() for word in words) and path.parent.name >= since:
                path.unlink()
        assert run_once(load_settings(config)).outcome == "published"

    return make


@pytest.fixture
def company_with_website(sample_workspace: Path, tmp_path: Path) -> Callable[..., Path]:
    """A company with a website's tables: `company_with_website(change)`, where change(tables) edits their rows.

    `tables=None` is a build from before there were any, `is_asked=False` a company that does not ask Google Analytics.
    """

    def make(
        change: Callable[[website.Tables], None] = lambda tables: None,
        tables: website.Tables | None = website.NO_CHANGE,
        is_asked: bool = True,
    ) -> Path:
        given = website.tables() if tables is website.NO_CHANGE else tables
        if given is not None:
            change(given)
        folder = website.copy_of(sample_workspace, tmp_path / "company", given)
        website.ask_google(folder / "careful.toml", is_asked)
        return folder

    return make


@pytest.fixture(scope="session")
def company_without_google(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build from before there were any figures of a website, of a company that does not ask for them."""
    folder = website.copy_of(sample_workspace, tmp_path_factory.mktemp("offline") / "company", None)
    website.ask_google(folder / "careful.toml", False)
    return folder


@pytest.fixture(scope="session")
def company_without_surveys(company_lacking: Callable[..., Path]) -> Path:
    """Nobody was ever asked."""
    return company_lacking("survey", "feedback")


@pytest.fixture(scope="session")
def company_with_late_tickets(company_lacking: Callable[..., Path]) -> Path:
    """Tickets of the last week have not arrived."""
    return company_lacking("tickets", since="2026-11-16")


@pytest.fixture(scope="session")
def company_without_last_week(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nothing has arrived since the week before last; its name is long and full of marks."""
    folder = tmp_path_factory.mktemp("later") / "company"
    shutil.copytree(sample_workspace, folder)
    config = folder / "careful.toml"
    settings = config.read_text(encoding="utf-8").replace("2026-11-16T05:00:00Z", "2026-11-26T05:00:00Z")
    settings = settings.replace('name = "Sample company"', f'name = "{LONG_NAME}"').replace(
        "sample = true", "sample = false"
    )
    config.write_text(settings, encoding="utf-8")
    assert run_once(load_settings(config)).outcome == "published"
    return folder


@pytest.fixture(scope="session")
def company_with_frozen_weeks(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company with weeks 45 and 46 frozen, each on the Monday after it. Only read it: others do too."""

    def make(folder: Path) -> None:
        shutil.copytree(sample_workspace, folder / "company")
        settings = load_settings(folder / "company" / "careful.toml")
        for week, monday in (("2026-W45", datetime(2026, 11, 9, 5)), ("2026-W46", datetime(2026, 11, 16, 5))):
            at = settings.company.model_copy(update={"as_of": monday})
            freeze(settings.model_copy(update={"company": at}), Store(settings.store), week)

    return made_once(tmp_path_factory, "frozen", make) / "company"


@pytest.fixture(scope="session")
def company_with_late_answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hundred people; forty of their answers of week 44 came after it was frozen. Only read it: others do too."""

    def make(folder: Path) -> None:
        company = Company(folder / "company")
        company.arrives("contacts.csv", contacts(range(PEOPLE)), "2026-10-26T04:00")
        company.arrives(
            "week.csv", feedback(week_of_answers("2026-10-26", range(PEOPLE))), "2026-11-02T04:00"
        )
        company.run("2026-11-02T05:00")
        company.freeze("2026-11-02T05:30")
        late = week_of_answers("2026-10-26", range(20, 60), 5, "late")
        company.arrives("late.csv", feedback(late), "2026-11-05T04:00")
        company.run("2026-11-09T05:00")

    return made_once(tmp_path_factory, "late-answers", make) / "company"


@pytest.fixture
def said() -> Callable[[AppTest], str]:
    """Everything a reader can read on a page as text, without the marks of Markdown."""

    def read(app: AppTest) -> str:
        elements = [
            *app.title,
            *app.header,
            *app.subheader,
            *app.markdown,
            *app.caption,
            *app.text,
            *app.warning,
            *app.metric,
        ]
        parts = [f"{getattr(one, 'label', '')} {one.value}" for one in elements]
        for table in app.table:
            parts += [str(cell) for row in pl.from_pandas(table.value).rows() for cell in row]
        return "\n".join(parts).replace("**", "").replace("\\", "")

    return read
