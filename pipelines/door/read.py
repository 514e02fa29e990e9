"""Bytes to rows of text. Nothing is guessed: no types, no dates, no nulls."""

import codecs
import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path
from typing import Protocol

import numpy as np
import polars as pl

DELIMITERS = (",", ";", "\t")
HEAD_RECORDS = 40
LARGEST_EXPANSION = 200
_LONGEST_CELL = 2**31 - 1
_WORKBOOK = "xl/workbook.xml"
_SHADOWS = ("__MACOSX", ".")
_GZIP, _PARQUET = b"\x1f\x8b", b"PAR1"
PARQUET = "parquet"
csv.field_size_limit(_LONGEST_CELL)

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Refused(Exception):
    """A file that can not be read: refused whole, in one sentence that never quotes its content."""


@dataclass(frozen=True)
class Member:
    """One readable file: a plain file, or one file inside a ZIP."""

    name: str
    content: bytes


def members(path: Path) -> Iterator[Member]:
    """The files in a container; a plain file is its own only member, and so is one in a GZIP.

    Raises:
        Refused: a container that is damaged, encrypted, leads outside itself or expands beyond reason.
    """
    if not zipfile.is_zipfile(path):
        if path.suffix.lower() == ".zip":
            raise Refused("It is named .zip but is not a readable ZIP; download it again.")
        content = path.read_bytes()
        yield Member(path.name, _unpacked(content) if content.startswith(_GZIP) else content)
        return
    packed = path.stat().st_size
    try:
        with zipfile.ZipFile(path) as archive:
            if _WORKBOOK in archive.namelist():
                raise Refused("It is an Excel workbook; export it as CSV.")
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if sum(entry.file_size for entry in entries) > LARGEST_EXPANSION * max(packed, 1):
                raise Refused(f"The ZIP expands to more than {LARGEST_EXPANSION} times its size.")
            for entry in entries:
                parts = Path(entry.filename.replace("\\", "/")).parts
                if entry.filename.startswith("/") or ".." in parts:
                    raise Refused("The ZIP holds a path that leads outside it.")
                if not any(part.startswith(_SHADOWS) for part in parts):
                    yield Member(entry.filename, archive.read(entry))
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
        raise Refused(f"The ZIP can not be opened ({type(error).__name__}); download it again.") from None


def _unpacked(content: bytes) -> bytes:
    """A GZIP may consist of many, one after the other."""
    most = LARGEST_EXPANSION * len(content)
    try:
        unpacked = gzip.GzipFile(fileobj=io.BytesIO(content)).read(most + 1)
    except EOFError:
        raise Refused("The GZIP is cut off; download it again.") from None
    except (zlib.error, OSError):
        raise Refused("The GZIP can not be opened; download it again.") from None
    if len(unpacked) > most:
        raise Refused(f"The GZIP expands to more than {LARGEST_EXPANSION} times its size.")
    return unpacked


@dataclass(frozen=True)
class Text:
    """Decoded text as UTF-8 bytes, and how it was decoded; Parquet has types of its own and stays as it is."""

    content: bytes
    encoding: str
    replaced: int = 0


def decode(content: bytes) -> Text:
    """By byte order mark; else strict UTF-8; else cp1252, counting the bytes that it does not know.

    Raises:
        Refused: empty, or bytes that are no text.
    """
    if content.startswith(_PARQUET) and content.endswith(_PARQUET):
        return Text(content, PARQUET)
    text = _decoded(content)
    if not text.content.strip():
        raise Refused("The file is empty.")
    if b"\0" in text.content:
        raise Refused("It is not a text file.")
    if b"\n" not in text.content:
        return replace(text, content=text.content.replace(b"\r", b"\n"))
    return text


def _decoded(content: bytes) -> Text:
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError:
                raise Refused(f"It starts as {encoding} but is not {encoding} to its end.") from None
            return Text(text.removeprefix("\ufeff").encode(), encoding)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
        return Text(text.encode(), "cp1252", text.count("\ufffd"))
    return Text(content, "utf-8")


class Records(Protocol):
    """What a file holds that is not a table with a header: records whose values are named by labels."""

    @property
    def broken(self) -> list[int]:
        """The lines that hold no record."""
        ...

    @property
    def broken_rule(self) -> str:
        """What is wrong with them."""
        ...

    @property
    def height(self) -> int:
        """How many records there are, besides the broken ones."""
        ...

    def labels(self) -> set[str]:
        """What values are named."""
        ...

    def rows(self, names: list[str]) -> pl.DataFrame:
        """The values of these names as text, plus `_line`; null where there is none."""
        ...


@dataclass(frozen=True)
class Shape:
    """The records of a CSV, counted without a CSV parser: line, and number of cells, of each.

    Blank lines are no records; `has_blanks` says whether there are any.
    """

    lines: np.ndarray
    cells: np.ndarray
    has_blanks: bool = False


def shape(content: bytes, delimiter: str) -> Shape:
    """Count records and cells by the parity of quotes, independently of the parser that reads them.

    Args:
        content: UTF-8 text. delimiter: one ASCII character.

    Raises:
        Refused: a quote that is never closed, or one inside a cell that is not quoted.
    """
    data = np.frombuffer(content if content.endswith(b"\n") else content + b"\n", dtype=np.uint8)
    quoted = (np.cumsum(data == ord('"'), dtype=np.uint8) & 1).view(bool)
    if quoted[-1]:
        raise Refused("A quoted cell is never closed: the file is cut off or damaged.")
    _refuse_stray_quotes(data, delimiter)
    newlines = np.flatnonzero(data == ord("\n"))
    ends = newlines[~quoted[newlines]]
    starts = np.concatenate(([0], ends[:-1] + 1))
    delimiters = np.add.reduceat((data == ord(delimiter)) & ~quoted, starts, dtype=np.int64)
    lines = np.searchsorted(newlines, starts) + 1
    carriage = (data[np.maximum(ends - 1, 0)] == ord("\r")) & (ends > 0)
    filled = ends - carriage > starts
    return Shape(lines[filled], (delimiters + 1)[filled], not bool(filled.all()))


def _refuse_stray_quotes(data: np.ndarray, delimiter: str) -> None:
    """A quote opens a cell at its start and closes it at its end, or is doubled; else no reading is sure."""
    quotes = np.flatnonzero(data == ord('"'))
    opening, closing = quotes[::2], quotes[1::2]
    is_edge = np.zeros(256, dtype=bool)
    is_edge[[ord(delimiter), ord("\n"), ord('"')]] = True
    opens = is_edge[data[np.maximum(opening - 1, 0)]] | (opening == 0)
    is_edge[ord("\r")] = True
    closes = is_edge[data[closing + 1]]
    stray = np.concatenate((opening[~opens], closing[~closes]))
    if stray.size:
        line = int(np.count_nonzero(data[: stray.min()] == ord("\n"))) + 1
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

    def rows(self, names: list[str], header_rows: int) -> tuple[pl.DataFrame, pl.Series, np.ndarray]:
        """Every record after the header as text.

        Returns:
            The frame (one String column per name, plus `_line`); its rows all have as many cells as the
            header. The number of records after the header. The lines of records with another width.

        Raises:
            Refused: the parser and the independent count disagree.
        """
        counted = shape(self.text.content, self.delimiter)
        if [len(record) for record in self.head[:header_rows]] != counted.cells[:header_rows].tolist():
            raise Refused("Two readings of its header disagree: its quoting or its line ends are damaged.")
        lines, cells = counted.lines[header_rows:], counted.cells[header_rows:]
        fits = cells == len(names)
        content = self.text.content
        if counted.has_blanks or not fits.all():
            content = _only_records(
                content, np.concatenate((np.ones(header_rows, bool), fits)), self.delimiter
            )
        frame = _parse(content, self.delimiter, len(names), header_rows)
        if frame.height != int(fits.sum()):
            raise Refused(
                f"Two independent counts of its rows disagree ({frame.height} and {int(fits.sum())}): "
                "its quoting is damaged."
            )
        frame.columns = unique(names)
        return frame.with_columns(pl.Series("_line", lines[fits])), pl.Series(lines), lines[~fits]


def _parse(content: bytes, delimiter: str, width: int, header_rows: int) -> pl.DataFrame:
    schema = {f"c{i}": pl.String for i in range(width)}
    try:
        frame = pl.read_csv(
            content,
            separator=delimiter,
            has_header=False,
            schema=schema,
            truncate_ragged_lines=True,
        )
    except pl.exceptions.NoDataError:
        return pl.DataFrame(schema=schema)
    except pl.exceptions.PolarsError as error:
        raise Refused(f"Its rows can not be separated ({type(error).__name__}).") from None
    return frame.slice(header_rows)


def _only_records(content: bytes, keep: np.ndarray, delimiter: str) -> bytes:
    reader = csv.reader(io.StringIO(content.decode(), newline=""), delimiter=delimiter)
    kept = io.StringIO(newline="")
    writer = csv.writer(kept, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    records = (record for record in reader if record)
    writer.writerows(record for record, wanted in zip(records, keep, strict=True) if wanted)
    return kept.getvalue().encode()


def unique(names: list[str]) -> list[str]:
    """Column names made distinct: empty ones by position, repeated ones by occurrence."""
    distinct: dict[str, None] = {}
    for position, name in enumerate(names):
        base = name.strip() or f"_column_{position}"
        spellings = chain([base], (f"{base}#{number}" for number in count(2)))
        distinct[next(spelling for spelling in spellings if spelling not in distinct)] = None
    return list(distinct)


def sheet(text: Text) -> Sheet:
    """The first records of a delimited file."""
    delimiter = delimiter_of(text.content)
    head_text = text.content[:1_048_576].decode("utf-8", errors="ignore")
    head: list[list[str]] = []
    for record in csv.reader(io.StringIO(head_text, newline=""), delimiter=delimiter):
        if record:
            head.append(record)
        if len(head) == HEAD_RECORDS:
            break
    return Sheet(text, delimiter, head)
