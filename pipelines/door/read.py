"""Text to rows of text, piece by piece. Nothing is guessed: no types, no dates, no nulls."""

import csv
import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import chain, count, pairwise
from typing import Protocol

import numpy as np
import polars as pl

from pipelines.door.refused import Refused
from pipelines.door.text import LONGEST_RECORD, Text, endless

DELIMITERS = (",", ";", "\t")
HEAD_RECORDS = 40
LONGEST_FOOTER = 12
PIECE = 16 * 1024**2
"""Bytes of text that are turned into rows at a time."""
MOST_COLUMNS = 16_384
_FOOTER_BYTES = 65_536
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True)
class Piece:
    """Some of a file's records.

    Attributes:
        frame: one String column per name, plus `_line`. read: how many records there are, the broken ones too.
        broken: the lines of those that are no rows. through: how many bytes of the text have been read with it.
    """

    frame: pl.DataFrame
    read: int
    broken: list[int]
    through: int


class Records(Protocol):
    """What a file holds that is not a table with a header: records whose values are named by labels."""

    @property
    def broken_rule(self) -> str:
        """What is wrong with lines that hold no record."""
        ...

    def labels(self) -> set[str]:
        """What values are named."""
        ...

    def pieces(self, names: list[str]) -> Iterator[Piece]:
        """The values of these names as text; null where there is none."""
        ...


@dataclass(frozen=True)
class Shape:
    """The records of a CSV, counted without a CSV parser: line, number of cells, and first byte, of each.

    Blank lines are no records; `has_blanks` says whether there are any, `newlines` how many lines there are,
    `end` where the last one ends.
    """

    lines: np.ndarray
    cells: np.ndarray
    starts: np.ndarray
    has_blanks: bool = False
    newlines: int = 0
    end: int = 0

    def until(self, end: int) -> "Shape":
        """The records before one of them."""
        return replace(
            self,
            lines=self.lines[:end],
            cells=self.cells[:end],
            starts=self.starts[:end],
            end=int(self.starts[end]),
        )


def shape(content: bytes | memoryview, delimiter: str, first_line: int = 1) -> Shape:
    """Count records and cells by the parity of quotes, independently of the parser that reads them.

    Args:
        content: UTF-8 text that begins with a record. delimiter: one ASCII character.
        first_line: the number of its first line in the file.

    Raises:
        Refused: a quote that is never closed, one inside a cell that is not quoted, or a record beyond reason.
    """
    data = np.frombuffer(content, dtype=np.uint8)
    if not data.size or data[-1] != ord("\n"):
        data = np.append(data, np.uint8(ord("\n")))
    quotes, newlines, delimiters = (np.flatnonzero(data == ord(mark)) for mark in ('"', "\n", delimiter))
    ends = newlines
    if quotes.size:
        if quotes.size % 2:
            raise Refused("A quoted cell is never closed: the file is cut off or damaged.")
        _refuse_stray_quotes(data, quotes, delimiter, first_line)
        ends, delimiters = (_outside(quotes, at) for at in (newlines, delimiters))
    starts = np.concatenate(([0], ends[:-1] + 1))
    if (np.diff(starts, append=len(data)) > LONGEST_RECORD).any():
        raise endless()
    cells = np.diff(np.searchsorted(delimiters, ends), prepend=0) + 1
    lines = np.searchsorted(newlines, starts) + first_line
    carriage = (data[np.maximum(ends - 1, 0)] == ord("\r")) & (ends > 0)
    filled = ends - carriage > starts
    return Shape(
        lines[filled], cells[filled], starts[filled], not bool(filled.all()), newlines.size, len(content)
    )


def _outside(quotes: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """The marks before which as many quotes open as close."""
    if len(marks) < len(quotes):
        return marks[np.searchsorted(quotes, marks) % 2 == 0]
    between = np.diff(np.searchsorted(marks, quotes), prepend=0, append=len(marks))
    return marks[np.repeat(np.arange(len(between)) % 2 == 0, between)]


def _refuse_stray_quotes(data: np.ndarray, quotes: np.ndarray, delimiter: str, first_line: int) -> None:
    """A quote opens a cell at its start and closes it at its end, or is doubled; else no reading is sure."""
    opening, closing = quotes[::2], quotes[1::2]
    is_edge = np.zeros(256, dtype=bool)
    is_edge[[ord(delimiter), ord("\n"), ord('"')]] = True
    opens = is_edge[data[np.maximum(opening - 1, 0)]] | (opening == 0)
    is_edge[ord("\r")] = True
    closes = is_edge[data[closing + 1]]
    stray = np.concatenate((opening[~opens], closing[~closes]))
    if stray.size:
        line = int(np.count_nonzero(data[: stray.min()] == ord("\n"))) + first_line
        raise Refused(f"A quote stands in the middle of a cell (line {line}): its quoting is damaged.")


def delimiter_of(content: bytes) -> str:
    """The delimiter that the first record uses most, outside quotes."""
    head = content[:65_536].decode("utf-8", errors="ignore")
    outside = "".join(head.split('"')[::2]).split("\n")
    first = next((line for line in outside if line.strip(" \r")), "")
    return max(DELIMITERS, key=first.count)


@dataclass(frozen=True)
class Sheet:
    """A CSV in text: its first records for recognition, the rest on demand."""

    text: Text
    delimiter: str
    head: list[list[str]]

    def pieces(
        self,
        names: list[str],
        header_rows: int,
        footer: str | None = None,
        taken: Collection[str] | None = None,
    ) -> Iterator[Piece]:
        """Every record after the header as text; those from the first one that `footer` matches on are none.

        Args:
            names: of every column; they are made distinct by `unique`. taken: the ones to read, absent means all.

        Raises:
            Refused: two readings of it disagree, or it is damaged.
        """
        distinct = unique(names)
        wanted = [i for i, name in enumerate(distinct) if taken is None or name in taken]
        skip = header_rows
        for content, counted, through in self._contents(header_rows, footer is not None):
            rows = counted
            if skip:
                self._refuse_doubtful_header(counted, skip)
            if footer is not None and through == self.text.size:
                rows = _without_footer(counted, content, footer, len(names))
            yield self._piece(content, rows, skip, distinct, wanted, through)
            skip = 0

    def _contents(self, header_rows: int, has_footer: bool) -> Iterator[tuple[bytes, Shape, int]]:
        """Text, the shape of the whole records that it begins with, and how many bytes have been read with them.

        The header is in the first one.
        """
        size, rest, through, line = self.text.size, b"", 0, 1
        with self.text.open() as stream:
            while through < size:
                block = stream.read(PIECE)
                through += len(block)
                if has_footer and size - through < _FOOTER_BYTES:
                    block += (more := stream.read())
                    through += len(more)
                content = rest + block
                is_last = through >= size
                end = len(content) if is_last else _end_of_records(content)
                counted = shape(memoryview(content)[:end], self.delimiter, line)
                lacks_header = line == 1 and len(counted.lines) < header_rows
                if not is_last and (not end or lacks_header):
                    if len(content) > LONGEST_RECORD:
                        raise endless()
                    rest = content
                    continue
                rest, line = content[end:], line + counted.newlines
                yield content, counted, through - len(rest)

    def _refuse_doubtful_header(self, counted: Shape, rows: int) -> None:
        if [len(record) for record in self.head[:rows]] != counted.cells[:rows].tolist():
            raise Refused("Two readings of its header disagree: its quoting or its line ends are damaged.")

    def _piece(
        self, content: bytes, rows: Shape, skip: int, names: list[str], wanted: list[int], through: int
    ) -> Piece:
        lines, cells = rows.lines[skip:], rows.cells[skip:]
        fits = cells == len(names)
        bounds = [*rows.starts[skip:].tolist(), rows.end]
        plain = content[bounds[0] : bounds[-1]]
        if rows.has_blanks or not fits.all():
            plain = b"".join(
                content[start:end].rstrip(b"\r\n") + b"\n"
                for (start, end), is_row in zip(pairwise(bounds), fits, strict=True)
                if is_row
            )
        frame = _parse(plain, self.delimiter, len(names), wanted)
        if frame.height != int(fits.sum()):
            raise Refused(
                f"Two independent counts of its rows disagree ({frame.height} and {int(fits.sum())}): "
                "its quoting is damaged."
            )
        frame.columns = [names[i] for i in wanted]
        frame = frame.with_columns(pl.Series("_line", lines[fits], dtype=pl.Int64))
        return Piece(frame, len(lines), [int(line) for line in lines[~fits]], through)


def _end_of_records(content: bytes) -> int:
    """Where the last whole record ends: behind the last line end outside quotes."""
    quotes = int(np.count_nonzero(np.frombuffer(content, dtype=np.uint8) == ord('"')))
    end = len(content)
    while (at := content.rfind(b"\n", 0, end)) >= 0:
        quotes -= content.count(b'"', at, end)
        if quotes % 2 == 0:
            return at + 1
        end = at
    return 0


def _without_footer(counted: Shape, content: bytes, footer: str, width: int) -> Shape:
    """What comes before a footer among the last records; a record as wide as the header is a row, whatever it says.

    One cell alone between an empty line and the footer is a title, and belongs to it.
    """
    ends, before = re.compile(footer.encode()), re.compile(rb'[\s"]*')
    for record in range(max(0, len(counted.starts) - LONGEST_FOOTER), len(counted.starts)):
        skipped = before.match(content, int(counted.starts[record]))
        is_row = counted.cells[record] == width
        if skipped and not is_row and ends.match(content, skipped.end()):
            return counted.until(record - _is_title(counted, record - 1, width))
    return counted


def _is_title(counted: Shape, record: int, width: int) -> bool:
    if record < 1 or width == 1 or counted.cells[record] != 1:
        return False
    return bool(counted.lines[record] - counted.lines[record - 1] > 1)


def _parse(content: bytes, delimiter: str, width: int, wanted: list[int]) -> pl.DataFrame:
    schema = {f"c{i}": pl.String for i in range(width)}
    chosen = [f"c{i}" for i in wanted]
    if not content:
        return pl.DataFrame(schema=dict.fromkeys(chosen, pl.String))
    try:
        frame = pl.read_csv(
            content,
            separator=delimiter,
            has_header=False,
            schema=schema,
            columns=wanted,
            truncate_ragged_lines=True,
        )
    except pl.exceptions.PolarsError as error:
        raise Refused(f"Its rows can not be separated ({type(error).__name__}).") from None
    return frame.select(chosen)


def unique(names: list[str]) -> list[str]:
    """Column names made distinct: empty ones by position, repeated ones by occurrence."""
    distinct: dict[str, None] = {}
    for position, name in enumerate(names):
        base = name.strip() or f"_column_{position}"
        spellings = chain([base], (f"{base}#{number}" for number in count(2)))
        distinct[next(spelling for spelling in spellings if spelling not in distinct)] = None
    return list(distinct)


def sheet(text: Text) -> Sheet:
    """The first records of a delimited file.

    Raises:
        Refused: it has more columns than any export.
    """
    start = text.head(1_048_576)
    delimiter = delimiter_of(start)
    head: list[list[str]] = []
    for record in csv.reader(
        io.StringIO(start.decode("utf-8", errors="ignore"), newline=""), delimiter=delimiter
    ):
        if len(record) > MOST_COLUMNS:
            raise Refused(
                f"It has {len(record):,} columns, more than any export (at most {MOST_COLUMNS:,}); export it again."
            )
        if record:
            head.append(record)
        if len(head) == HEAD_RECORDS:
            break
    return Sheet(text, delimiter, head)
