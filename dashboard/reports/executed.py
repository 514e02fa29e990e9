"""The notebook of the weekly review, run from the first cell to the last on a build or a frozen week."""

import os
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dashboard import builds
from dashboard.notebook import Company, open_company
from dashboard.reports.week import WeekReport
from pipelines.settings import CONFIG_VARIABLE, Settings
from pipelines.snapshot import Snapshot
from pipelines.store import Build, StoreError

NOTEBOOK = Path(__file__).parent.parent / "notebooks" / "weekly_review.ipynb"
MOST_SECONDS = 600
_OPENS, _REVIEWS = "company = open_company()", "week = company.this_week()"
_ROOT = Path(__file__).parent.parent.parent


def can_run() -> bool:
    """Whether what runs notebooks is installed."""
    return all(find_spec(name) for name in ("nbclient", "nbformat", "ipykernel"))


def ipynb(settings: Settings, build: Build, report: WeekReport) -> str:
    """The notebook with everything that its cells show. What it says it opens is what it shows.

    Raises:
        StoreError: what runs notebooks is not installed.
    """
    if not can_run():
        raise StoreError("Nothing here runs notebooks. Install it with `pip install 'careful[notebook]'`.")
    import nbformat  # noqa: PLC0415  not every company wants notebooks
    from nbclient import NotebookClient  # noqa: PLC0415
    from traitlets.config import Config  # noqa: PLC0415

    book: Any = nbformat.read(NOTEBOOK, as_version=4)
    opening = next(cell for cell in book.cells if _OPENS in cell.source)
    shown = opening.source
    kind = "frozen" if isinstance(build, Snapshot) else "published"
    opening.source = (
        f"from dashboard.reports.executed import {kind}\n\ncompany = {kind}({str(build.path)!r})\ncompany"
    )
    if report.is_earlier:
        reviewing = next(cell for cell in book.cells if _REVIEWS in cell.source)
        reviewing.source = reviewing.source.replace(
            _REVIEWS, f'week = company.this_week("{report.iso_week}")'
        )
    with tempfile.TemporaryDirectory() as folder:
        around = {
            **os.environ, CONFIG_VARIABLE: str(settings.path), "PYTHONPATH": str(_ROOT), "IPYTHONDIR": folder,
            "JUPYTER_RUNTIME_DIR": folder, "JUPYTER_CONFIG_DIR": folder,
        }  # fmt: skip
        client = NotebookClient(
            book, timeout=MOST_SECONDS, kernel_name="python3", record_timing=False,
            resources={"metadata": {"path": folder}},
            config=Config(KernelManager={"transport": "ipc", "ip": f"{folder}/kernel"}),
        )  # fmt: skip
        _execute(client, around)
    opening.source = (
        shown.replace(_OPENS, f'{_OPENS[:-2]}().week("{report.iso_week}")') if kind == "frozen" else shown
    )
    written: str = nbformat.writes(book)
    return f"{written}\n"


def _execute(client: Any, around: dict[str, str]) -> None:
    """Run the cells beside the main thread, in which the client would answer Ctrl+C itself, and go on."""
    is_stopped = threading.Event()

    def end_if_stopped(**about: Any) -> None:
        if is_stopped.is_set():
            raise InterruptedError

    client.on_cell_start = end_if_stopped
    with ThreadPoolExecutor(1) as beside:
        running = beside.submit(client.execute, env=around)
        try:
            running.result()
        except KeyboardInterrupt:
            is_stopped.set()
            raise


def published(folder: str) -> Company:
    """The company as a build knows it, also where a newer one is published."""
    return replace(open_company(), build=Build(Path(folder)))


def frozen(folder: str) -> Company:
    """The company as a frozen week knows it, also before the week is in its place."""
    company, week = open_company(), Snapshot(Path(folder))
    return replace(company, settings=builds.settings_then(company.settings, week), build=week)
