"""A SELECT of a notebook that stays: what tells its rows apart, and what was written of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from dashboard import words
from pipelines.questions.cage import Cage, refuse_all_but_one_select

MATURITY = "maturity"


class NotebookError(Exception):
    """What was asked for can not be done; the message says why and what to do."""


@dataclass(frozen=True)
class Saved:
    """A question that was written, and the first of its golden tests if it has any yet."""

    name: str
    path: Path
    test: Path | None

    def __repr__(self) -> str:
        if self.test is None:
            return (
                f"Wrote {self.path}. It is a draft until a golden test says what must come out; begin one from the "
                f"sample company: careful query accept {self.name} --sample DIR"
            )
        check = f"careful query check {self.name}"
        return f"Wrote {self.path}\nand golden tests in {self.test.parent}.\nLook at every row of them, then: {check}"


def bare(sql: str) -> str:
    """A statement without the mark that ends it."""
    return sql.strip().removesuffix(";")


def grain(cage: Cage, sql: str, given: Sequence[str] | None, params: Mapping[str, Any]) -> list[str]:
    """The columns that tell the rows of a SELECT apart: those given, or all that are no numbers.

    Args:
        params: what each `$name` of the SELECT is by default.

    Raises:
        NotebookError: a `$name` has no default, or the columns do not tell rows apart. CageError: it does not run here.
    """
    refuse_all_but_one_select(sql)
    bound = duckdb.extract_statements(sql)[0].named_parameters
    if lacking := sorted(bound - params.keys()):
        example = ", ".join(f'"{one}": …' for one in lacking)
        raise NotebookError(
            f"The SELECT uses {words.listed([f'${one}' for one in lacking])}. Say what is meant by default: "
            f"params={{{example}}}"
        )
    if unused := sorted(params.keys() - bound):
        raise NotebookError(f"The SELECT uses no {words.listed([f'${one}' for one in unused])}.")
    rows = cage.sql(sql, dict(params))
    found = list(
        given or (name for name, kind in rows.schema.items() if not kind.is_numeric() and name != MATURITY)
    )
    if lacking := [name for name in found if name not in rows.columns]:
        raise NotebookError(
            f"No column is called {words.listed(lacking)}. There are {', '.join(rows.columns)}."
        )
    if rows.height > 1 and (not found or rows.select(pl.struct(found).is_duplicated().any()).item()):
        raise NotebookError(
            f"Rows are not told apart by {', '.join(found) or 'any column'}. Say which columns do: grain=[…]"
        )
    return found
