"""`careful …`: the front door, and the only module that knows both pipelines and dashboard."""

import getpass
import json
import os
import socket
import sys
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer

from dashboard.standing import in_words as in_sentences
from pipelines import doctor as examination
from pipelines import (
    erase_commands,
    notebook_commands,
    query_commands,
    report_commands,
    snapshot_commands,
    standing,
    workspace,
)
from pipelines.care.export import crm_csv
from pipelines.care.plan import carry_out, propose
from pipelines.care.words import as_record, in_words
from pipelines.ga4 import pull as web
from pipelines.ga4.periods import today
from pipelines.ga4.pull import PullRecord
from pipelines.journal.notes import Notes
from pipelines.publish import RunRecord, only_run, run_once
from pipelines.settings import CONFIG_VARIABLE, Settings, SettingsError, load_settings
from pipelines.snapshot import Snapshot
from pipelines.store import Store, write_atomically
from pipelines.terminal import NOT_PUBLISHED, PUBLISHED, AsJson, Commands, Config, bars, out
from pipelines.terminal import plain_errors as _plain_errors
from pipelines.terminal import settings_of as _settings

A_FILE_WAS_REFUSED = 3
MOST_NAMED = 3
DAY = "%Y-%m-%d"
ROOT = Path(__file__).parent.parent
APP = ROOT / "dashboard" / "app.py"
LOOPBACK = "127.0.0.1"
SAMPLE_WORKSPACE = Path("workspace") / "sample-company"

app = typer.Typer(
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Careful: is customer care felt, who matters most, and did what we did work?",
    epilog="Exit codes: 0 published, 1 not published, 2 usage, 3 published but a file was refused or a property "
    "of Google Analytics could not be asked.",
)
Port = Annotated[int, typer.Option(help="Where the dashboard listens, on 127.0.0.1 only.", min=1, max=65535)]


def _write_report(*given: Any, **named: Any) -> Any:
    """The dashboard's report of a week: the only door from here to there, opened when somebody goes through."""
    from dashboard.reports import files  # noqa: PLC0415  Streamlit takes a while

    return files.write(*given, **named)


def _attach_report(settings: Settings, frozen: Snapshot) -> None:
    from dashboard.reports import files  # noqa: PLC0415  as above

    notes = Notes(Store(settings.store)).kept(frozen.iso_week, frozen.received_by)
    write_atomically(frozen.path / "notes.json", json.dumps(notes, indent=1, ensure_ascii=False))
    files.attach(settings, frozen)


query_commands.add_to(app)
snapshot_commands.add_to(app, _attach_report)
notebook_commands.add_to(app)
report_commands.add_to(app, _write_report)


@app.command()
def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="The workspace to make.")]) -> None:
    """Make a workspace for a company: settings, inbox, key."""
    with _plain_errors():
        config = workspace.create(folder)
    out.print(f"Made {config}. Next:", markup=False)
    out.print(f"  1. set name, time zone and currency in {config}", markup=False)
    out.print(f"  2. put export files into {folder / 'inbox'}", markup=False)
    out.print(f"  3. careful up --config {config}", markup=False)
    out.print(f"Keep a copy of {folder / 'secrets' / 'pseudonym.key'} in a safe place.", markup=False)


@app.command()
def run(config: Config = None, as_json: AsJson = False) -> None:
    """Do everything the schedule does, once: ask, read the inbox, build, check, publish."""
    with _plain_errors(as_json):
        record = _run(_settings(config), quiet=as_json)
    if as_json:
        print(json.dumps(vars(record)))  # noqa: T201
    else:
        _tell(record)
    raise typer.Exit(_exit_code(record))


def _run(settings: Settings, quiet: bool) -> RunRecord:
    with bars(quiet) as show:
        return run_once(settings, show)


def _tell(record: RunRecord) -> None:
    rows = record.rows
    if record.customers_erased:
        out.print(f"Erased {record.customers_erased:,} customer(s).")
    if record.files_read:
        out.print(
            f"Read {record.files_read} export(s): {rows['rows_read']:,} rows = {rows['rows_loaded']:,} loaded "
            f"+ {rows['rows_quarantined']:,} set aside + {rows['rows_duplicate']:,} already known."
        )
    for export in record.aside:
        out.print(f"  {export}", markup=False)
    for sentence in record.uncounted:
        out.print(sentence, markup=False)
    if record.pulled:
        out.print(
            f"Asked Google Analytics: {record.pulled['windows_pulled']:,} window(s), {record.pulled['rows']:,} rows; "
            f"{record.pulled['windows_restated']:,} changed what was said before, "
            f"{record.pulled['windows_pending']:,} still to ask."
        )
    for problem in record.not_pulled:
        out.print(f"Google Analytics, {problem['report'] or 'all of it'}: {problem['says']}", markup=False)
    alike: dict[str, list[str]] = {}
    for refusal in record.refused:
        alike.setdefault(refusal["reason"], []).append(refusal["file"])
    for reason, files in alike.items():
        more = f" and {len(files) - MOST_NAMED} more" if files[MOST_NAMED:] else ""
        out.print(f"Refused {', '.join(files[:MOST_NAMED])}{more}: {reason}", markup=False)
    for name, why in record.questions_aside.items():
        out.print(f"Left aside your question {name}: {why}", markup=False)
    if record.outcome == "published":
        out.print(f"Published {record.build_id} in {record.seconds:.1f} s.")
    else:
        out.print(f"Not published: {record.reason}. The build before stays in force.", markup=False)


def _exit_code(record: RunRecord) -> int:
    if record.outcome != "published":
        return NOT_PUBLISHED
    refused = record.refused or record.questions_aside or _is_refused(record.not_pulled)
    return A_FILE_WAS_REFUSED if refused else PUBLISHED


def _is_refused(problems: list[dict[str, str | None]]) -> bool:
    """Whether a whole property was not to be had; a report that it can not answer is said, and is no failure."""
    return any(problem["report"] is None for problem in problems)


erase_commands.add_to(app, _run, _tell, _exit_code)


@app.command()
def pull(
    source: Annotated[Literal["ga4"], typer.Argument(help="What to ask: ga4 (Google Analytics).")],
    since: Annotated[datetime | None, typer.Option(formats=[DAY], help="The first day.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=[DAY], help="The last day.")] = None,
    report: Annotated[list[str] | None, typer.Option(help="Only this report; may be repeated.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be asked, and the cost.")
    ] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Ask Google Analytics now; the next run builds from what it said."""
    with _plain_errors(as_json):
        settings = _settings(config)
        if settings.ga4 is None:
            raise SettingsError(
                f"{settings.path} has no [sources.{source}]. Add it with the numbers of your properties, such as "
                'properties = ["123456789"]; `careful doctor` then says whether they may be read.'
            )
        _insist_on_days(settings, since, until)
        records = _pull(settings, since, until, tuple(report or ()), dry_run, quiet=as_json)
    if as_json:
        print(json.dumps([asdict(record) for record in records], default=str))  # noqa: T201
    else:
        # The sample company is asked once for every Monday: those without anything to ask are not worth a line each.
        told = [record for record in records if record.properties or record.planned]
        for record in told or [*records[:1]] or [PullRecord("", dry_run)]:
            out.print(record.in_words(), markup=False)
    raise typer.Exit(
        A_FILE_WAS_REFUSED if any(_is_refused(record.problems) for record in records) else PUBLISHED
    )


def _insist_on_days(settings: Settings, since: datetime | None, until: datetime | None) -> None:
    if since and until and since > until:
        raise SettingsError(f"--since {since:{DAY}} is after --until {until:{DAY}}. Turn them round.")
    # A day more than the company's clock says: the property's may be ahead of it.
    last = today(settings.company.time_zone, settings.as_of()) + timedelta(days=1)
    if since and since.date() > last:
        raise SettingsError(f"--since {since:{DAY}} has not begun. Nothing can be asked of days to come.")


def _pull(
    settings: Settings,
    since: datetime | None,
    until: datetime | None,
    only: tuple[str, ...],
    dry_run: bool,
    quiet: bool,
) -> list[PullRecord]:
    store = Store(settings.store)
    with only_run(store), bars(quiet) as show:
        return [
            web.pull(
                at,
                store,
                since=since.date() if since else None,
                until=until.date() if until else None,
                only=only,
                dry_run=dry_run,
                progress=lambda window, done, total: show("Asking", window, done, total),
            )
            for at in workspace.moments(settings, None if since or only else web.last_pulled_at(store))
        ]


@app.command()
def plan(
    initiative: Annotated[
        str, typer.Argument(metavar="INITIATIVE", help="Which initiative the list is for.")
    ],
    capacity: Annotated[int | None, typer.Option(help="How many acts can be done this week.", min=1)] = None,
    seed: Annotated[
        int | None, typer.Option(help="Another lot than the week's own, to look at only.", min=0)
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say who would be drawn; write nothing.")
    ] = False,
    csv: Annotated[
        Path | None, typer.Option(help="Write the list here, without names.", dir_okay=False)
    ] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Draw this week's care list by lot, and say what it can show and by when."""
    with _plain_errors(as_json):
        if seed is not None and not dry_run:
            raise SettingsError(
                "--seed goes with --dry-run only: who chooses the seed could choose the names."
            )
        settings = _settings(config)
        store = Store(settings.store)
        proposal = propose(store, settings, initiative)
        listed = carry_out(
            store, settings, initiative, capacity, getpass.getuser(), seed, dry_run=dry_run, seen=proposal
        )
        if csv:
            csv.write_bytes(crm_csv(listed.for_file))
    if as_json:
        print(json.dumps(as_record(proposal, listed, dry_run=dry_run), default=str))  # noqa: T201
        return
    for act in listed.acts.iter_rows(named=True):
        out.print(f"  {act['due_on']}  {act['alias']}: {act['reason']}", markup=False)
    for sentence in in_words(proposal, listed, dry_run=dry_run):
        out.print(sentence, markup=False)
    if csv:
        out.print(
            f"Written to {csv}, without names; a list with names is handed out on the page.", markup=False
        )


@app.command()
def serve(config: Config = None, port: Port = 8501) -> None:
    """Show the dashboard of the published build."""
    with _plain_errors():
        _serve(_settings(config), port)


def _serve(settings: Settings, port: int) -> NoReturn:
    _free(port)
    out.print(f"Careful is at http://{LOOPBACK}:{port} · stop with Ctrl+C", markup=False)
    command = [
        sys.executable, "-m", "pipelines.start", "run", str(APP),
        "--server.port", str(port), "--server.address", LOOPBACK, "--server.headless", "true",
    ]  # fmt: skip
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execve(sys.executable, command, {**os.environ, CONFIG_VARIABLE: str(settings.path)})  # noqa: S606


def _free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            raise SettingsError(
                f"Port {port} on {LOOPBACK} is taken. Choose another: --port {port + 1}."
            ) from None


@app.command()
def up(config: Config = None, port: Port = 8501) -> None:
    """Run, then serve. Without a workspace here, with the sample company."""
    with _plain_errors():
        try:
            settings = _settings(config)
        except SettingsError:
            if config is not None or os.environ.get(CONFIG_VARIABLE) or Path("careful.toml").exists():
                raise
            settings = load_settings(workspace.create_sample(SAMPLE_WORKSPACE).resolve())
        _free(port)
        if standing.is_current(settings):
            out.print("Nothing new since the published build.")
        else:
            out.print(f"Reading and building {settings.company.name}.", markup=False)
            record = _run(settings, quiet=False)
            _tell(record)
            if record.outcome != "published" and Store(settings.store).current() is None:
                raise typer.Exit(NOT_PUBLISHED)
        _serve(settings, port)


@app.command()
def status(config: Config = None, as_json: AsJson = False) -> None:
    """The published build, its age, how far each source's data reach, and the last failures."""
    with _plain_errors(as_json):
        settings = _settings(config)
        about = standing.about(settings)
        sentences = in_sentences(about, settings)
    if as_json:
        print(json.dumps(about, indent=1))  # noqa: T201
    else:
        out.print("\n".join(sentences), markup=False)
    raise typer.Exit(PUBLISHED if about["build"] else NOT_PUBLISHED)


@app.command()
def doctor(config: Config = None) -> None:
    """Look at settings, key, permissions, disk and versions, and say what to do."""
    with _plain_errors():
        findings = examination.examine(_settings(config))
    for finding in findings:
        out.print(f"{'ok  ' if finding.is_well else 'MEND'}  {finding.what:16} {finding.says}", markup=False)
    raise typer.Exit(0 if all(finding.is_well for finding in findings) else 1)


def main() -> None:
    """All commands. What they write is the owner's alone."""
    os.umask(0o077)
    app()


if __name__ == "__main__":
    main()
