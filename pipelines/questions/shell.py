"""A shell of SQL in the cage: one SELECT at a time, ended by a semicolon."""

import contextlib
import csv
import io
import readline
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Literal

import polars as pl
from rich.table import Table

from pipelines.questions.cage import Cage, CageError
from pipelines.questions.spreadsheet import safe

As = Literal["table", "csv", "json"]
SHOWN = 40
HELP = "End a SELECT with ; · \\t lists the tables, \\t NAME its columns · Ctrl+C stops a query · \\q leaves"
_LEAVES = frozenset(("\\q", ".exit", ".quit", "exit", "quit"))
_ASKS_FOR_HELP = frozenset(("\\?", "\\h", ".help", "?", "help"))
_LISTS = ("\\t", ".tables")


def table_of(frame: pl.DataFrame, most: int = SHOWN, period: str | None = None) -> Table:
    """A frame as a table for the terminal: its first rows, or the newest by the column that says when."""
    shown = frame.sort(period, maintain_order=True).tail(most) if period else frame.head(most)
    which = "newest" if period else "first"
    table = Table(caption=f"{frame.height:,} rows, the {which} {most} shown" if frame.height > most else None)
    for name, kind in frame.schema.items():
        table.add_column(name, justify="right" if kind.is_numeric() else "left", overflow="fold")
    for row in shown.iter_rows():
        table.add_row(*map(cell, row))
    return table


def cell(value: object) -> str:
    """A value as it is read: six digits of a float, nothing for null."""
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def as_text(frame: pl.DataFrame, form: Literal["csv", "json"]) -> str:
    """A frame as text for other programs; JSON has one object a row, and in CSV no spreadsheet runs a text."""
    if form == "json":
        return frame.write_json()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(safe, frame.columns))
    writer.writerows(map(_in_csv, row) for row in frame.iter_rows())
    return text.getvalue().rstrip("\n")


def _in_csv(value: object) -> object:
    """Figures, days and truths as they are; text, and what is written as text, made safe."""
    return value if value is None or isinstance(value, int | float | Decimal | date | time) else safe(value)


def converse(cage: Cage, show: Callable[[pl.DataFrame], None], say: Callable[[str], None]) -> None:
    """Read, run and show until the end of the input."""
    readline.parse_and_bind("tab: complete")
    readline.set_completer(_completer(cage))
    say(HELP)
    waiting = ""
    while True:
        try:
            line = input("careful> " if not waiting else "    ...> ")
        except EOFError:
            return
        except KeyboardInterrupt:
            waiting = ""
            say("")
            continue
        word, _, name = line.strip().rstrip(";").partition(" ")
        if not waiting and word in _LEAVES:
            return
        if not waiting and word in _ASKS_FOR_HELP:
            say(HELP)
            continue
        waiting = (
            _tables(name.strip()) + ";" if not waiting and word in _LISTS else f"{waiting}\n{line}".strip()
        )
        if waiting.endswith(";"):
            try:
                show(cage.sql(waiting.rstrip(";")))
            except CageError as error:
                say(str(error))
            except KeyboardInterrupt:
                say("Stopped.")
            waiting = ""


def _tables(name: str) -> str:
    if name:
        safe = name.replace("'", "''")
        return f"select column_name, data_type from duckdb_columns() where table_name = '{safe}' order by column_index"
    return "select table_name, estimated_size as rows from duckdb_tables() order by table_name"


def _completer(cage: Cage) -> Callable[[str, int], str | None]:
    known: list[str] = []
    with contextlib.suppress(CageError):
        known = cage.sql(
            "select table_name as name from duckdb_tables() union select column_name from duckdb_columns() "
            "where not internal order by 1"
        )["name"].to_list()

    def complete(text: str, state: int) -> str | None:
        fits = [name for name in known if name.startswith(text)]
        return fits[state] if state < len(fits) else None

    return complete
