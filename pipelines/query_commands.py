"""`careful query …`, `careful tables`, `careful sql`: what an analyst needs to add a question and to look around."""

import contextlib
import getpass
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
import typer

from pipelines.questions import catalogue, scaffold, shell
from pipelines.questions.accept import CASE
from pipelines.questions.accept import accept as fill
from pipelines.questions.answer import Answer, ask
from pipelines.questions.cage import Cage
from pipelines.questions.check import SECONDS, Finding, Ground
from pipelines.questions.check import check as examine
from pipelines.questions.difference import difference, earlier_folders
from pipelines.questions.file import QUERIES, QuestionFile, question_name, question_paths, tests_of
from pipelines.questions.golden import Golden
from pipelines.settings import Settings, SettingsError, find_config, load_settings
from pipelines.snapshot import snapshots
from pipelines.standpoint import query_folders
from pipelines.store import Build, Store, StoreError
from pipelines.terminal import NOT_PUBLISHED, AsJson, Config, err, out, plain_errors, settings_of

LOOK_EVERY = 0.3
Name = Annotated[
    str, typer.Argument(metavar="THEME/NAME", help="The question, as it lies in queries/questions.")
]
Form = Annotated[
    Literal["table", "csv", "json", "parquet"], typer.Option("--format", help="How rows are written.")
]
query = typer.Typer(no_args_is_help=True, help="Add a question: write, check, accept, run, compare, list.")


def add_to(app: typer.Typer) -> None:
    """Make the commands part of `careful`."""
    app.add_typer(query, name="query")
    app.command()(tables)
    app.command()(sql)


@query.command()
def new(
    name: Name, owner: Annotated[str, typer.Option(help="Who answers for it.")] = "", config: Config = None
) -> None:
    """Write a question with a working example, and its golden tests."""
    with plain_errors():
        root = _own_queries(config)
        files = scaffold.new(root, name, owner or getpass.getuser())
    for path in files:
        out.print(f"Wrote {path}", markup=False)
    out.print(f"Next: say there what you want to know, then `careful query check {name}`.", markup=False)


@query.command()
def check(
    names: Annotated[list[str] | None, typer.Argument(metavar="[THEME/NAME]...", help="Only these.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Check again whenever a file changes.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Run every gate on the questions; exit 1 if one does not pass."""
    with plain_errors(as_json), _ground(config) as ground:
        found = _examine(ground, tuple(names or ()), as_json)
        if watch:
            with contextlib.suppress(KeyboardInterrupt):
                _watch(ground, tuple(names or ()))
    raise typer.Exit(NOT_PUBLISHED if found else 0)


def _examine(ground: Ground, names: tuple[str, ...], as_json: bool) -> list[Finding]:
    checked, found = examine(ground, names)
    if as_json:
        told = [{**vars(each), "path": str(each.path)} for each in found]
        print(json.dumps({"checked": checked, "findings": told}))  # noqa: T201
        return found
    for finding in found:
        out.print(_nearby(str(finding)), markup=False)
    broken = {str(finding.path) for finding in found if finding.rule == "parses"}
    paths = question_paths(ground.golden.folders)
    drafts = [name for name in checked if not ground.cases.get(name) and str(paths[name][0]) not in broken]
    for name in drafts:
        out.print(
            f"{name} is a draft: it has no golden test. `careful query accept {name}` begins one.",
            markup=False,
        )
    if ground.cage is None:
        out.print(
            f"Nothing is published here, so that no question was asked of a build ({SECONDS:g} s limit)."
        )
    out.print(f"{len(checked)} question(s) checked, {len(found)} finding(s).")
    return found


def _watch(ground: Ground, names: tuple[str, ...]) -> None:
    """Look until Ctrl+C; a question is checked when it, or a case of its, has changed."""
    err.print("Looking for changes; stop with Ctrl+C.")
    before = _states(ground)
    while True:
        time.sleep(LOOK_EVERY)
        now = _states(ground)
        changed = {path for path in before.keys() | now.keys() if before.get(path) != now.get(path)}
        before = now
        if changed:
            fresh = Ground(ground.golden, ground.cage, ground.today)
            known = question_paths(ground.golden.folders)
            hit = sorted(
                name for name, (path, _, _) in known.items()
                if (path in changed or changed & set(fresh.cases.get(name, ()))) and (not names or name in names)
            )  # fmt: skip
            if hit:
                _examine(fresh, tuple(hit), as_json=False)


def _states(ground: Ground) -> dict[Path, int]:
    paths = (
        path
        for root in ground.golden.folders
        for path in (
            *(root / "questions").glob("*/*.sql"),
            *tests_of(root).glob("*/*/*.yaml"),
            *tests_of(root).glob("*/*.yaml"),
        )
    )
    states = {}
    for path in paths:
        with contextlib.suppress(OSError):  # an editor replaces files; the next look finds it
            states[path] = path.stat().st_mtime_ns
    return states


@query.command()
def accept(
    name: Name,
    case: Annotated[str, typer.Option(help="The golden case to write.")] = CASE,
    sample: Annotated[Path | None, typer.Option(help="The workspace of the sample company.")] = None,
    config: Config = None,
) -> None:
    """Fill the expected rows of a golden test from the sample company, for review."""
    with plain_errors():
        folder, folders = _folders(config)
        question = _question(folders, name)
        with Golden(folder) as golden:
            path = fill(golden, _build(settings_of(sample or config)), question, case)
    out.print(
        f"Wrote {_nearby(str(path))}. Look at every row: what is there now is what the question must say.",
        markup=False,
    )


@query.command()
def run(
    name: Name,
    param: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="May be repeated.")] = None,
    form: Form = "table",
    into: Annotated[Path | None, typer.Option("--out", help="Write here.", dir_okay=False)] = None,
    config: Config = None,
) -> None:
    """Print the answer of the published build, ranges included."""
    with plain_errors():
        settings = settings_of(config)
        question = _question(query_folders(settings), name)
        given = dict(_pair(each) for each in param or ())
        if form == "parquet" and into is None:
            raise SettingsError("Parquet is not for the terminal. Name a file with --out.")
        answer = ask(_build(settings), question, **given)
    _write(answer, form, into)


def _write(answer: Answer, form: Literal["table", "csv", "json", "parquet"], into: Path | None) -> None:
    if form == "table":
        out.print(shell.table_of(answer.frame, period=answer.period))
        out.print(_rests_on(answer), markup=False)
    elif form == "parquet" and into:
        answer.frame.write_parquet(into)
    elif into:
        into.write_text(
            shell.as_text(answer.frame, "csv" if form == "csv" else "json") + "\n", encoding="utf-8"
        )
    else:
        print(shell.as_text(answer.frame, "csv" if form == "csv" else "json"))  # noqa: T201


def _rests_on(answer: Answer) -> str:
    """What a reader must know of an answer, in a line."""
    through = f", data through {answer.data_through:%Y-%m-%d}" if answer.data_through else ""
    lines = [
        f"{answer.question.header.question} Build {answer.build_id}, as of {answer.as_of:%Y-%m-%d}{through}."
    ]
    if answer.hidden:
        lines.append(f"{answer.hidden} row(s) rest on too few and are hidden.")
    if answer.partial_from is not None:
        lines.append(f"From {answer.partial_from} on not final.")
    if answer.unranged and not answer.question.header.is_excused("range"):
        lines.append(f"No range could be made of {', '.join(answer.unranged)}.")
    if answer.question.is_draft:
        lines.append("Draft: no golden test.")
    lines += [
        f"Allowed until {each.until}: {each.rule}, because {each.because}"
        for each in answer.question.header.allow
    ]
    return " ".join(lines)


@query.command()
def diff(
    name: Name,
    against: Annotated[str, typer.Option(help="A revision of git, or a folder of queries.")] = "HEAD",
    config: Config = None,
) -> None:
    """Say what a changed definition does to the numbers: which weeks move, and by how much."""
    with plain_errors(), tempfile.TemporaryDirectory() as work:
        settings = settings_of(config)
        folders = query_folders(settings)
        before = earlier_folders(folders, against, Path(work))
        found = difference(settings, _build(settings), name, before, folders)
        out.print(found.sentence(), markup=False)
        if found.moved.height:
            out.print(shell.table_of(found.moved.reverse()))
        if found.was_rebuilt:
            out.print("Counted anew by both definitions, from what the published build was made of.")


@query.command(name="list")
def list_(config: Config = None, as_json: AsJson = False) -> None:
    """Every question with owner, age, since which frozen week it is the same, and whether it is verified."""
    with plain_errors(as_json):
        folder, folders = _folders(config)
        weeks = snapshots(Store(settings_of(config).store)) if folder else []
        rows = catalogue.listed(folders, [week.manifest for week in weeks])
    if as_json:
        print(json.dumps([vars(row) for row in rows], default=str))  # noqa: T201
        return
    today = datetime.now(UTC).date()
    out.print(
        shell.table_of(
            pl.DataFrame(
                [(r.name, r.owner, _age(today, r.changed_on), r.since or "–", r.state) for r in rows],
                schema=["question", "owner", "changed", "the same since", "state"], orient="row",
            ),
            len(rows),
        )
    )  # fmt: skip
    for row in rows:
        if row.wrong:
            out.print(f"{row.name}: {row.wrong}", markup=False)


@query.command()
def verify(
    name: Name, by: Annotated[str, typer.Option(help="Who checked it.")] = "", config: Config = None
) -> None:
    """Mark a definition as checked; the mark falls off when the definition changes."""
    with plain_errors():
        question = _question(_folders(config)[1], name)
        by, on = by or getpass.getuser(), datetime.now(UTC).date()
        scaffold.mark_verified(question.path, by, on, question.definition_hash)
    out.print(f"{name} is verified by {by}, as {question.definition_hash}.", markup=False)


def tables(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Only this one, column by column.")
    ] = None,
    config: Config = None,
) -> None:
    """What can be asked from: tables, their grain and columns; rows where it is the sample company."""
    with plain_errors():
        settings = settings_of(config)
        with Cage(_build(settings)) as cage:
            found = catalogue.tables(cage, query_folders(settings))
        if name and not any(each.name == name for each in found):
            raise SettingsError(f"There is no table {name}. `careful tables` lists them.")
    for each in found if name is None else [each for each in found if each.name == name]:
        if name is None:
            out.print(f"{each.name:24} {', '.join(each.columns)}", markup=False)
            continue
        grain = f" One row per {', '.join(each.grain)}." if each.grain else ""
        out.print(f"{each.about[:1].upper()}{each.about[1:]}.{grain}".lstrip("."), markup=False)
        out.print(
            shell.table_of(
                pl.DataFrame([*each.columns.items()], schema=["column", "type"], orient="row"), 200
            )
        )
        if each.rows is None:
            out.print("Rows are shown of the sample company only.")
        else:
            out.print(shell.table_of(each.rows))


def sql(
    command: Annotated[str | None, typer.Option("--command", "-c", help="Run this SELECT and leave.")] = None,
    form: Annotated[
        Literal["table", "csv", "json"], typer.Option("--format", help="How rows are written.")
    ] = "table",
    config: Config = None,
) -> None:
    """A shell of SQL over the published build: read-only, no files, no network."""

    def show(frame: pl.DataFrame) -> None:
        if form == "table":
            out.print(shell.table_of(frame))
        else:
            print(shell.as_text(frame, form))  # noqa: T201

    with plain_errors(), Cage(_build(settings_of(config))) as cage:
        if command is not None:
            show(cage.sql(command.strip().rstrip(";")))
        elif sys.stdin.isatty():
            shell.converse(cage, show, lambda line: out.print(line, markup=False))
        else:
            show(cage.sql(sys.stdin.read().strip().rstrip(";")))


def _age(today: date, day: date) -> str:
    days = (today - day).days
    ago = "today" if days <= 0 else "yesterday" if days == 1 else f"{days} days ago"
    return f"{day} ({ago})"


def _pair(given: str) -> tuple[str, str]:
    name, sign, value = given.partition("=")
    if not sign:
        raise SettingsError(f"--param expects NAME=VALUE such as segment=premium, found {given!r}.")
    return name, value


def _folders(config: Path | None) -> tuple[Path | None, list[Path]]:
    """The workspace, and the folders of queries in force; in a checkout without a workspace the product's alone."""
    try:
        settings = settings_of(config)
    except SettingsError:
        if config is not None or not Path.cwd().is_relative_to(QUERIES.parent):
            raise
        return None, [QUERIES]
    return settings.workspace, query_folders(settings)


def _own_queries(config: Path | None) -> Path:
    folder, _ = _folders(config)
    return QUERIES if folder is None else folder / "queries"


def _question(folders: list[Path], name: str) -> QuestionFile:
    known = question_paths(folders)
    if name not in known and Path(name).suffix == ".sql":
        name = next((question_name(p, r) for p, r, _ in known.values() if p == Path(name).resolve()), name)
    if name not in known:
        raise SettingsError(f"There is no question {name}. `careful query list` tells them.")
    return QuestionFile(*known[name])


def _build(settings: Settings) -> Build:
    build = Store(settings.store).current()
    if build is None:
        raise StoreError("Nothing is published yet. Run `careful run`.")
    return build


@contextmanager
def _ground(config: Path | None) -> Iterator[Ground]:
    folder, _ = _folders(config)
    build: Build | None = None
    today: date = datetime.now(UTC).date()
    if folder is not None:
        settings = load_settings(find_config(config))
        build = Store(settings.store).current()
        today = settings.as_of().date()
    with Golden(folder) as golden:
        if build is None:
            yield Ground(golden, None, today)
            return
        with Cage(build, seconds=2 * SECONDS) as cage:
            yield Ground(golden, cage, today)


def _nearby(text: str) -> str:
    """Paths under this folder as they are seen from it."""
    here: Any = f"{Path.cwd()}/"
    return text.replace(here, "")
