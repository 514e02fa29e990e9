"""What arrives to files on disk: a ZIP or a GZIP is unpacked in blocks, a workbook becomes text, nothing is trusted."""

import gzip
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipelines.door.refused import Refused
from pipelines.door.workbook import LARGEST_WORKBOOK, refuse_sparse, workbook

LARGEST_EXPANSION = 200
BLOCK = 4 * 1024**2
MOST_MEMBERS = 1_000
_WORKBOOK = "xl/workbook.xml"
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml$")
_SHADOWS = ("__MACOSX", ".")
_GZIP = b"\x1f\x8b"
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, EOFError, UnicodeDecodeError)
"""What `zipfile` raises; a compression that it does not know is a RuntimeError too."""


@dataclass(frozen=True)
class Member:
    """One readable file: a plain file, or one file inside a container, unpacked.

    `is_typed`: its numbers were numbers before they were text, with a point before decimals.
    """

    name: str
    path: Path
    is_typed: bool = False


def members(path: Path, folder: Path) -> Iterator[Member]:
    """The files in a container; a plain file is its own only member, and so is one in a GZIP.

    Args:
        folder: where what is unpacked is written; nobody else's.

    Raises:
        Refused: a container that is damaged, encrypted, leads outside itself or expands beyond reason.
    """
    if zipfile.is_zipfile(path):
        yield from _zipped(path, folder)
        return
    if path.suffix.lower() in (".zip", ".xlsx"):
        kind = "ZIP" if path.suffix.lower() == ".zip" else "Excel workbook"
        raise Refused(f"It is named {path.suffix.lower()} but is not a readable {kind}; download it again.")
    with path.open("rb") as stream:
        is_gzip = stream.read(2) == _GZIP
    yield Member(path.name, _unzipped(path, folder / "unpacked") if is_gzip else path)


def entries(path: Path, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files in a ZIP.

    Raises:
        Refused: there are too many, or they expand beyond reason.
    """
    found = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(found) > MOST_MEMBERS:
        raise Refused(f"The ZIP holds more than {MOST_MEMBERS:,} files; put in the exports alone.")
    if sum(entry.file_size for entry in found) > LARGEST_EXPANSION * max(path.stat().st_size, 1):
        raise Refused(f"The ZIP expands to more than {LARGEST_EXPANSION} times its size.")
    return found


def workbook_text(path: Path, archive: zipfile.ZipFile) -> bytes | None:
    """The sheet of a workbook as delimited text; None of any other ZIP.

    Raises:
        Refused: it is too large, or damaged.
    """
    within = entries(path, archive)
    if all(entry.filename != _WORKBOOK for entry in within):
        return None
    if (size := path.stat().st_size) > LARGEST_WORKBOOK:
        raise Refused(
            f"The workbook is {size / 1024**2:.0f} MB; from {LARGEST_WORKBOOK // 1024**2} MB on, "
            "export it as CSV, which is read in pieces."
        )
    for entry in within:
        if _SHEET.match(entry.filename):
            with archive.open(entry) as sheet:
                refuse_sparse(sheet)
    return workbook(path.read_bytes())


def _zipped(path: Path, folder: Path) -> Iterator[Member]:
    most = LARGEST_EXPANSION * max(path.stat().st_size, 1)
    try:
        with zipfile.ZipFile(path) as archive:
            if (sheet := workbook_text(path, archive)) is not None:
                text = folder / "sheet"
                text.write_bytes(sheet)
                yield Member(path.name, text, is_typed=True)
                return
            for number, entry in enumerate(entries(path, archive)):
                parts = Path(entry.filename.replace("\\", "/")).parts
                if entry.filename.startswith("/") or ".." in parts:
                    raise Refused("The ZIP holds a path that leads outside it.")
                if not any(part.startswith(_SHADOWS) for part in parts):
                    with archive.open(entry) as stream:
                        unpacked = _written(stream, folder / f"unpacked-{number}", most, "ZIP")
                    yield Member(entry.filename, unpacked)
    except _DAMAGED as error:
        raise Refused(f"The ZIP can not be opened ({type(error).__name__}); download it again.") from None


def _unzipped(path: Path, to: Path) -> Path:
    """A GZIP may consist of many, one after the other."""
    try:
        with gzip.open(path) as stream:
            return _written(stream, to, LARGEST_EXPANSION * path.stat().st_size, "GZIP")
    except EOFError:
        raise Refused("The GZIP is cut off; download it again.") from None
    except (zlib.error, gzip.BadGzipFile):
        raise Refused("The GZIP can not be opened; download it again.") from None


def _written(stream: IO[bytes] | gzip.GzipFile, to: Path, most: int, kind: str) -> Path:
    left = most
    with to.open("wb") as unpacked:
        while block := stream.read(BLOCK):
            left -= len(block)
            if left < 0:
                raise Refused(f"The {kind} expands to more than {LARGEST_EXPANSION} times its size.")
            unpacked.write(block)
    return to
