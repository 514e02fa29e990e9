"""An Excel workbook to delimited text: its first visible sheet, dates as ISO, nothing else changed."""

import csv
import io
import re
from functools import reduce
from typing import IO

import fastexcel

from pipelines.door.refused import Refused

LARGEST_WORKBOOK = 20 * 1024**2
MOST_CELLS = 5_000_000
_CELL = re.compile(rb'<(?:\w+:)?c\s[^<>]{0,200}?\br="([A-Z]{1,3})([0-9]{1,7})"')
_BLOCK, _LONGEST_MARK = 1024**2, 256


def workbook(content: bytes) -> bytes:
    """The first visible sheet with anything in it, as comma-separated UTF-8; rows of nothing stay empty lines.

    Raises:
        Refused: damaged, protected by a password, or empty.
    """
    try:
        book = fastexcel.read_excel(content)
        for number in range(len(book.sheet_names)):
            sheet = book.load_sheet(number, header_row=None, dtypes="string")
            if sheet.visible == "visible" and sheet.height:
                return _text(sheet.to_polars().rows())
    except fastexcel.FastExcelError as error:
        raise Refused(f"The workbook can not be opened ({type(error).__name__}); export it again.") from None
    raise Refused("The workbook has no visible sheet with anything in it.")


def refuse_sparse(sheet: IO[bytes]) -> None:
    """A sheet is read as the rectangle up to its last row and column, however few cells of it are filled.

    Args:
        sheet: its XML.

    Raises:
        Refused: the rectangle is beyond reason.
    """
    rest, rows, columns = b"", 0, 0
    while block := sheet.read(_BLOCK):
        for letters, row in _CELL.findall(rest + block):
            rows = max(rows, int(row))
            columns = max(columns, reduce(lambda number, letter: 26 * number + letter - 64, letters, 0))
        rest = block[-_LONGEST_MARK:]
    if rows * columns > MOST_CELLS:
        raise Refused(
            f"Its sheet reaches to row {rows:,} and column {columns:,}, beyond {MOST_CELLS:,} cells: delete what "
            "stands far below or beside the table, or export it as CSV, which is read in pieces."
        )


def _text(rows: list[tuple[str | None, ...]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        if any(row):
            writer.writerow([cell or "" for cell in row])
        else:
            out.write("\n")
    return out.getvalue().encode()
