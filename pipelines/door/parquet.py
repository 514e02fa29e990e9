"""Parquet to rows of text: the same records as JSON lines, with values by dotted path.

A few bytes of Parquet can stand for any amount of text: how much it is, is counted before any of it is written out.
"""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import polars as pl

from pipelines.door.ndjson import IN_MEMORY, NAMED_VALUES
from pipelines.door.read import MOST_COLUMNS, PIECE, Piece
from pipelines.door.refused import Refused
from pipelines.door.text import LONGEST_RECORD, PARQUET, Text, endless

Fields = Mapping[str, Any]
MOST_TEXT = 192 * 1024**2
"""Bytes of text that the columns which are taken may hold, and bytes that one column of one row group may unpack to."""
_BLOCK = 256
_LITTLE_MEMORY = {**IN_MEMORY, "memory_limit": "400MB", "threads": "2"}


class Table:
    """The records of a Parquet file. Its line is a record's place, from 1."""

    broken_rule = "not_a_record"

    def __init__(self, text: Text) -> None:
        self._path, self._size = str(text.path), text.size
        try:
            self._schema: dict[str, Any] = dict(pl.read_parquet_schema(self._path))
            with duckdb.connect(config=_LITTLE_MEMORY) as connection:
                ((height, largest),) = connection.execute(
                    "select (select num_rows from parquet_file_metadata($file)), max(total_uncompressed_size) "
                    "from parquet_metadata($file)",
                    {"file": self._path},
                ).fetchall()
        except (pl.exceptions.PolarsError, duckdb.Error, OSError) as error:
            raise Refused(f"It starts as Parquet but can not be read ({type(error).__name__}).") from None
        if height > self._size:
            raise Refused("The Parquet file has more records than bytes; export it again.")
        if len(self._schema) > MOST_COLUMNS or (largest or 0) > MOST_TEXT:
            raise _swollen()

    def labels(self) -> set[str]:
        """The dotted paths of the columns and their fields; a named value's can not be told before it is read."""
        return set(_paths(self._schema))

    def pieces(self, names: list[str]) -> Iterator[Piece]:
        """The values at dotted paths as text, plus `_line`; an absent value is null.

        Raises:
            Refused: it holds more text than any export of a day.
        """
        known = self.labels()
        columns = [f"({self._column(name, known)})::varchar" for name in names]
        listed = ", ".join(f"{sql} as {_quoted(name)}" for name, sql in zip(names, columns, strict=True))
        records = "from read_parquet($file, file_row_number = true)"
        with _reading(), duckdb.connect(config=_LITTLE_MEMORY) as connection:
            for first, end, through in self._cuts(connection, columns, records):
                frame = connection.sql(
                    f"select {listed}, file_row_number + 1 as _line {records} "
                    "where file_row_number between $first and $last order by _line",
                    params={"file": self._path, "first": first, "last": end - 1},
                ).pl()
                yield Piece(frame, frame.height, [], through)

    def _cuts(
        self, connection: duckdb.DuckDBPyConnection, columns: list[str], records: str
    ) -> Iterator[tuple[int, int, int]]:
        """First record, end and bytes of the file read with it, of each piece."""
        lengths = " + ".join(f"coalesce(strlen({sql}), 0)" for sql in columns)
        blocks = connection.execute(
            f"select count(*), sum({lengths}), max({lengths}) {records} "
            f"group by file_row_number // {_BLOCK} order by min(file_row_number)",
            {"file": self._path},
        ).fetchall()
        if not blocks:
            yield 0, 0, self._size
        height, text = sum(rows for rows, _, _ in blocks), sum(length for _, length, _ in blocks)
        if text > MOST_TEXT:
            raise _swollen()
        if any(longest > LONGEST_RECORD for _, _, longest in blocks):
            raise endless()
        first = end = waiting = 0
        for rows, length, _ in blocks:
            end, waiting = end + rows, waiting + length
            if waiting >= PIECE or end == height:
                yield first, end, round(self._size * end / height)
                first, waiting = end, 0

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


def _swollen() -> Refused:
    return Refused(
        f"The Parquet file unpacks to more than {MOST_TEXT // 1024**2} MB; export it as several files, a day each, "
        "or as JSON lines."
    )


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise Refused(f"Its columns can not be read ({type(error).__name__}); export it again.") from None


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
