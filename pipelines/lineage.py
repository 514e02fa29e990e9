"""Which table is made of which, from the question files down to the landed exports."""

from collections.abc import Iterable
from functools import lru_cache

import polars as pl
from sqlglot import exp

from pipelines.door.land import ANSWERS, DIMENSIONS, TOKENS, Load
from pipelines.engine.graph import Model, Node, QueryError, place
from pipelines.questions import NO_SPEED, QuestionFile

HANDLE_TIME = "handle_seconds"
_SHARED = (ANSWERS, DIMENSIONS, TOKENS)
_OF_ANSWERS = ("ga4__window", "ga4__said", "ga4__total")
"""What is kept of the answers of a source that was asked, besides their rows."""


def lineage(nodes: Iterable[Node], questions: Iterable[QuestionFile], loads: Iterable[Load]) -> pl.DataFrame:
    """Every step from a question or table to what it reads: name, reads.

    A question is called `questions/<theme>/<name>`, an export as it landed `landing.<source>__<object>`. The tables
    that exports share (answers, own dimensions, identifiers) read every export that put rows into them; what is kept of
    the answers of Google Analytics reads every report.
    """
    edges = {(table, read) for node in nodes for table in node.outputs for read in node.inputs}
    edges |= {(f"questions/{q.name}", read) for q in questions for read in q.model.inputs}
    loads = list(loads)
    edges |= {
        (f"landing.{shared}", f"landing.{load.source}__{load.object}")
        for load in loads
        for shared in _SHARED
        if any(file.startswith(f"{shared}/") for file in load.files)
    }
    edges |= {
        (f"landing.{kept}", f"landing.{load.source}__{load.object}")
        for kept in _OF_ANSWERS
        for load in loads
        if load.window
    }
    schema = {"name": pl.String, "reads": pl.String}
    return pl.DataFrame(sorted(edges), schema=schema, orient="row")


def refuse_handle_time(nodes: Iterable[Node], questions: Iterable[QuestionFile]) -> None:
    """Stop a success that is made of how long our people were busy.

    A query may pass `handle_seconds` on under its own name; one that does anything else with it, and all that reads
    that query's table, is made of handling time. That stops mistakes, not deceit: a time made anew from when a contact
    was opened and solved, a vendor's column under another name, or columns taken by their place are not seen.

    Raises:
        QueryError: the question, and the query where handling time came in.
    """
    maker = {table: node for node in nodes for table in node.outputs}
    for question in questions:
        if not question.promises_success:
            continue
        asked = question.model
        seen: set[str] = set()
        waiting: list[Node] = [asked]
        while waiting:
            node = waiting.pop()
            if isinstance(node, Model) and _uses_handle_time(node, passes_on=node is not asked):
                raise QueryError(
                    f"{question.path}: the purpose is 'success', but {place(node)} makes it of {HANDLE_TIME}: "
                    f"{NO_SPEED}, in a mart of its own."
                )
            new = {table for table in node.inputs if table in maker} - seen
            seen |= new
            waiting += [maker[table] for table in sorted(new)]


@lru_cache(maxsize=1024)
def _uses_handle_time(model: Model, *, passes_on: bool) -> bool:
    if HANDLE_TIME not in model.sql.lower():
        return False
    found = [column for column in model.tree.find_all(exp.Column) if column.name.lower() == HANDLE_TIME]
    return any(not (passes_on and _is_passed_on(column)) for column in found)


def _is_passed_on(column: exp.Column) -> bool:
    """Selected under its own name, at most cast to another type, into a relation that keeps its name."""
    part: exp.Expr = column
    while isinstance(part.parent, exp.Cast | exp.Alias):
        part = part.parent
    return (
        isinstance(part.parent, exp.Select) and part.arg_key == "expressions"
        and (part.alias_or_name.lower() == HANDLE_TIME or isinstance(part, exp.Cast))
        and _keeps_its_name(part.parent, part.parent.expressions.index(part))
    )  # fmt: skip


def _keeps_its_name(select: exp.Select, position: int) -> bool:
    """Whether what is selected there is not a value of its own, nor renamed by a UNION or a list of column names."""
    part: exp.Expr = select
    while part.parent:
        part = part.parent
        first = part.selects if isinstance(part, exp.SetOperation) else []
        if position < len(first) and first[position].output_name.lower() not in (HANDLE_TIME, "*", ""):
            return False
        if isinstance(part, exp.CTE) or isinstance(part.parent, exp.From | exp.Join):
            return not part.alias_column_names
        if not isinstance(part, exp.SetOperation | exp.Subquery):
            return False
    return True
