"""An answer as a file that still says what it is when it has left the page: CSV, Excel, Parquet, PNG, SVG.

Inside every file stand question, definition, filters, owner, source, build and how far the data reach. In a CSV they
are columns at the end of every row: comment lines and a second table break readers, a second file gets lost, and
columns survive sorting, filtering and being pasted below another export.

Text is written so that no spreadsheet runs it (`spreadsheet.safe`; OWASP, CSV injection); figures are written as they
are, to the digit; to 15 of them in Excel, which has no more.
"""

import io
import json
import re
from datetime import date, datetime, time
from decimal import Decimal
from itertools import count
from math import isfinite
from textwrap import wrap
from typing import Any, Literal

import altair as alt
import polars as pl
import xlsxwriter

from dashboard import findings
from dashboard.charts import Picture, paper, question
from pipelines.questions.answer import Answer, AnsweredColumn
from pipelines.questions.spreadsheet import safe

ABOUT = "about_"
IN_EVERY_ROW = (
    "question",
    "definition",
    "filters",
    "owner",
    "source",
    "data_through",
    "as_of",
    "build",
    "state",
)
MOST_LETTERS, MOST_DIGITS = 32_767, 2**53
"""What a cell of Excel holds, and from where on it rounds whole numbers."""

_WRAP = 110
_SMALL = 11
_FORMATS = {"count": "#,##0", "share": "0.0%", "amount": "#,##0.00", "days": "0.0", "seconds": "0"}


def file_name(answer: Answer, ending: str) -> str:
    """`feelings-valued_20261116T050000-d4177beb.csv`: the question and the build."""
    name = re.sub(r"[^\w-]+", "-", answer.question.name)
    return f"{name}_{answer.build_id}.{ending}"


def csv(answer: Answer, zone: str = "UTC") -> bytes:
    """The rows as CSV in UTF-8 with a byte order mark; the small print in columns `about_…` at the end.

    Text is quoted and can not be run; numbers are bare, so that whoever reads the file has numbers.
    """
    told = findings.facts(answer, zone)
    about = [
        pl.lit(told.get(name), dtype=pl.String).alias(_unused(ABOUT + name, answer.frame))
        for name in IN_EVERY_ROW
    ]
    frame = flat(answer.frame).with_columns(about)
    frame = frame.with_columns(pl.col(pl.String).map_elements(safe, return_dtype=pl.String, skip_nulls=True))
    frame.columns = _distinct([safe(name) for name in frame.columns])
    written = frame.write_csv(
        quote_style="non_numeric", datetime_format="%Y-%m-%dT%H:%M:%S%.f", line_terminator="\r\n"
    )
    return b"\xef\xbb\xbf" + written.encode()


def parquet(answer: Answer, zone: str = "UTC") -> bytes:
    """The rows as Parquet; the small print, the columns and the SQL in the key-value metadata, as `careful.…`."""
    told = {
        **findings.facts(answer, zone),
        "sql": answer.question.sql,
        "columns": json.dumps(_columns(answer)),
    }
    out = io.BytesIO()
    answer.frame.write_parquet(out, metadata={f"careful.{name}": text for name, text in told.items()})
    return out.getvalue()


def xlsx(answer: Answer, zone: str = "UTC") -> bytes:
    """A workbook: the sheet `Answer` with typed cells, the sheet `About` with the small print, the columns, the SQL."""
    out = io.BytesIO()
    kept_as_written = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, {**kept_as_written, "in_memory": True}) as book:
        book.set_properties(
            {"title": answer.question.header.question, "created": answer.as_of.replace(tzinfo=None)}
        )
        _answer_sheet(book, answer)
        _about_sheet(book, answer, zone)
    return out.getvalue()


def png(answer: Answer, zone: str = "UTC", events: pl.DataFrame | None = None) -> bytes:
    """The picture with its question above and its small print below."""
    return paper.png(_framed(answer, zone, events))


def svg(answer: Answer, zone: str = "UTC", events: pl.DataFrame | None = None) -> bytes:
    """The same as SVG: text stays text."""
    return paper.svg(_framed(answer, zone, events)).encode()


def _answer_sheet(book: xlsxwriter.Workbook, answer: Answer) -> None:
    sheet = book.add_worksheet("Answer")
    head = book.add_format({"bold": True, "bottom": 1, "quote_prefix": True})
    frame = flat(answer.frame)
    for at, column in enumerate(answer.columns):
        sheet.write_string(0, at, column.name[:MOST_LETTERS], head)
        values = frame[column.name]
        spelt = book.add_format(_cell_format(column, values.dtype))
        for row, value in enumerate(values, 1):
            write_cell(sheet, row, at, value, spelt)
        longest = max(
            [len(column.name), *(len(str(each)) for each in values.head(200) if isinstance(each, str))]
        )
        sheet.set_column(at, at, min(max(longest, 11) + 2, 48))
    sheet.freeze_panes(1, 0)
    if frame.height and frame.width:
        sheet.autofilter(0, 0, frame.height, frame.width - 1)


def _about_sheet(book: xlsxwriter.Workbook, answer: Answer, zone: str) -> None:
    sheet = book.add_worksheet("About")
    bold = book.add_format({"bold": True, "valign": "top"})
    text = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
    rows: list[tuple[str, str]] = [
        (name.replace("_", " ").capitalize(), said) for name, said in findings.facts(answer, zone).items()
    ]
    rows += [("Column", f"{name}: {said}") for name, said in _columns(answer).items()]
    sql = answer.question.sql
    rows += [("SQL", sql[at : at + MOST_LETTERS]) for at in range(0, len(sql), MOST_LETTERS)]
    for row, (name, said) in enumerate(rows):
        sheet.write_string(row, 0, name, bold)
        sheet.write_string(row, 1, said[:MOST_LETTERS], text)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 100)


def write_cell(sheet: Any, row: int, at: int, value: Any, spelt: Any) -> None:
    """A value in its own type; what Excel has no type for, or would round, as text."""
    if value is None:
        sheet.write_blank(row, at, None, spelt)
    elif isinstance(value, bool):
        sheet.write_boolean(row, at, value, spelt)
    elif isinstance(value, int | float | Decimal) and isfinite(value) and abs(float(value)) <= MOST_DIGITS:
        sheet.write_number(row, at, value, spelt)
    elif isinstance(value, datetime | date | time) and _is_in_calendar(value):
        sheet.write_datetime(
            row, at, value.replace(tzinfo=None) if isinstance(value, datetime) else value, spelt
        )
    else:
        sheet.write_string(row, at, str(value)[:MOST_LETTERS], spelt)


def _is_in_calendar(value: date | time) -> bool:
    """The calendar of Excel begins in 1900, and has a day in its first February that there was not."""
    return isinstance(value, time) or (value.year, value.month) >= (1900, 3)


def _cell_format(column: AnsweredColumn, kind: pl.DataType) -> dict[str, Any]:
    if kind == pl.Date:
        return {"num_format": "yyyy-mm-dd"}
    if isinstance(kind, pl.Datetime):
        return {"num_format": "yyyy-mm-dd hh:mm:ss"}
    if kind == pl.Time:
        return {"num_format": "hh:mm:ss"}
    if not kind.is_numeric():
        return {"quote_prefix": True}
    return {"num_format": _FORMATS.get(column.format, "#,##0" if kind.is_integer() else "General")}


def flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists, structs and other things that no cell holds, as text."""
    return pl.DataFrame(
        [
            each
            if each.dtype.is_numeric() or each.dtype in (pl.String, pl.Boolean, pl.Date, pl.Datetime, pl.Time)
            else pl.Series(
                each.name, [None if one is None else str(one) for one in each.to_list()], dtype=pl.String
            )
            for each in frame
        ]
    )


def _columns(answer: Answer) -> dict[str, str]:
    """Column -> what it is, in words, with its unit."""
    said = {}
    for column in answer.columns:
        unit = column.unit if column.format != "share" else "a share of 1"
        said[column.name] = f"{column.about}{f' ({unit})' if unit else ''}"
    return said


def _framed(answer: Answer, zone: str, events: pl.DataFrame | None) -> alt.VConcatChart:
    """Question, takeaway, picture, small print, below each other."""
    told = findings.facts(answer, zone)
    names = (
        "definition",
        "filters",
        "not_shown",
        "not_final",
        "allowed",
        "owner",
        "source",
        "data_through",
        "build",
        "state",
    )
    small = [
        line
        for name in names
        if name in told
        for line in _lines(f"{name.replace('_', ' ').capitalize()}: {told[name]}")
    ]
    return alt.vconcat(
        _text(_lines(told["question"], 62), "color", 20, 600),
        _text(_lines(findings.takeaway(answer)), "color", 13),
        question.picture(answer, events),
        _text(small, "subtitleColor", _SMALL),
        spacing=14,
    )


def _text(
    lines: list[str], tone: Literal["color", "subtitleColor"], size: int, weight: Literal[400, 600] = 400
) -> Picture:
    data = pl.DataFrame({"line": range(len(lines)), "says": lines})
    written = alt.Chart(data).mark_text(
        align="left", baseline="top", fontSize=size, fontWeight=weight, color=paper.look()["title"][tone]
    ).encode(
        x=alt.value(0), y=alt.Y("line:O", axis=None, scale=alt.Scale(padding=0)), text="says:N"
    )  # fmt: skip
    return alt.layer(written).properties(height=round(size * 1.4) * len(lines))


def _lines(text: str, width: int = _WRAP) -> list[str]:
    return wrap(text, width) or [""]


def _unused(name: str, frame: pl.DataFrame) -> str:
    while name in frame.columns:
        name += "_"
    return name


def _distinct(names: list[str]) -> list[str]:
    """Names that were made safe may have become alike."""
    found: list[str] = []
    for name in names:
        numbered = (name if at == 1 else f"{name}_{at}" for at in count(1))
        found.append(next(each for each in numbered if each not in found))
    return found
