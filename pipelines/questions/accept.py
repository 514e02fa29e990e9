"""Fills the expected rows of a golden test from the sample company, for review. Never from real customers."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
from sqlglot import exp

from pipelines.engine.graph import QueryError
from pipelines.questions.file import QuestionFile, tests_of
from pipelines.questions.golden import RUNNING_SINCE, RUNNING_WEEK, Golden, read_case, rows_of, text_of
from pipelines.store import Build

ROWS = 6
EMPTY, RUNNING = "where_there_is_nothing", "of_the_running_week"
CASE = "as_the_sample_company_has_it"


def accept(golden: Golden, build: Build, question: QuestionFile, case: str = CASE) -> Path:
    """Write what the question makes of a case's rows as what it expects; returns the file.

    A case that is there, the company's or the product's, keeps the rows it gives. Else a few rows of the sample company
    are given: of every table that the question reads the newest that its conditions let through, with the columns that
    it uses.

    Raises:
        QueryError: the build is not the sample company's, or the question can not be answered from such rows.
    """
    if not build.manifest.get("sample"):
        raise QueryError(
            f"{build.path}: rows are taken from the sample company only, never from real customers, and this build is "
            f"of {build.manifest['company']}. Make the sample company with `careful up` in a folder of its own, and "
            "name it with --sample."
        )
    path = tests_of(question.root) / question.name / f"{case}.yaml"
    there = next((each for each in golden.cases.get(question.name, []) if each.stem == case), None)
    if there:
        known = read_case(there, question.name)
        about, params, inputs = known.about, known.params, known.inputs
    else:
        about = "Rows of the sample company. Look at every one of them; then say here what they show"
        params, inputs = {}, _newest_rows(build, question)
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_bytes() if path.is_file() else None
    path.write_text(_case(about, params, inputs, "nothing"), encoding="utf-8")
    try:
        rows = golden.rows(question, path)
    except QueryError:
        path.unlink()
        if before is not None:
            path.write_bytes(before)
        raise
    path.write_text(_case(about, params, inputs, text_of(rows)), encoding="utf-8")
    return path


def begin(golden: Golden, build: Build, question: QuestionFile) -> Path:
    """Write the first cases of a new question: with rows of the sample company, with none, and of the running week.

    The running week's rows are those of the sample company, moved to it. A case that can not be, such as an empty one
    of a total that always has a row, is left out; the check asks for it. Returns the first file.

    Raises:
        QueryError: as `accept`.
    """
    first = accept(golden, build, question)
    case = read_case(first, question.name)
    if not case.expects_nothing:
        path = _accepted(golden, build, question, EMPTY, "Where there is nothing, nothing comes out", {})
        if not read_case(path, question.name).expects_nothing:
            path.unlink()
    if not case.has_partial_period and (moved := to_running_week(case.inputs)):
        about = "The newest rows of the sample company, as if they were of the week that is not over"
        _accepted(golden, build, question, RUNNING, about, moved)
    return first


def to_running_week(inputs: dict[str, str]) -> dict[str, str]:
    """Rows moved by whole weeks, so that the newest are of the week that is not over, and partial.

    Empty where no column says when.
    """
    tables = {name: rows_of(text) for name, text in inputs.items()}
    days = [
        day
        for rows in tables.values()
        for name in rows.columns
        for day in map(_monday, rows[name])
        if day and _says_when(name)
    ]
    if not days:
        return {}
    by = RUNNING_SINCE - max(days)
    return {name: text_of(_moved(rows, by)) for name, rows in tables.items()}


def _moved(rows: pl.DataFrame, by: timedelta) -> pl.DataFrame:
    moved = rows.with_columns(
        pl.Series(name, [_later(value, by) for value in rows[name]], dtype=pl.String)
        for name in rows.columns
        if _says_when(name)
    )
    if "iso_week" not in moved.columns:
        return moved
    is_running = pl.col("iso_week") == RUNNING_WEEK
    said = {"maturity": "partial", "is_closed": "false"}
    return moved.with_columns(
        pl.when(is_running).then(pl.lit(value)).otherwise(pl.col(name)).alias(name)
        for name, value in said.items()
        if name in moved.columns
    )


def _says_when(name: str) -> bool:
    return name == "iso_week" or name.endswith(("_on", "_at"))


def _monday(value: str | None) -> date | None:
    """The first day of the week that a week, a day or an instant is in; None of anything else."""
    text = value or ""
    try:
        day = date.fromisoformat(f"{text}-1" if "W" in text else text[:10])
    except ValueError:
        return None
    return day - timedelta(days=day.weekday())


def _later(value: str | None, by: timedelta) -> str | None:
    monday = _monday(value)
    if value is None or monday is None:
        return value
    if "W" in value:
        return (monday + by).strftime("%G-W%V")
    return f"{date.fromisoformat(value[:10]) + by}{value[10:]}"


def _accepted(
    golden: Golden, build: Build, question: QuestionFile, case: str, about: str, inputs: dict[str, str]
) -> Path:
    path = tests_of(question.root) / question.name / f"{case}.yaml"
    path.write_text(_case(about, {}, inputs, "nothing"), encoding="utf-8")
    return accept(golden, build, question, case)


def _case(about: str, params: dict[str, object], inputs: dict[str, str], expect: str) -> str:
    lines = ["about: >", f"  {' '.join(about.split())}"]
    if params:
        lines.append(
            f"params: {{{', '.join(f'{name}: {_scalar(value)}' for name, value in params.items())}}}"
        )
    if inputs:
        lines.append("inputs:")
    for table, text in inputs.items():
        lines += [f"  {table}: |", *(f"    {line.strip()}" for line in text.strip().splitlines())]
    return "\n".join([*lines, "expect: |", *(f"  {line}" for line in expect.splitlines())]) + "\n"


def _scalar(value: object) -> str:
    return (
        str(value).lower()
        if isinstance(value, bool)
        else repr(value)
        if isinstance(value, str)
        else str(value)
    )


def _newest_rows(build: Build, question: QuestionFile) -> dict[str, str]:
    """Of every table that a question reads, a few rows as text."""
    return {table: text_of(_rows(build, question, table)) for table in sorted(question.model.inputs)}


def _rows(build: Build, question: QuestionFile, table: str) -> pl.DataFrame:
    shape = build.query(f"select * from {table} limit 0").schema
    tree = question.model.tree
    used = {column.name for column in tree.find_all(exp.Column)} | _joined_by(tree)
    names = [name for name, kind in shape.items() if name in used and not kind.is_nested()] or list(shape)[:1]
    equal = [
        (test.left.name, test.right)
        for test in tree.find_all(exp.EQ)
        if isinstance(test.left, exp.Column)
        and isinstance(test.right, exp.Literal | exp.Placeholder)
        and test.left.name in shape
    ]
    tests = [f"{name} = {right.sql('duckdb')}" for name, right in equal]
    bound = {right.name for _, right in equal if isinstance(right, exp.Placeholder)}
    defaults = {name: value for name, value in question.defaults().items() if name in bound}
    plain = [f"coalesce(not regexp_matches({name}::varchar, '[,\"\\n]'), true)" for name in names]
    newest = [name for name in names if name == "iso_week" or name.endswith(("_on", "_at"))]
    columns, order = ", ".join(names), ", ".join(f"{name} desc" for name in (newest or names))
    for conditions, given in (((*tests, *plain), defaults), (plain, {})):
        rows = build.query(
            f"select distinct {columns} from {table} where {' and '.join(conditions)} order by {order} limit {ROWS}",
            given,
        )
        if rows.height:
            break
    return rows


def _joined_by(tree: exp.Expr) -> set[str]:
    """The columns of `join … using (…)`."""
    return {name.name for join in tree.find_all(exp.Join) for name in join.args.get("using") or ()}
