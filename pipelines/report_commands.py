"""`careful report`: the week as files to send. What writes them is of the dashboard, and is handed in by the CLI."""

import json
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

from pipelines.settings import Settings
from pipelines.snapshot import snapshot, snapshots
from pipelines.snapshot.ledger import restatement, sentences
from pipelines.store import Build, Store, StoreError
from pipelines.terminal import AsJson, Config, bars, out, plain_errors, settings_of

ENDINGS = ("html", "pdf", "xlsx", "ipynb")
USUAL = "html,pdf,xlsx"
PAPERS = {"a4": "a4", "letter": "us-letter"}


def add_to(app: typer.Typer, write: Any) -> None:
    """Make the command known.

    Args:
        write: `dashboard.reports.files.write`, which this room does not know.
    """
    app.command("report", context_settings={"obj": write})(report)


def report(
    context: typer.Context,
    week: Annotated[
        str | None,
        typer.Option(
            metavar="2026-W46", help="Which week, as frozen if it is; absent: the last, as it reads now."
        ),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where to; absent: `reports` in the workspace.", file_okay=False),
    ] = None,
    formats: Annotated[str, typer.Option("--format", metavar="LIST", help="html, pdf, xlsx, ipynb.")] = USUAL,
    paper: Annotated[
        str | None, typer.Option(metavar="a4|letter", help="Absent: that of the company's country.")
    ] = None,
    only: Annotated[
        str | None, typer.Option(metavar="segment=Family", help="Whom the numbers are about.")
    ] = None,
    restated: Annotated[
        str | None, typer.Option(metavar="2026-W45", help="Also say how this frozen week reads by now.")
    ] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Write the week as files to send: what the pages say, figure by figure, with every definition."""
    with plain_errors(as_json):
        endings = _chosen(formats)
        size = None if paper is None else _known(paper, PAPERS, "paper")
        settings = settings_of(config)
        store = Store(settings.store)
        build = _source(store, week)
        dimension, _, member = (only or "").partition("=")
        with bars(as_json) as show:
            made = context.obj(
                settings, build, to or settings.workspace / "reports", iso_week=week, endings=endings,
                size=PAPERS.get(size or ""), group=(dimension, member) if only else None,
                restated=_restated(settings, store, restated) if restated else (),
                say=lambda ending: show("Writing", ending, endings.index(ending), len(endings)),
            )  # fmt: skip
    if as_json:
        print(json.dumps({"of": build.id, "files": [str(path) for path in made]}))  # noqa: T201
        return
    for path in made:
        out.print(f"Wrote {path}", markup=False)


def _chosen(formats: str) -> list[str]:
    return list(dict.fromkeys(_known(one.strip(), ENDINGS, "format") for one in formats.split(",")))


def _known(given: str, known: Any, what: str) -> str:
    if given not in known:
        raise StoreError(f"Expected as {what} one of {', '.join(known)}; found {given!r}.")
    return given


def _source(store: Store, week: str | None) -> Build:
    frozen = {each.iso_week: each for each in snapshots(store)}
    if week in frozen:
        return frozen[week]
    build = store.current()
    if build is None:
        raise StoreError(f"Nothing is published yet (looked in {store.builds_folder}). Run `careful run`.")
    return build


def _restated(settings: Settings, store: Store, week: str) -> list[str]:
    """How the numbers of everybody in a frozen week read by now, over the clock that the pages show."""
    earlier = snapshot(store, week)
    clock = earlier.query("select kpi, weeks from kpi_clock")
    moved = restatement(settings, store, earlier, None).filter(
        (pl.col("iso_week") == week) & (pl.col("dimension") == "all")
    ).join(clock, on=["kpi", "weeks"], how="semi", maintain_order="left")  # fmt: skip
    return sentences(moved) or [f"Every number of {week} reads as it did."]
