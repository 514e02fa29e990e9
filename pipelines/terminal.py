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
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from pipelines.care.plan import CareError
from pipelines.door.pseudonym import PseudonymKeyError
from pipelines.engine.graph import QueryError
from pipelines.journal import JournalError
from pipelines.publish import AlreadyRunning, Progress
from pipelines.questions.cage import CageError
from pipelines.settings import Settings, SettingsError, find_config, load_settings
from pipelines.store import StoreError

PUBLISHED, NOT_PUBLISHED, USAGE = 0, 1, 2
DEBUG_VARIABLE = "CAREFUL_DEBUG"

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

Config = Annotated[
    Path | None, typer.Option("--config", help="careful.toml, or the folder it is in.", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]


@contextmanager
def plain_errors(as_json: bool = False) -> Iterator[None]:
    """Say what went wrong in a sentence on standard error, and for machines in one JSON object."""

    def fail(message: str, code: int) -> NoReturn:
        err.print(message, markup=False)
        if as_json:
            print(json.dumps({"error": message}))  # noqa: T201
        raise typer.Exit(code)

    try:
        yield
    except SettingsError as error:
        fail(str(error), USAGE)
    except (
        AlreadyRunning,
        CageError,
        CareError,
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
        place = traceback.extract_tb(error.__traceback__)[-1]
        fail(
            f"Something unexpected: {type(error).__name__} at {Path(place.filename).name}:{place.lineno}. What was "
            f"published stays. Its text is not shown, since it may quote a customer; see it with {DEBUG_VARIABLE}=1.",
            NOT_PUBLISHED,
        )
    except KeyboardInterrupt:
        fail("Stopped. What was published stays; run again to go on where this ended.", NOT_PUBLISHED)


def settings_of(config: Path | None) -> Settings:
    """The settings that a command is about: of `--config`, else of the environment, else of this folder."""
    return load_settings(find_config(config))


@contextmanager
def bars(quiet: bool) -> Iterator[Progress]:
    """Progress on the terminal, a bar a stage; nothing where nobody looks."""
    if quiet or not err.is_terminal:
        yield lambda stage, step, done, total: None
        return
    columns = (
        TextColumn("{task.description:9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[step]}"),
    )
    with Bars(*columns, TimeElapsedColumn(), console=err, transient=True) as shown:
        tasks: dict[str, Any] = {}

        def show(stage: str, step: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = shown.add_task(stage, total=total, step=step)
            shown.update(tasks[stage], completed=done, total=total, step=step)

        yield show
