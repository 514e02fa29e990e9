"""The pages as a browser shows them: nothing fetched from elsewhere, nothing that scrolls sideways."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PICTURES = ROOT / "build" / "pictures"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PAGES = (
    "", "feelings-and-loyalty", "top-customers", "did-it-work", "service-and-care", "digital-journey", "data-health",
    "what-the-numbers-mean", "this-weeks-care", "questions", "questions?q=feelings/emotion",
    "questions?q=web/pages_that_do_not_help", "frozen-weeks", "meeting",
)  # fmt: skip
NASTY = (
    "www.example.com", "https://example.com", "anna@example.com", "mailto:anna@example.com", ":material/home:",
    ":heart:", ":streamlit:", ":red[a]", "$x^2$", "<b>a</b>", "![a](https://example.com/a.png)", "[a](https://example.com)",
    "# a", "1. a", "- a", "&amp;", "`a`", "~~a~~",
)  # fmt: skip
SCREENS = {"desktop": (1440, 900), "telephone": (390, 844)}

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")]


@pytest.fixture(scope="module")
def address(sample_workspace: Path) -> Iterator[str]:
    with _served(ROOT / "dashboard" / "app.py", sample_workspace / "careful.toml") as url:
        yield url


@contextmanager
def _served(app: Path, config: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "CAREFUL_CONFIG": str(config)}
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(app),
        f"--server.port={port}",
    ]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as server:
        url = f"http://127.0.0.1:{port}"
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.25)
        yield url
        server.terminate()


@pytest.mark.parametrize(
    ("screen", "scheme"),
    [("telephone", "light"), pytest.param("desktop", "light", marks=pytest.mark.endure),
     pytest.param("desktop", "dark", marks=pytest.mark.endure)],
)  # fmt: skip
def test_pages_fit_the_screen_and_ask_nobody_else(address: str, screen: str, scheme: str) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    PICTURES.mkdir(parents=True, exist_ok=True)
    width, height = SCREENS[screen]
    elsewhere: list[str] = []
    with playwright.sync_playwright() as browsers:
        browser = browsers.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.on("request", lambda asked: elsewhere.append(asked.url))
        for name in PAGES:
            page.set_viewport_size({"width": width, "height": height})
            page.goto(f"{address}/{name}")
            page.wait_for_selector("h1", timeout=120_000)
            page.wait_for_timeout(900)
            main = page.locator("[data-testid=stMain]")
            assert main.evaluate("it => it.scrollWidth - it.clientWidth") <= 0, name
            assert page.locator("[data-testid=stException]").count() == 0, name
            page.set_viewport_size({"width": width, "height": main.evaluate("it => it.scrollHeight") + 20})
            page.wait_for_timeout(400)
            picture = re.sub(r"\W+", "-", name) or "this-week"
            page.screenshot(path=PICTURES / f"{picture}-{screen}-{scheme}.png")
        browser.close()
    here = (address, address.replace("http", "ws"), "data:", "blob:")
    assert not [url for url in elsewhere if not url.startswith(here)]


def test_what_somebody_else_wrote_is_no_link_icon_or_formula_in_a_browser(tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    app = tmp_path / "app.py"
    app.write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nimport streamlit as st\nfrom dashboard import words\n"
        f"for name in {NASTY!r}:\n    st.markdown(f'For **{{words.safe(name)}}**  \\n{{words.safe(name)}}')\n"
        "st.markdown(words.mail(\"o'neil_(x)@example.com\"))\nst.header('The end', anchor=False)\n",
        encoding="utf-8",
    )
    with _served(app, tmp_path / "careful.toml") as url, playwright.sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(url)
        page.wait_for_selector("h2", timeout=30_000)
        page.wait_for_timeout(900)
        blocks = page.locator("[data-testid=stMarkdown]")
        inside = (
            "a, img, svg, code, pre, li, table, blockquote, hr, h1, h3, em, del, .katex, [data-testid*=Icon]"
        )
        found = [
            (name, blocks.nth(n).inner_text().replace("\u2060", ""), blocks.nth(n).locator(inside).count())
            for n, name in enumerate(NASTY)
        ]
        link = blocks.last.locator("a")
        address = (link.inner_text(), link.get_attribute("href"))
        browser.close()
    assert address == ("o'neil_(x)@example.com", "mailto:o%27neil_%28x%29@example.com")
    assert found == [(name, f"For {name}\n{name}", 0) for name in NASTY]


@pytest.mark.endure
def test_the_one_page_pdf_is_set_when_somebody_takes_it(address: str, tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(f"{address}/did-it-work?initiative=INIT-NOTE")
        with page.expect_download(timeout=60_000) as taken:
            page.get_by_role("button", name="One-page PDF").click(timeout=30_000)
        name = taken.value.suggested_filename
        taken.value.save_as(tmp_path / "sheet.pdf")
        browser.close()
    assert name == "did-it-work-init-note-2026-w46.pdf"
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF-")
