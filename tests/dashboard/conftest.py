"""The app under test, and companies in the states that pages are designed for."""

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pipelines import workspace
from pipelines.publish import run_once
from pipelines.settings import CONFIG_VARIABLE, load_settings

APP = Path(__file__).parent.parent.parent / "dashboard" / "app.py"
Open = Callable[..., AppTest]


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Open:
    """`open_page(workspace, "top_customers", segment="Family")` -> the page, after one run."""

    def run(folder: Path, page: str = "this_week", **address: str) -> AppTest:
        monkeypatch.setenv(CONFIG_VARIABLE, str(folder / "careful.toml"))
        st.cache_resource.clear()
        app = AppTest.from_file(APP, default_timeout=60)
        for key, value in address.items():
            app.query_params[key] = value
        app.run()
        if page != "this_week":
            app.switch_page(f"app_pages/{page}.py").run()
        return app

    return run


@pytest.fixture(scope="session")
def make_company(sample_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A variant of the sample company, published: `make_company(without=("tickets",), as_of="2026-11-26T05:00:00Z")`."""

    def make(without: tuple[str, ...] = (), as_of: str = "", since: str = "", name: str = "") -> Path:
        drops = tmp_path_factory.mktemp("variant")
        for drop in sorted(path for path in (sample_files / "drops").iterdir() if path.is_dir()):
            for path in drop.rglob("*"):
                is_gone = any(word in path.name.lower() for word in without) and drop.name >= since
                if path.is_file() and not is_gone:
                    copy = drops / "drops" / path.relative_to(sample_files / "drops")
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, copy)
        folder = drops / "workspace"
        workspace.create_key(folder / "secrets" / "pseudonym.key")
        for drop in sorted((drops / "drops").iterdir()):
            workspace.receive_drop(drop, folder / "inbox" / drop.name)
        shutil.copyfile(sample_files / "rates.csv", folder / "rates.csv")
        settings = (sample_files / "careful.toml").read_text(encoding="utf-8")
        if as_of:
            settings = settings.replace("2026-11-16T05:00:00Z", as_of)
        if name:
            settings = settings.replace('name = "Sample company"', f'name = "{name}"')
            settings = settings.replace("sample = true", "sample = false")
        (folder / "careful.toml").write_text(settings, encoding="utf-8")
        assert run_once(load_settings(folder / "careful.toml")).outcome == "published"
        return folder

    return make


@pytest.fixture(scope="session")
def company_without_surveys(make_company: Callable[..., Path]) -> Path:
    """Nobody was ever asked."""
    return make_company(without=("survey", "feedback"))


@pytest.fixture(scope="session")
def company_with_late_tickets(make_company: Callable[..., Path]) -> Path:
    """Tickets of the last week have not arrived."""
    return make_company(without=("tickets",), since="2026-11-16")


@pytest.fixture(scope="session")
def company_without_last_week(make_company: Callable[..., Path]) -> Path:
    """Nothing has arrived since the week before last; its name is 40 characters long."""
    return make_company(as_of="2026-11-26T05:00:00Z", name="Zürcher Feinkost- & Versandhandels AG *$_")


@pytest.fixture
def said() -> Callable[[AppTest], str]:
    """Everything a reader can read on a page as text, without the marks of Markdown."""

    def read(app: AppTest) -> str:
        elements = [*app.title, *app.header, *app.subheader, *app.markdown, *app.caption, *app.warning, *app.metric]
        parts = [f"{getattr(one, 'label', '')} {one.value}" for one in elements]
        for table in app.table:
            parts += [str(cell) for row in pl.from_pandas(table.value).rows() for cell in row]
        return "\n".join(parts).replace("**", "").replace("\\", "")

    return read
