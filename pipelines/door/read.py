"""Bytes to rows of text. Nothing is guessed: no types, no dates, no nulls."""

import codecs
import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

DELIMITERS = (",", ";", "\t")
HEAD_RECORDS = 40
LARGEST_EXPANSION = 200
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
    """The files in a container; a plain file is its own only member.

    Raises:
        Refused: a ZIP that is damaged, encrypted, leads outside itself or expands beyond reason.
    """
    if not zipfile.is_zipfile(path):
        if path.suffix.lower() == ".zip":
            raise Refused("It is named .zip but is not a readable ZIP; download it again.")
        yield Member(path.name, path.read_bytes())
        return
    packed = path.stat().st_size
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if sum(entry.file_size for entry in entries) > LARGEST_EXPANSION * max(packed, 1):
                raise Refused(f"The ZIP expands to more than {LARGEST_EXPANSION} times its size.")
            for entry in entries:
                if entry.filename.startswith("/") or ".." in Path(entry.filename).parts:
                    raise Refused("The ZIP holds a path that leads outside it.")
                yield Member(entry.filename, archive.read(entry))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise Refused(f"The ZIP can not be opened ({type(error).__name__}); download it again.") from None


@dataclass(frozen=True)
class Text:
    """Decoded text as UTF-8 bytes, and how it was decoded."""

    content: bytes
    encoding: str
    replaced: int = 0


def decode(content: bytes) -> Text:
    """By byte order mark; else strict UTF-8; else cp1252, counting the bytes that it does not know.

    Raises:
        Refused: empty, or bytes that are no text.
    """
    if not content.strip():
        raise Refused("The file is empty.")
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError:
                raise Refused(f"It starts as {encoding} but is not {encoding} to its end.") from None
            return Text(text.removeprefix("\ufeff").encode(), encoding)
    if b"\0" in content[:4096]:
        raise Refused("It is not a text file.")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
        return Text(text.encode(), "cp1252", text.count("\ufffd"))
    return Text(content, "utf-8")


@dataclass(frozen=True)
class Shape:
    """The records of a CSV, counted without a CSV parser: line, and number of cells, of each."""

    lines: np.ndarray
    cells: np.ndarray


def shape(content: bytes, delimiter: str) -> Shape:
    """Count records and cells by the parity of quotes, independently of the parser that reads them.

    Args:
        content: UTF-8 text. delimiter: one ASCII character.

    Raises:
        Refused: a quote that is never closed.
    """
    data = np.frombuffer(content if content.endswith(b"\n") else content + b"\n", dtype=np.uint8)
    quoted = np.cumsum(data == ord('"'), dtype=np.int64) % 2 == 1
    if quoted[-1]:
        raise Refused("A quoted cell is never closed: the file is cut off or damaged.")
    newline = data == ord("\n")
    ends = np.flatnonzero(newline & ~quoted)
    starts = np.concatenate(([0], ends[:-1] + 1))
    delimiters = np.cumsum((data == ord(delimiter)) & ~quoted, dtype=np.int64)
    before = np.where(starts > 0, delimiters[starts - 1], 0)
    lines = np.where(starts > 0, np.cumsum(newline, dtype=np.int64)[starts - 1], 0) + 1
    carriage = (data[np.maximum(ends - 1, 0)] == ord("\r")) & (ends > 0)
    filled = ends - carriage > starts
    return Shape(lines[filled], (delimiters[ends] - before + 1)[filled])


def delimiter_of(content: bytes) -> str:
    """The delimiter that the first record uses most, outside quotes."""
    head = content[:65_536].decode("utf-8", errors="ignore")
    outside = "".join(head.split('"')[::2]).splitlines()
    first = next((line for line in outside if line.strip()), "")
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
        lines, cells = counted.lines[header_rows:], counted.cells[header_rows:]
        fits = cells == len(names)
        content = self.text.content
        if not fits.all():
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
    seen: dict[str, int] = {}
    distinct = []
    for position, name in enumerate(names):
        base = name.strip() or f"_column_{position}"
        seen[base] = seen.get(base, 0) + 1
        distinct.append(base if seen[base] == 1 else f"{base}#{seen[base]}")
    return distinct


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


@dataclass(frozen=True)
class Documents:
    """One JSON object per line. Numbers keep the digits they were written with."""

    objects: list[dict[str, Any]]
    lines: list[int]
    broken: list[int] = field(default_factory=list)

    def labels(self) -> set[str]:
        """The dotted paths of the first objects."""
        return {path for document in self.objects[:HEAD_RECORDS] for path in _paths(document)}

    def rows(self, names: list[str]) -> pl.DataFrame:
        """The values at dotted paths as text, plus `_line`; an absent value is null."""
        columns = {name: [_at(document, name.split(".")) for document in self.objects] for name in names}
        return pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String)).with_columns(
            pl.Series("_line", self.lines, dtype=pl.Int64)
        )


def documents(text: Text) -> Documents | None:
    """The objects of an NDJSON file, or None when the file is something else."""
    if not text.content.lstrip().startswith(b"{"):
        return None
    objects, lines, broken = [], [], []
    for number, line in enumerate(text.content.decode().split("\n"), start=1):
        if not line.strip():
            continue
        try:
            document = json.loads(line, parse_int=str, parse_float=str)
        except json.JSONDecodeError:
            document = None
        if isinstance(document, dict):
            objects.append(document)
            lines.append(number)
        else:
            broken.append(number)
    if not objects:
        raise Refused("It looks like JSON lines, but no line is a complete JSON object.")
    return Documents(objects, lines, broken)


def _paths(document: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in document.items():
        yield prefix + key
        if isinstance(value, dict):
            yield from _paths(value, f"{prefix}{key}.")
        elif key == "custom_fields" and isinstance(value, list):
            yield from (f"{prefix}{key}.{entry.get('id')}" for entry in value if isinstance(entry, dict))


def _at(document: Any, path: list[str]) -> str | None:
    value = document
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list):
            value = next((e.get("value") for e in value if isinstance(e, dict) and e.get("id") == step), None)
        else:
            return None
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ";".join(str(entry) for entry in value)
    return json.dumps(value)
