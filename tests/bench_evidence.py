"""The same questions of the same tables as static pages: Careful and Evidence (npm), one after the other in one run.

Every question of the product is asked with its parameters at their defaults and shown with its chart and all its
rows, a page per theme. Careful reads the published build; Evidence a copy of the same tables in the storage format
that its connector's DuckDB reads. Careful adds ranges, hides what rests on too few, dashes what is not final, and
draws the pictures into the page; Evidence's pages draw, sort and search in the browser, from Parquet beside them.
A whole process each, from its start. Installing Evidence is told apart; where it can not be had, that is said.
"""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

import duckdb

from pipelines.questions import QuestionFile, read_questions
from pipelines.store import AGGREGATES, Build

PACKAGES = {
    "@evidence-dev/core-components": "5.4.2",
    "@evidence-dev/duckdb": "2.0.1",
    "@evidence-dev/evidence": "40.1.8",
    "typescript": "5.4.2",
}
CONFIG = """\
plugins:
  components:
    "@evidence-dev/core-components": {}
  datasources:
    "@evidence-dev/duckdb": {}
"""
READABLE = "v1.4.0"
CHARTS = {"line": "LineChart", "area": "AreaChart", "bar": "BarChart", "scatter": "ScatterPlot"}
MOST_SECONDS = 240
Spent = dict[str, float]


def compare_evidence(folder: Path, build: Build) -> None:
    """Print the line; where Evidence can not be had, Careful's half and why."""
    ours, site = folder / "careful-pages", folder / "evidence"
    questions = read_questions().files
    spent = _run([sys.executable, __file__, str(build.path), str(ours)], folder)
    told = f"{len(questions)} questions as pages: Careful {_told(spent)}, {_megabytes(ours):.1f} MB"
    try:
        write_site(site, build, questions)
        install = _run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"], site)
        sources = _run(["npx", "evidence", "sources", "--strict"], site)
        pages = _run(["npx", "evidence", "build:strict"], site)
    except (OSError, duckdb.Error, subprocess.SubprocessError) as error:
        print(f"{told} · Evidence SKIPPED: {_why(error)}")
        return
    theirs = {key: sources[key] + pages[key] for key in spent}
    print(
        f"{told} · Evidence {_told(theirs)} (sources {_told(sources)}, build {_told(pages)}), "
        f"{_megabytes(site / 'build'):.1f} MB · ratio {spent['cpu'] / theirs['cpu']:.2f} of CPU, "
        f"{spent['wall'] / theirs['wall']:.2f} of time; besides, installing Evidence {_told(install)}, "
        f"{_megabytes(site / 'node_modules'):,.0f} MB"
    )


def careful_pages(folder: Path, build: Build, questions: Iterable[QuestionFile]) -> None:
    """A page per theme: every question with its ranges, its picture, its rows and what they rest on."""
    from dashboard import figures, findings
    from dashboard.charts import paper
    from dashboard.charts import question as charts
    from pipelines.questions.answer import ask
    from pipelines.questions.cage import Cage

    pages: dict[str, list[str]] = {}
    with Cage(build) as cage:
        for question in questions:
            answer = ask(cage, question)
            table = figures.table(answer)
            rows = "".join(_row("td", row) for row in table.iter_rows())
            picture = paper.svg(charts.picture(answer)) if charts.is_drawn(answer) else ""
            rests_on = "<br>".join(escape(f"{key}: {value}") for key, value in findings.facts(answer).items())
            pages.setdefault(question.theme, []).append(
                f"<h2>{escape(question.header.question)}</h2><p>{escape(findings.takeaway(answer))}</p>{picture}"
                f"<table>{_row('th', table.columns)}{rows}</table><p>{rests_on}</p>"
            )
    folder.mkdir(parents=True)
    for theme, parts in pages.items():
        page = f"<!doctype html><meta charset='utf-8'><title>{theme}</title>{''.join(parts)}"
        (folder / f"{theme}.html").write_text(page, encoding="utf-8")


def write_site(site: Path, build: Build, questions: Iterable[QuestionFile]) -> None:
    """Evidence's folder: packages, tables, a source query per question, a page per theme."""
    source, pages = site / "sources" / "careful", site / "pages"
    source.mkdir(parents=True)
    pages.mkdir()
    (site / "package.json").write_text(
        json.dumps({"name": "pages", "private": True, "type": "module", "dependencies": PACKAGES})
    )
    (site / "evidence.config.yaml").write_text(CONFIG)
    (source / "connection.yaml").write_text(
        "name: careful\ntype: duckdb\noptions:\n  filename: careful.duckdb\n"
    )
    _copy_tables(build.path / AGGREGATES, source / "careful.duckdb")
    themes: dict[str, list[str]] = {}
    for question in questions:
        name = question.name.replace("/", "_")
        (source / f"{name}.sql").write_text(_with_defaults(question), encoding="utf-8")
        themes.setdefault(question.theme, []).append(_section(name, question))
    for theme, sections in themes.items():
        (pages / f"{theme}.md").write_text(f"# {theme}\n\n{''.join(sections)}", encoding="utf-8")
    (pages / "index.md").write_text("# Questions\n\n" + "".join(f"- [{t}](/{t})\n" for t in themes))


def _copy_tables(source: Path, target: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{source}' as build (read_only)")
        connection.execute(f"attach '{target}' as copy (storage_version '{READABLE}')")
        for (table,) in connection.sql(
            "select table_name from duckdb_tables() where database_name = 'build'"
        ).fetchall():
            connection.execute(f'create table copy."{table}" as from build."{table}"')


def _with_defaults(question: QuestionFile) -> str:
    given = question.defaults()

    def spelt(match: re.Match[str]) -> str:
        value = given[match.group(1)]
        return "null" if value is None else str(duckdb.ConstantExpression(value))

    return re.sub(r"\$(\w+)", spelt, question.sql)


def _section(name: str, question: QuestionFile) -> str:
    chart = question.header.chart
    drawn = ""
    if chart and chart.mark in CHARTS:
        series = f" series={chart.by}" if chart.by else ""
        drawn = f"<{CHARTS[chart.mark]} data={{{name}}} x={chart.x} y={chart.y}{series}/>\n\n"
    return (
        f"## {question.header.question}\n\n```sql {name}\nselect * from careful.{name}\n```\n\n"
        f"{drawn}<DataTable data={{{name}}} rows=all/>\n\n"
    )


def _row(tag: str, cells: Iterable[Any]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(str(cell))}</{tag}>' for cell in cells)}</tr>"


def _run(command: list[str], folder: Path) -> Spent:
    """Seconds of a command and of its CPUs, all that it started included."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    quiet = {
        **os.environ,
        "SEND_ANONYMOUS_USAGE_STATS": "no",
        "PYTHONPATH": str(Path(__file__).parent.parent),
    }
    program = shutil.which(command[0])
    if program is None:
        raise FileNotFoundError(f"there is no {command[0]} here")
    doing = subprocess.Popen(
        [program, *command[1:]], cwd=folder, env=quiet, text=True, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        said, _ = doing.communicate(timeout=MOST_SECONDS)
    except subprocess.TimeoutExpired as error:
        os.killpg(doing.pid, signal.SIGKILL)
        error.output, _ = doing.communicate()
        raise
    if doing.returncode:
        raise subprocess.CalledProcessError(doing.returncode, command, said)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "wall": time.perf_counter() - started,
    }


def _told(spent: Spent) -> str:
    return f"{spent['cpu']:.1f} CPU s, {spent['wall']:.1f} s"


def _megabytes(folder: Path) -> float:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _why(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError | subprocess.TimeoutExpired):
        ended = (
            f"ended with {error.returncode}"
            if isinstance(error, subprocess.CalledProcessError)
            else (
                f"stood still, and was ended after {error.timeout:.0f} s (its DuckDB for the web fetches the extension "
                "for Parquet from the network)"
            )
        )
        return "\n".join([f"a step {ended}:", *str(error.output or "").strip().splitlines()[-15:]])
    return str(error)


if __name__ == "__main__":
    careful_pages(Path(sys.argv[2]), Build(Path(sys.argv[1])), read_questions().files)
