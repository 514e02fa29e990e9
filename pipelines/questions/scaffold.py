"""Writes a new question: the file, and a golden test that it passes."""

import re
from collections.abc import Mapping
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

import yaml

from pipelines.engine.graph import QueryError
from pipelines.questions.file import QUERIES, tests_of

_NAME = re.compile(r"[a-z][a-z0-9_]*/[a-z][a-z0-9_]*")
_TYPES = {str: "text", bool: "boolean", int: "integer", float: "number", date: "date"}
_QUESTION = """\
/* ---
question: How many customers feel valued, week by week?
owner: {owner}
grain: [iso_week]
params:
  segment: {{type: text, default: all, options: "select distinct member from kpi_week where dimension = 'segment'"}}
columns:
  valued_share: {{about: "Answered 6 or 7 of 7 to the valued item", better: up}}
chart: {{mark: line, x: iso_week, y: valued_share}}
comparisons: [prior_week]
--- */
select iso_week, successes::double / n as valued_share, successes, n, maturity
from kpi_week
where kpi = 'valued' and dimension in ('all', 'segment') and member = $segment
order by iso_week
"""
_CASES = {
    "of_ten_answers_those_of_6_and_7": """\
about: >
  The share of each week, by default of all customers. The week that is not over is there and says that it is partial;
  other numbers and single segments are not mixed in
inputs:
  kpi_week: |
    kpi,    iso_week, dimension, member,  n,  successes, maturity
    valued, 2026-W45, all,       all,     20, 10,        final
    valued, 2026-W47, all,       all,     10, 3,         partial
    valued, 2026-W45, segment,   premium, 12, 9,         final
    trust,  2026-W45, all,       all,     40, 40,        final
expect: |
  iso_week, valued_share, successes, n,  maturity
  2026-W45, 0.5,          10,        20, final
  2026-W47, 0.3,          3,         10, partial
""",
    "of_one_segment": """\
about: With a segment, only its answers
params: {segment: premium}
inputs:
  kpi_week: |
    kpi,    iso_week, dimension, member,  n,  successes, maturity
    valued, 2026-W45, all,       all,     20, 10,        final
    valued, 2026-W45, segment,   premium, 12, 9,         final
expect: |
  iso_week, valued_share, successes, n,  maturity
  2026-W45, 0.75,         9,         12, final
""",
    "nobody_answered": """\
about: Where nobody answered no week comes out, neither a zero nor an error
expect: |
  iso_week, valued_share, n
""",
}


def new(root: Path, name: str, owner: str) -> list[Path]:
    """Write `questions/<theme>/<name>.sql` with a working example, and its golden tests; returns the files.

    A company's question of a product's name begins as a copy of the product's, whose golden tests it then must pass.

    Args:
        root: the folder of queries to write to.

    Raises:
        QueryError: the name is none, or the file is there.
    """
    path = _free(root, name)
    products = QUERIES / "questions" / f"{name}.sql"
    if products.is_file():
        return [_write(path, products.read_text(encoding="utf-8"))]
    written = [_write(path, _QUESTION.format(owner=owner))]
    folder = tests_of(root) / name
    return written + [_write(folder / f"{case}.yaml", text) for case, text in _CASES.items()]


def save(
    root: Path,
    name: str,
    sql: str,
    *,
    question: str,
    owner: str,
    grain: list[str],
    params: Mapping[str, Any] | None = None,
) -> Path:
    """Write a question from a SELECT that was tried elsewhere, such as in a notebook; a draft until it has a test.

    Args:
        params: what each `$name` of the SELECT is by default; its type is the value's.

    Raises:
        QueryError: the name is none, the file is there, or a parameter has no type that a header knows.
    """
    path = _free(root, name)
    typed = {one: {"type": _type_of(one, value), "default": value} for one, value in (params or {}).items()}
    header = yaml.safe_dump(
        {"question": question, "owner": owner, "grain": grain, **({"params": typed} if typed else {})},
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
    )
    return _write(path, f"/* ---\n{header}--- */\n{sql.strip().rstrip(';')}\n")


def mark_verified(path: Path, by: str, on: date, definition_hash: str) -> None:
    """Write into a question file that somebody checked what it says now; an earlier mark is replaced."""
    text = path.read_text(encoding="utf-8")
    head, rest = text.split("--- */", 1)
    head = re.sub(r"(?m)^verified:.*\n(?:[ \t]+.*\n)*", "", head)
    mark = yaml.safe_dump(
        {"by": by, "checked_on": on, "hash": definition_hash},
        default_flow_style=True,
        sort_keys=False,
        width=1000,
    )
    _write(path, f"{head}verified: {mark.strip()}\n--- */{rest}")


def _type_of(name: str, value: Any) -> str:
    if type(value) not in _TYPES or (isinstance(value, float) and not isfinite(value)):
        raise QueryError(
            f"The parameter {name}: expected a text, a whole or a decimal number, a date, or True or False; found "
            f"{type(value).__name__} {value!r}."
        )
    return _TYPES[type(value)]


def _free(root: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise QueryError(
            f"{name!r} is no name: expected theme/name in small letters, such as feelings/felt_valued."
        )
    path = root / "questions" / f"{name}.sql"
    if path.exists():
        raise QueryError(f"{path} is there already. Choose another name, or edit it.")
    return path


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
