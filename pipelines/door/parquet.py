"""Parquet to rows of text: the same records as JSON lines, with values by dotted path."""

import io
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import polars as pl

from pipelines.door.ndjson import IN_MEMORY, NAMED_VALUES
from pipelines.door.read import PARQUET, Refused, Text

Fields = Mapping[str, Any]


class Table:
    """The records of a Parquet file. Its line is a record's place, from 1."""

    broken_rule = "not_a_record"

    def __init__(self, content: bytes) -> None:
        self.broken: list[int] = []
        self._content = content
        try:
            self._schema: dict[str, Any] = dict(pl.read_parquet_schema(io.BytesIO(content)))
            self._height = pl.scan_parquet(io.BytesIO(content)).select(pl.len()).collect().item()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise Refused(f"It starts as Parquet but can not be read ({type(error).__name__}).") from None
        if self._height > len(content):
            raise Refused("The Parquet file has more records than bytes; export it again.")

    @property
    def height(self) -> int:
        """How many records there are."""
        return self._height

    def labels(self) -> set[str]:
        """The dotted paths of the columns and their fields; a named value's can not be told before it is read."""
        return set(_paths(self._schema))

    def rows(self, names: list[str]) -> pl.DataFrame:
        """The values at dotted paths as text, plus `_line`; an absent value is null."""
        known = self.labels()
        columns = {name: self._column(name, known) for name in names}
        wanted = {name.split(".")[0] for name in names} & self._schema.keys()
        try:
            frame = pl.read_parquet(io.BytesIO(self._content), columns=sorted(wanted))
        except (pl.exceptions.PolarsError, OSError) as error:
            raise Refused(f"Its columns can not be read ({type(error).__name__}); export it again.") from None
        listed = ", ".join(f"{sql}::varchar as {_quoted(name)}" for name, sql in columns.items())
        with duckdb.connect(config=IN_MEMORY) as connection:
            connection.register("record", frame.with_row_index("_line", offset=1))
            return connection.sql(f"select {listed}, _line from record order by _line").pl()

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
    return Table(text.content) if text.encoding == PARQUET else None
