"""The pages as a browser shows them: nothing fetched from elsewhere, nothing that scrolls sideways."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PICTURES = ROOT / "build" / "pictures"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PAGES = (
    "", "feelings-and-loyalty", "top-customers", "did-it-work", "service-and-care", "digital-journey", "data-health",
    "what-the-numbers-mean", "this-weeks-care",
)  # fmt: skip
SCREENS = {"desktop": (1440, 900), "telephone": (390, 844)}

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")]


@pytest.fixture(scope="module")
def address(sample_workspace: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "CAREFUL_CONFIG": str(sample_workspace / "careful.toml")}
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(ROOT / "dashboard" / "app.py"),
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_pages_fit_the_screen_and_ask_nobody_else(address: str, screen: str, scheme: str) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    if scheme == "dark" and screen != "desktop":
        pytest.skip("dark is looked at on the desktop")
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
            page.wait_for_selector("h1", timeout=30_000)
            page.wait_for_timeout(900)
            main = page.locator("[data-testid=stMain]")
            assert main.evaluate("it => it.scrollWidth - it.clientWidth") <= 0, name
            assert page.locator("[data-testid=stException]").count() == 0, name
            page.set_viewport_size({"width": width, "height": main.evaluate("it => it.scrollHeight") + 20})
            page.wait_for_timeout(400)
            page.screenshot(path=PICTURES / f"{name or 'this-week'}-{screen}-{scheme}.png")
        browser.close()
    here = (address, address.replace("http", "ws"), "data:", "blob:")
    assert not [url for url in elsewhere if not url.startswith(here)]
