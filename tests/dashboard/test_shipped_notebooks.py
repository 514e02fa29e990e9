"""The two notebooks that ship, copied by `careful notebook` and run from the first cell to the last."""

import ast
import contextlib
import io
import json
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import polars as pl
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_output
from typer.testing import CliRunner

from dashboard.notebook import open_company
from pipelines.cli import app
from pipelines.notebook_commands import NOTEBOOKS
from pipelines.settings import CONFIG_VARIABLE
from tests.dashboard.test_notebook import of_its_own

NAMES = ("analysts_start", "weekly_review")
MOST_SECONDS = 300
SAVED = "service/reached_by_channel"
BOUND = "service/reached_on_one_channel"
TELL = """
import json
print(json.dumps({"build": company.build.id, "numbers": json.loads(week.numbers.write_json()),
                  "felt": json.loads(company.ask("feelings/emotion").frame.write_json())}))
"""


def careful(*arguments: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return done.exit_code, done.stdout, done.stderr


def run_here(notebook: Any, folder: Path) -> None:
    """Run the cells in this process, one after the other, as a kernel does: the last value of a cell is shown."""
    names: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.chdir(folder):
        for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
            body = ast.parse(cell.source).body
            last = body.pop() if isinstance(body[-1], ast.Expr) else None
            with (
                contextlib.redirect_stdout(io.StringIO()) as said,
                contextlib.redirect_stderr(io.StringIO()) as error,
            ):
                exec(compile(ast.Module(body, []), "a cell", "exec"), names)
                value = eval(compile(ast.Expression(last.value), "a cell", "eval"), names) if last else None
            streams = {"stdout": said.getvalue(), "stderr": error.getvalue()}
            cell.outputs = [
                new_output("stream", name=name, text=text) for name, text in streams.items() if text
            ]
            if value is not None:
                show = getattr(value, "_repr_mimebundle_", lambda value=value: {"text/plain": repr(value)})
                told = getattr(value, "_repr_markdown_", None)
                shown = {"text/plain": repr(value), "text/markdown": told()} if told else show()
                cell.outputs.append(new_output("execute_result", data=shown))


def run_in_kernel(notebook: Any, folder: Path) -> None:
    where = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=MOST_SECONDS, kernel_name="python3", resources=where).execute()


@pytest.fixture(scope="module", params=[run_here, pytest.param(run_in_kernel, marks=pytest.mark.endure)])
def runs(request: pytest.FixtureRequest) -> Callable[[Any, Path], None]:
    """In this process; and as readers do, in a kernel of its own (one more runs for the report, test_reports)."""
    return request.param


@pytest.fixture(scope="module")
def workspace(
    runs: Callable[[Any, Path], None], sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return of_its_own(sample_workspace, tmp_path_factory.mktemp("notebooks") / "company")


@pytest.fixture(scope="module")
def executed(
    runs: Callable[[Any, Path], None], workspace: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Any]:
    """A notebook of the workspace after it was run there."""
    done: dict[str, Any] = {}

    def run(name: str) -> Any:
        if name not in done:
            assert careful("notebook", name, "--config", workspace)[0] == 0
            notebook = nbformat.read(workspace / f"{name}.ipynb", as_version=4)
            if name == "weekly_review":
                notebook.cells.append(nbformat.v4.new_code_cell(TELL))
            with pytest.MonkeyPatch.context() as patched:
                patched.delenv(CONFIG_VARIABLE, raising=False)
                for variable in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):
                    patched.setenv(variable, str(tmp_path_factory.mktemp(variable.lower())))
                runs(notebook, workspace)
            done[name] = notebook
        return done[name]

    return run


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_committed_valid_and_without_outputs(name: str) -> None:
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_to_its_end_without_an_error_or_a_warning(
    name: str, executed: Callable[[str], Any]
) -> None:
    outputs = [output for cell in executed(name).cells if cell.cell_type == "code" for output in cell.outputs]
    assert len(outputs) > 5
    assert not [
        output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"
    ]


@pytest.mark.parametrize("name", NAMES)
def test_no_key_of_a_person_is_in_any_output(
    name: str, workspace: Path, executed: Callable[[str], Any]
) -> None:
    written = json.dumps(executed(name))
    keys = open_company(workspace).build.query_people("select distinct customer_key from identity")[
        "customer_key"
    ]
    assert keys.len() > 100
    assert not [key for key in keys if key in written]


def test_the_review_tells_the_numbers_of_the_build_to_the_last_digit(
    workspace: Path, executed: Callable[[str], Any]
) -> None:
    told = json.loads(executed("weekly_review").cells[-1].outputs[0].text)
    company = open_company(workspace)
    week = company.this_week()
    assert told["build"] == company.build.id
    assert told["numbers"] == json.loads(week.numbers.write_json())
    assert told["felt"] == json.loads(company.ask("feelings/emotion").frame.write_json())
    counted = company.build.query(
        """
        select n, successes from kpi_window join kpi_clock using (kpi, weeks)
        where kpi = 'emotion' and dimension = 'all' order by iso_week
        """
    )
    assert [(row["n"], row["successes"]) for row in told["felt"]] == counted.filter(pl.col("n") >= 10).rows()
    shown = json.dumps(executed("weekly_review"))
    for sentence in (week.headline, week.lead, *(part for part in str(week.changed).split("\n\n"))):
        assert json.dumps(sentence)[1:-1] in shown


def test_the_analyst_leaves_with_a_question_a_test_and_a_file(
    workspace: Path, executed: Callable[[str], Any]
) -> None:
    executed("analysts_start")
    assert (workspace / "queries" / "questions" / f"{SAVED}.sql").is_file()
    assert list((workspace / "tests" / "queries" / SAVED).glob("*.yaml"))
    assert (workspace / "reached_by_channel.xlsx").stat().st_size > 1000
    company = open_company(workspace)
    assert not company.questions().filter(name=SAVED)["draft"].item()
    code, said, _ = careful("query", "run", SAVED, "--format", "json", "--config", workspace)
    assert code == 0
    assert json.loads(said) == json.loads(company.ask(SAVED).frame.write_json())
    assert company.params(BOUND).select("name", "type", "default").rows() == [("channel", "text", "chat")]
    assert list((workspace / "tests" / "queries" / BOUND).glob("*.yaml"))


def test_no_cell_shows_anything_that_is_fetched(executed: Callable[[str], Any]) -> None:
    for name in NAMES:
        shown = json.dumps([cell.outputs for cell in executed(name).cells if cell.cell_type == "code"])
        assert re.findall(r"(?:src|href)=\W*https?:|<script|cdn|vega-embed", shown) == []
    assert "data:image/svg+xml;base64," in shown or "image/svg+xml" in shown


# careful notebook


def test_a_notebook_is_copied_and_never_over_another(workspace: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my notebooks"
    code, said, _ = careful("notebook", "analysts_start", "--to", folder, "--config", workspace)
    copied = folder / "analysts_start.ipynb"
    assert code == 0
    assert copied.read_bytes() == (NOTEBOOKS / "analysts_start.ipynb").read_bytes()
    assert (
        f"  {CONFIG_VARIABLE}={workspace / 'careful.toml'} {sys.executable} -m jupyterlab {shlex.quote(str(copied))}\n"
        in said
    )
    copied.write_text("mine")
    code, _, error = careful("notebook", "analysts_start", "--to", folder, "--config", workspace)
    assert code == 2
    assert "is there already and is yours; it is never overwritten" in error
    assert copied.read_text() == "mine"


def test_a_notebook_that_there_is_not_is_refused(workspace: Path) -> None:
    assert careful("notebook", "nonsense", "--config", workspace)[0] == 2
