"""The report of a week as files, in a folder or into the folder of the week that is being frozen."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from dashboard.kpi import EVERYONE, Group
from dashboard.reports import executed, html, paper, pdf, week, workbook
from dashboard.reports.paper import Size
from dashboard.reports.week import WeekReport
from pipelines.settings import Settings
from pipelines.snapshot import Snapshot
from pipelines.store import Build, write_atomically

ENDINGS = ("html", "pdf", "xlsx", "ipynb")
MIME = {
    "html": "text/html",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ipynb": "application/x-ipynb+json",
}


def write(
    settings: Settings,
    build: Build,
    folder: Path,
    iso_week: str | None = None,
    endings: Iterable[str] = ENDINGS,
    size: Size | None = None,
    group: tuple[str, str] | None = None,
    restated: Sequence[str] = (),
    say: Callable[[str], None] = lambda ending: None,
) -> list[Path]:
    """Write `week-2026-w46.html` and so on into a folder; a frozen week's are called so too.

    Args:
        iso_week: absent means the last closed one. size: absent means the paper of the company's country. group: whom
            the numbers are about, such as `("segment", "Family")`. say: called with each ending before it is made.

    Raises:
        StoreError: there is no such week or group, or nothing here runs notebooks.
    """
    told = week.of(settings, build, iso_week, Group(*group) if group else EVERYONE, restated)
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for ending in endings:
        say(ending)
        path = folder / file_name(told, ending)
        write_atomically(path, content(ending, settings, build, told, size))
        found.append(path)
    return found


def attach(settings: Settings, frozen: Snapshot) -> None:
    """Write `report.html` and so on beside the tables of a week that is being frozen; no notebook where none runs."""
    told = week.of(settings, frozen, frozen.iso_week)
    for ending in ENDINGS:
        if ending != "ipynb" or executed.can_run():
            write_atomically(
                frozen.path / f"report.{ending}", content(ending, settings, frozen, told, size=None)
            )


def content(ending: str, settings: Settings, build: Build, told: WeekReport, size: Size | None) -> bytes:
    """The report as one file's bytes."""
    if ending == "pdf":
        return pdf.pdf(told, size or paper.size(settings.company))
    if ending == "xlsx":
        return workbook.xlsx(told)
    return (html.html(told) if ending == "html" else executed.ipynb(settings, build, told)).encode()


def file_name(told: WeekReport, ending: str) -> str:
    """`week-2026-w46.pdf`, `week-2026-w46-family.pdf` where the numbers are about one group."""
    only = told.facts["Filters"]
    group = [] if only == "all customers" else [only.split(" only;")[0]]
    return paper.file_name("week", told.iso_week, *group).removesuffix("pdf") + ending
