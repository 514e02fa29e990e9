"""Bytes to UTF-8 text on disk, block by block, and how they were decoded."""

import codecs
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from pipelines.door.container import BLOCK
from pipelines.door.refused import Refused

PARQUET = "parquet"
LONGEST_RECORD = 16 * 1024**2
"""Bytes of one line or record; what is longer is no export."""
_MAGIC, _END_OF_FILE = b"PAR1", b"\x1a"
SUM = (
    r"(?i)^[\s\"]*(grand[ -]?|sub[ -]?)?(totals?|rows?|records?|count|sum|summe|gesamt|anzahl|somme|nombre|suma)"
    r"( (of |de )?\w+)?[\s\"]*[:=]"
)
"""What a line begins with that sums up the rows above it."""
_LONGEST_SUM = 4_096
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Text:
    """Decoded text in a file of UTF-8; Parquet has types of its own and stays as it is.

    Attributes:
        path: where the text is; None of the beginning of a file, which is `held`. encoding: what it was in.
        digest: SHA-256 of the bytes as they came.
        replaced: how many bytes no encoding knows.
        mixed: of a file in UTF-8 how many lines were not, and were read as cp1252.
        is_typed: whether its numbers were numbers before they were text, as in a workbook.
    """

    path: Path | None
    encoding: str
    digest: str = ""
    replaced: int = 0
    mixed: int = 0
    held: bytes = b""
    is_typed: bool = False

    def open(self) -> BinaryIO:
        """Its bytes, from the first one."""
        return self.path.open("rb") if self.path else io.BytesIO(self.held)

    @property
    def size(self) -> int:
        """Bytes of the text."""
        return self.path.stat().st_size if self.path else len(self.held)

    @property
    def content(self) -> bytes:
        """All of it, for layouts that are read whole."""
        with self.open() as stream:
            return stream.read()

    @property
    def is_ended(self) -> bool:
        """Whether its last line has an end, or sums up what stands above it: what was cut off ends otherwise."""
        with self.open() as stream:
            stream.seek(max(self.size - _LONGEST_SUM, 0))
            last = stream.read().rpartition(b"\n")[2]
        return not last or re.match(SUM.encode(), last) is not None

    def head(self, size: int) -> bytes:
        """Its first bytes."""
        with self.open() as stream:
            return stream.read(size)


def decode(path: Path, work: Path) -> Text:
    """By byte order mark; else UTF-8; else line by line: those that are UTF-8 as such, the others as cp1252.

    Args:
        work: where the text is written if the file is not such text already.

    Raises:
        Refused: empty, or bytes that are no text.
    """
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        stream.seek(0)
        start = stream.read(4)
        stream.seek(-min(4, stream.seek(0, 2)), 2)
        if start == stream.read(4) == _MAGIC:
            return Text(path, PARQUET, digest)
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return _looked_at(_of_its_mark(path, work, encoding, digest), work)
    found = Text(path, "utf-8", digest)
    return _looked_at(found if _is_utf8(path) else _by_line(path, work, digest), work)


def _blocks(file: Path | Text) -> Iterator[bytes]:
    with file.open("rb") if isinstance(file, Path) else file.open() as stream:
        while block := stream.read(BLOCK):
            yield block


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in _blocks(path):
            if not (block.isascii() and decoder.getstate()[0] == b""):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _of_its_mark(path: Path, work: Path, encoding: str, digest: str) -> Text:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with work.open("wb") as text:
            for block in _blocks(path):
                text.write(decoder.decode(block).encode())
            text.write(decoder.decode(b"", final=True).encode())
    except UnicodeError:
        raise Refused(f"It starts as {encoding} but is not {encoding} to its end.") from None
    return Text(work, encoding, digest)


def _by_line(path: Path, work: Path, digest: str) -> Text:
    others = replaced = 0
    has_utf8 = False
    with path.open("rb") as stream, work.open("wb") as text:
        while line := stream.readline(LONGEST_RECORD + 1):
            if len(line) > LONGEST_RECORD:
                raise endless()
            if not line.isascii():
                try:
                    line.decode()
                    has_utf8 = True
                except UnicodeDecodeError:
                    decoded = line.decode("cp1252", errors="replace")
                    others, replaced = others + 1, replaced + decoded.count("\ufffd")
                    line = decoded.encode()
            text.write(line)
    return Text(work, "utf-8" if has_utf8 else "cp1252", digest, replaced, others if has_utf8 else 0)


def endless() -> Refused:
    """What is said of a record beyond reason."""
    return Refused(
        f"It has a row of more than {LONGEST_RECORD // 1024**2} MB, which no export has: "
        "its quoting or its line ends are damaged."
    )


def _looked_at(found: Text, work: Path) -> Text:
    """Text with something in it, with line ends of today, and without the mark that DOS ended files with.

    Raises:
        Refused: empty, or bytes that are no text.
    """
    is_empty, has_lines, has_returns, block = True, False, False, b""
    for block in _blocks(found):
        if b"\0" in block:
            raise Refused("It is not a text file.")
        is_empty = is_empty and not block.strip()
        has_lines = has_lines or b"\n" in block
        has_returns = has_returns or b"\r" in block
    if is_empty:
        raise Refused("The file is empty. Export it again.")
    is_marked, is_old = block.endswith(_END_OF_FILE), has_returns and not has_lines
    if not is_marked and not is_old:
        return found
    ended = work.with_name(f"{work.name}-ended")
    with ended.open("wb") as text:
        text.writelines(block.replace(b"\r", b"\n") if is_old else block for block in _blocks(found))
        if is_marked:
            text.truncate(text.tell() - len(_END_OF_FILE))
    return replace(found, path=ended)
