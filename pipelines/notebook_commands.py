"""`careful notebook`: a notebook to start from, copied into the workspace."""

import importlib.util
import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from pipelines.settings import CONFIG_VARIABLE, SettingsError
from pipelines.terminal import Config, out, plain_errors, settings_of

NOTEBOOKS = Path(__file__).parent.parent / "dashboard" / "notebooks"
Notebook = Literal["weekly_review", "analysts_start"]


def add_to(app: typer.Typer) -> None:
    """Make the command known."""
    app.command()(notebook)


def notebook(
    name: Annotated[Notebook, typer.Argument(help="Which one.")] = "weekly_review",
    to: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Copy it here; absent: into the workspace.", file_okay=False),
    ] = None,
    config: Config = None,
) -> None:
    """Copy a notebook into the workspace, and say how to open it: the week's review, or an analyst's start."""
    with plain_errors():
        settings = settings_of(config)
        target = (to or settings.workspace) / f"{name}.ipynb"
        if target.exists():
            raise SettingsError(
                f"{target} is there already and is yours; it is never overwritten. Open it, or copy a fresh one to "
                "another folder with --to DIR."
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(NOTEBOOKS / target.name, target)
    python = _quoted(Path(sys.executable))
    out.print(f"Copied {target}. Open it:", markup=False)
    if importlib.util.find_spec("jupyterlab") is None:
        out.print(f"  {python} -m pip install 'careful[notebook]'", markup=False)
    where = (
        ""
        if target.parent.resolve() == settings.workspace
        else f"{CONFIG_VARIABLE}={_quoted(settings.path)} "
    )
    out.print(f"  {where}{python} -m jupyterlab {_quoted(target)}", markup=False)


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
