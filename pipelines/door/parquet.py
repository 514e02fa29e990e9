"""Parquet to rows of text: the same records as JSON lines, with values by dotted path."""

import io
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import polars as pl

from pipelines.door.ndjson import IN_MEMORY, NAMED_VALUES
from pipelines.door.read import Piece
from pipelines.door.refused import Refused
from pipelines.door.text import PARQUET, Text

Fields = Mapping[str, Any]


class Table:
    """The records of a Parquet file. Its line is a record's place, from 1."""

    broken_rule = "not_a_record"

    def __init__(self, text: Text) -> None:
        self._path, self._size = text.path or io.BytesIO(text.held), text.size
        try:
            self._schema: dict[str, Any] = dict(pl.read_parquet_schema(self._path))
            height = pl.scan_parquet(self._path).select(pl.len()).collect().item()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise Refused(f"It starts as Parquet but can not be read ({type(error).__name__}).") from None
        if height > self._size:
            raise Refused("The Parquet file has more records than bytes; export it again.")

    def labels(self) -> set[str]:
        """The dotted paths of the columns and their fields; a named value's can not be told before it is read."""
        return set(_paths(self._schema))

    def pieces(self, names: list[str]) -> Iterator[Piece]:
        """The values at dotted paths as text, plus `_line`; an absent value is null. It is one piece."""
        known = self.labels()
        columns = {name: self._column(name, known) for name in names}
        wanted = {name.split(".")[0] for name in names} & self._schema.keys()
        try:
            frame = pl.read_parquet(self._path, columns=sorted(wanted))
        except (pl.exceptions.PolarsError, OSError) as error:
            raise Refused(f"Its columns can not be read ({type(error).__name__}); export it again.") from None
        listed = ", ".join(f"{sql}::varchar as {_quoted(name)}" for name, sql in columns.items())
        with duckdb.connect(config=IN_MEMORY) as connection:
            connection.register("record", frame.with_row_index("_line", offset=1))
            rows = connection.sql(f"select {listed}, _line::bigint as _line from record order by _line").pl()
        yield Piece(rows, rows.height, [], self._size)

    def _column(self, name: str, known: set[str]) -> str:
        first, _, rest = name.partition(".")
        if first in NAMED_VALUES and rest and first in known:
            return self._named(first, rest)
        if name not in known:
            return "null"
        return ".".join(_quoted(step) for step in name.split("."))

    def _named(self, of: str, name: str) -> str:
        where, values = NAMED_VALUES[of]
        entry = f"list_filter({_quoted(of)}, lambda entry: entry.{where} = '{name.replace(chr(39), chr(39) * 2)}')[1]"
        kind = self._schema[of]
        fields = set(_paths({"": kind.inner}, "")) if isinstance(kind, pl.List) else set()
        fields = {path.removeprefix(".") for path in fields}
        if where not in fields:
            raise Refused(f"Its {of} are no list of names and values; export the table as it is.")
        return (
            f"coalesce({', '.join(f'{entry}.{value}::varchar' for value in values if value in fields)}, null)"
        )


def _paths(fields: Fields, prefix: str = "") -> Iterator[str]:
    for name, kind in fields.items():
        yield prefix + name
        if isinstance(kind, pl.Struct):
            yield from _paths({each.name: each.dtype for each in kind.fields}, f"{prefix}{name}.")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def table(text: Text) -> Table | None:
    """The records of a Parquet file, or None when the file is something else.

    Raises:
        Refused: it starts like one, but is damaged.
    """
    return Table(text) if text.encoding == PARQUET else None
