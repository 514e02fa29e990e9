"""What every command of the terminal shares: where it prints, which settings it reads, how it says what went wrong."""

import json
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as Bars
from rich.table import Column
from rich.text import Text
from typer.core import TyperGroup

from pipelines import ctrl_c, start
from pipelines.care.plan import CareError
from pipelines.door.pseudonym import PseudonymKeyError
from pipelines.engine.graph import QueryError
from pipelines.erase_whom import EraseError
from pipelines.journal import JournalError
from pipelines.publish import READING, AlreadyRunning, Progress
from pipelines.questions.cage import CageError
from pipelines.settings import Settings, SettingsError, find_config, load_settings
from pipelines.store import StoreError, disk_trouble

PUBLISHED, NOT_PUBLISHED, USAGE = 0, 1, 2
DEBUG_VARIABLE = "CAREFUL_DEBUG"
STOPPED = "Stopped. What was published stays; run again to go on where this ended."

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

Config = Annotated[
    Path | None, typer.Option("--config", help="careful.toml, or the folder it is in.", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]


class Commands(TyperGroup):
    """Commands, of which none leaves Ctrl+C unanswered, also where it comes amid the answer to another."""

    def invoke(self, ctx: Any) -> Any:
        """As a group of commands does."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            err.print(STOPPED, markup=False)
            raise typer.Exit(NOT_PUBLISHED) from None


@contextmanager
def plain_errors(as_json: bool = False) -> Iterator[None]:
    """Say what went wrong in a sentence on standard error, and for machines in one JSON object."""

    def fail(message: str, code: int) -> NoReturn:
        err.print(message, markup=False)
        if as_json:
            print(json.dumps({"error": message}))  # noqa: T201
        raise typer.Exit(code)

    start.leave_ctrl_c_to_the_command()
    try:
        with ctrl_c.heeded():
            yield
    except SettingsError as error:
        fail(str(error), USAGE)
    except (
        AlreadyRunning,
        CageError,
        CareError,
        EraseError,
        JournalError,
        PseudonymKeyError,
        QueryError,
        StoreError,
    ) as error:
        fail(str(error), NOT_PUBLISHED)
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        if said := disk_trouble(error):
            fail(said, NOT_PUBLISHED)
        place = traceback.extract_tb(error.__traceback__)[-1]
        fail(
            f"Something unexpected: {type(error).__name__} at {Path(place.filename).name}:{place.lineno}. What was "
            f"published stays. Its text is not shown, since it may quote a customer; see it with {DEBUG_VARIABLE}=1.",
            NOT_PUBLISHED,
        )
    except KeyboardInterrupt as stop:
        fail(str(stop) or STOPPED, NOT_PUBLISHED)


def settings_of(config: Path | None) -> Settings:
    """The settings that a command is about: of `--config`, else of the environment, else of this folder."""
    return load_settings(find_config(config))


class _Done(ProgressColumn):
    """How much of a stage is done, on one line: files are read by bytes, all else goes by steps."""

    def __init__(self) -> None:
        super().__init__(Column(min_width=11))

    def render(self, task: Task) -> Text:
        column = DownloadColumn() if task.description == READING else MofNCompleteColumn()
        return column.render(task)


@contextmanager
def bars(quiet: bool) -> Iterator[Progress]:
    """Progress on the terminal, a bar a stage; nothing where nobody looks."""
    if quiet or not err.is_terminal:
        yield lambda stage, step, done, total: ctrl_c.end_if_pressed()
        return
    columns = (
        TextColumn("{task.description:9}"),
        BarColumn(bar_width=20, table_column=Column(min_width=20)),
        _Done(),
        TextColumn("{task.fields[step]}", table_column=Column(no_wrap=True, overflow="ellipsis")),
        TimeElapsedColumn(Column(min_width=7)),
    )
    with Bars(*columns, console=err, transient=True) as shown:
        tasks: dict[str, Any] = {}

        def show(stage: str, step: str, done: int, total: int) -> None:
            ctrl_c.end_if_pressed()
            if stage not in tasks:
                for earlier in shown.tasks:
                    shown.update(earlier.id, completed=earlier.total)
                tasks[stage] = shown.add_task(stage, total=total, step=step)
            shown.update(tasks[stage], completed=done, total=total, step=step)

        yield show
