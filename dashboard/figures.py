"""How the figures of an answer are read: what a column is called, in which unit, with how many decimals.

Pages, pictures, files and notebooks say the same, from the same answer.
"""

from dataclasses import dataclass
from datetime import date, datetime
from math import isnan
from typing import Any

import polars as pl

from dashboard import words
from pipelines.questions.answer import Answer, AnsweredColumn

STATES = {"final": "all in", "provisional": "may still move", "partial": "not over"}
"""How complete a period is, by the word in the build."""

BETWEEN = "Probably between"
_LABELS = {"iso_week": "Week", "n": "Rests on", "maturity": "State", "successes": "Counted", "opposites": "Opposite",
           "effective_n": "Worth, independent"}  # fmt: skip
_IN_WORDS = ("text", "week", "date")


@dataclass(frozen=True)
class Unit:
    """What a figure is multiplied by before it is shown, and what is said after it (`of 100`, `points`, `CHF`)."""

    factor: float = 1.0
    says: str = ""

    @property
    def is_of_100(self) -> bool:
        """A share."""
        return self.says == "of 100"


def unit(column: AnsweredColumn) -> Unit:
    """The unit that a column is shown in."""
    if column.format == "share":
        return Unit(100.0, "points" if column.interval == "nps" or column.unit == "points" else "of 100")
    if column.format == "points":
        return Unit(says="points")
    if column.format in ("days", "seconds"):
        return Unit(says=column.unit or column.format)
    return Unit(says=column.unit or "") if is_figure(column) else Unit()


def is_figure(column: AnsweredColumn) -> bool:
    """A number, not a word or a day."""
    return column.format not in _IN_WORDS


def label(answer: Answer, column: AnsweredColumn) -> str:
    """What a column is called: the label of a KPI, else what its name says."""
    header = answer.question.header
    if header.label and answer.estimates == [column.name]:
        return header.label
    return _LABELS.get(column.name, column.label)


def of_name(answer: Answer, name: str | None) -> AnsweredColumn | None:
    """The column of that name, if the answer has it."""
    return next((column for column in answer.columns if column.name == name), None)


def leading(answer: Answer) -> AnsweredColumn | None:
    """The figure that the answer is about: what its picture draws, else its first estimate or number."""
    drawn = [of_name(answer, name) for name in (answer.chart.y, answer.chart.x, answer.chart.by)]
    others = [
        column for role in ("estimate", "value", "count") for column in answer.columns if column.role == role
    ]
    figures = [
        column for column in (*drawn, *others) if column and is_figure(column) and column.role != "key"
    ]
    return next((column for column in figures if column.role == "estimate"), figures[0] if figures else None)


def said(column: AnsweredColumn, value: Any, width: float | None = None) -> str:
    """A value in its unit: `57 of 100`, `38 points`, `1,204`, `15 Nov 2026`; a dash where there is none.

    Args:
        width: how far its range reaches, in the units of the answer; a narrow one bears a decimal.
    """
    if value is None or (isinstance(value, float) and isnan(value)):
        return "–"
    if not is_figure(column):
        return _in_words(column, value)
    shown = unit(column)
    return f"{figure(column, value, width)} {shown.says}".strip()


def figure(column: AnsweredColumn, value: float, width: float | None = None) -> str:
    """The same without the unit."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    scaled = float(value) * unit(column).factor
    return words.decimal(scaled, places(column, value, width))


def places(column: AnsweredColumn, value: float, width: float | None = None) -> int:
    """How many decimals a value bears."""
    if column.format == "count" or (
        width is None and float(value).is_integer() and column.format != "amount"
    ):
        return 0
    if column.format in ("share", "points"):
        return 1 if width is None or width * unit(column).factor < 2 else 0
    return 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2


def between(column: AnsweredColumn, row: dict[str, Any]) -> str:
    """The range of an estimate: `54 and 61`; empty where there is none."""
    low, high = row.get(f"{column.name}_low"), row.get(f"{column.name}_high")
    if low is None or high is None:
        return ""
    return f"{figure(column, low, high - low)} and {figure(column, high, high - low)}"


def table(answer: Answer) -> pl.DataFrame:
    """The rows as they are read: labels, units, ranges in words, the newest period first.

    First what a row is of, then its estimates, then the rest. Figures stay numbers, so that a table can be sorted.
    """
    frame = answer.frame
    if answer.period:
        frame = frame.sort(answer.period, descending=True, maintain_order=True)
    shown: dict[str, pl.Series] = {}
    several = len(answer.estimates) > 1
    first = {"key": 0, "estimate": 1}
    for column in sorted(answer.columns, key=lambda each: first.get(each.role, 2)):
        if column.role in ("low", "high"):
            continue
        name = _unused(_head(answer, column), shown)
        shown[name] = _shown(column, frame[column.name]).alias(name)
        if column.role == "estimate":
            ends = [between(column, row) or "–" for row in frame.iter_rows(named=True)]
            name = _unused(f"{label(answer, column)}, probably between" if several else BETWEEN, shown)
            shown[name] = pl.Series(name, ends, dtype=pl.String)
    return pl.DataFrame(list(shown.values()))


def period(answer: Answer, value: Any) -> str:
    """A period in words: `week 46 of 2026`, `November 2026`, `15 Nov 2026`."""
    if isinstance(value, datetime | date):
        return words.short_day(value)
    text = str(value)
    if len(text) == 8 and text[4:6] == "-W" and text[6:].isdigit():
        return f"week {int(text[6:])} of {text[:4]}"
    if len(text) == 7 and text[4] == "-" and text[5:].isdigit() and 1 <= int(text[5:]) <= 12:
        return words.month(date(int(text[:4]), int(text[5:]), 1))
    return text


def _in_words(column: AnsweredColumn, value: Any) -> str:
    if column.role == "maturity":
        return STATES.get(str(value), str(value))
    if isinstance(value, datetime):
        return words.instant(value)
    return words.short_day(value) if isinstance(value, date) else str(value)


def _head(answer: Answer, column: AnsweredColumn) -> str:
    says = unit(column).says
    name = label(answer, column)
    return f"{name}, {says}" if says and not name.lower().endswith(says.lower()) else name


def _unused(name: str, taken: dict[str, pl.Series]) -> str:
    """Two columns may read alike; the second one is numbered."""
    number = 1
    while name in taken or (number > 1 and f"{name} ({number})" in taken):
        number += 1
        if f"{name} ({number})" not in taken:
            return f"{name} ({number})"
    return name


def _shown(column: AnsweredColumn, values: pl.Series) -> pl.Series:
    if column.role == "maturity":
        return values.cast(pl.String).replace(STATES)
    if column.format == "share":
        return (values.cast(pl.Float64) * 100).round(1)
    if values.dtype.is_nested():
        return pl.Series(
            values.name, [None if each is None else str(each) for each in values.to_list()], dtype=pl.String
        )
    return values.round(2) if values.dtype.is_float() else values
