"""A CSV saved in the Google Analytics interface: all its tables as one long table, one row a figure.

It begins with `#` lines that say what it is and for which days. A report has one table, a snapshot has many with days
of their own, an exploration has a row "Grand total" that is no row of the report and is left out.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from pipelines.door.read import Piece, delimiter_of
from pipelines.door.refused import Refused
from pipelines.door.text import Text

LABELS = (
    "title", "segment", "property", "starts_on", "ends_on", "dimension", "member", "metric", "value"
)  # fmt: skip
CELL = "cell"
"""Everything that tells a figure from the others, in one text."""
BETWEEN = " · "

_HEAD = 4096
_SAID = "\0"
_DAYS = re.compile(r"^(?:[^:]*: *)?(\d{8})(?:-(\d{8}))?$")
_RULE = re.compile(r"^-{3,}$")
_NAMED = re.compile(r"^(?P<what>[^:]{3,20}): (?P<name>.+)$")
_NUMBER = re.compile(r"^-?\d+(\.\d+)?$")
_NTH = re.compile(r"^(?:\D+ )?\d{1,4}$")

METRICS = {
    "Views": "screen_page_views",
    "Users": "active_users",
    "Returning users": "returning_users",
    "Average engagement time": "average_engagement_time",
    "Transactions": "transactions",
    "Ecommerce purchases": "ecommerce_purchases",
    "Purchase revenue": "purchase_revenue",
    "Total revenue": "total_revenue",
    "Refund amount": "refund_amount",
    "Total purchasers": "total_purchasers",
    "First time purchasers": "first_time_purchasers",
    "Items purchased": "items_purchased",
} | {
    name: name.lower().replace(" ", "_")
    for name in (
        "Active users", "New users", "Total users", "Sessions", "Engaged sessions", "Event count", "Key events",
        "Conversions", "Engagement rate", "Bounce rate", "Views per user", "Views per active user", "Views per session",
        "Average engagement time per active user", "Average engagement time per session", "Event count per user",
        "Event count per active user", "Events per session", "Engaged sessions per active user",
        "User key event rate", "Session key event rate", "Sessions per active user", "Item revenue", "User retention",
    )
}  # fmt: skip
"""What the interface calls a metric in English -> its column past the API."""

DIMENSIONS = {
    "Page path and screen class": "page_path",
    "Page path": "page_path",
    "Page path + query string": "page_path",
    "Page title and screen name": "page_title",
    "Landing page + query string": "landing_page",
    "Session primary channel group (Default Channel Group)": "session_default_channel_group",
    "Session primary channel group (Default channel group)": "session_default_channel_group",
    "First user primary channel group (Default Channel Group)": "first_user_default_channel_group",
    "First user primary channel group (Default channel group)": "first_user_default_channel_group",
}
"""The same of dimensions; any other is called by its label in snake case."""


@dataclass
class Cells:
    """The figures of a file. A cell of a cohort that has not come yet says -1 and keeps its place."""

    figures: list[dict[str, str | int]] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    broken_rule: str = "wrong_number_of_cells"
    size: int = 0

    def labels(self) -> set[str]:
        """What is said of every figure."""
        return {*LABELS, CELL}

    def pieces(self, names: list[str]) -> Iterator[Piece]:
        """What is said of each figure, as text; `_line` numbers them, `_at` is the line of each. It is one piece."""
        schema = {**dict.fromkeys(LABELS, pl.String), "_at": pl.Int64}
        told = pl.concat_str(pl.col(LABELS[:-1]), separator="\x1f")
        figures = pl.DataFrame(self.figures, schema=schema).with_columns(told.alias(CELL))
        frame = figures.with_row_index("_line", offset=1).select(*names, "_line", "_at")
        yield Piece(frame, frame.height + len(self.broken), self.broken, self.size)


@dataclass
class _Block:
    """What the `#` lines before a table say."""

    title: str = ""
    segment: str = ""
    property: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    in_rules: bool = False
    free: list[str] = field(default_factory=list)


def unfold(text: Text) -> Cells | None:
    """The figures of a CSV of the Google Analytics interface, or None when the file is something else.

    Raises:
        Refused: a table comes before the days that it is about, or the quoting is damaged.
    """
    head = text.head(_HEAD).decode("utf-8", errors="ignore").lstrip()
    said = [_said(line) for line in head.splitlines() if line.startswith("#")]
    if not head.startswith("#") or not any(_DAYS.match(line) for line in said):
        return None
    content = text.content.decode()
    cells = Cells(size=text.size)
    block = _Block()
    table: list[tuple[int, list[str]]] = []
    try:
        for line, record in _records(content):
            if any(record) and not record[0].startswith(_SAID):
                table.append((line, record))
                continue
            _add(cells, block, table)
            table = []
            if any(record):
                _read(block, _said(record[0]))
    except csv.Error:
        raise Refused("Its rows can not be separated: its quoting is damaged.") from None
    _add(cells, block, table)
    return cells


def _records(content: str) -> Iterator[tuple[int, list[str]]]:
    """Records and the lines they begin on. A `#` line between two tables is one cell; within a table it is a row."""
    tables = re.sub(r"(?m)^#.*$", "", content)
    delimiter = delimiter_of(tables.encode())

    def lines() -> Iterator[str]:
        in_table = in_quotes = False
        for line in io.StringIO(content, newline=""):
            if in_quotes or line.strip(f"{delimiter}\r\n "):
                if line.startswith("#") and not in_table:
                    yield '"' + _SAID + line.rstrip("\r\n").replace('"', '""') + '"\n'
                    continue
                in_quotes ^= bool(line.count('"') % 2)
                in_table = True
                yield line
            else:
                in_table = False
                yield "\n"

    reader = csv.reader(lines(), delimiter=delimiter, strict=True)
    begins = 1
    for record in reader:
        yield begins, record
        begins = reader.line_num + 1


def _said(line: str) -> str:
    """What a `#` line says; a spreadsheet that saved the file adds delimiters."""
    return line.strip(f"{_SAID}#,;\t\r\n ")


def _read(block: _Block, said: str) -> None:
    """Take in one `#` line. Names and titles stand between the two rules, a segment and the days after them."""
    if _RULE.match(said):
        block.in_rules = not block.in_rules
        if block.in_rules:
            block.free = []
        elif block.free:
            block.title = block.free[-1]
            block.property = block.property or (block.free[0] if len(block.free) > 1 else "")
        block.segment = ""
        return
    days = _DAYS.match(said)
    if days:
        _take_days(block, [_day(text) for text in days.groups() if text])
    elif block.in_rules and (named := _NAMED.match(said)) and block.free:
        block.property = named["name"]  # the last one named: the account comes before the property
    elif block.in_rules and said:
        block.free.append(said)
    elif said:
        block.segment = said


def _take_days(block: _Block, days: list[date]) -> None:
    if len(days) == 2:
        block.starts_on, block.ends_on = days
    elif block.ends_on is None and block.starts_on is not None:
        block.ends_on = days[0]
    else:
        block.starts_on, block.ends_on = days[0], None


def _day(text: str) -> date:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise Refused("Its days are no days of the calendar.") from None


def _add(cells: Cells, block: _Block, table: list[tuple[int, list[str]]]) -> None:
    """Add every figure of a table: a header and its rows."""
    if not table:
        return
    if block.starts_on is None or block.ends_on is None:
        raise Refused(f"A table (line {table[0][0]}) comes before the days that it is about.")
    names = [name.strip() for name in _without_padding(table[0][1], 1)]
    rows = [(line, _without_padding(record, len(names))) for line, record in table[1:]]
    is_cohort = len(names) > 2 and all(_NTH.match(name) for name in names[1:])
    width = 1 if is_cohort else _dimensions(names, [record for _, record in rows])
    about = {"title": block.title, "segment": block.segment, "property": block.property}
    for line, record in rows:
        if len(record) == len(names) + 1 and not any(record[:width]):
            continue  # "Grand total", in whatever language
        if len(record) != len(names) and not (is_cohort and 1 < len(record) < len(names)):
            cells.broken.append(line)
            continue
        for name, value in zip(names[width:], record[width:], strict=False):
            if is_cohort and not value:
                continue
            members = [*record[:width], name] if is_cohort else record[:width]
            dimensions = [*names[:width], "nth"] if is_cohort else names[:width]
            cells.figures.append(
                {
                    **about,
                    **_when_and_what(block.starts_on, block.ends_on, dimensions, members),
                    "metric": "cohort" if is_cohort else METRICS.get(name, name),
                    "value": value,
                    "_at": line,
                }
            )


def _without_padding(record: list[str], width: int) -> list[str]:
    """The cells without the empty ones that a spreadsheet adds, so that all rows of a file are as wide."""
    while len(record) > width and not record[-1]:
        record = record[:-1]
    return record


def _dimensions(names: list[str], rows: list[list[str]]) -> int:
    """How many of the first columns are dimensions: those before the first metric.

    Metrics are known by their English labels. In another language they are the columns of numbers at the end.
    """
    known = next((place for place, name in enumerate(names) if name in METRICS), None)
    if known is not None:
        return known
    width = len(names)
    while width > 1 and all(_NUMBER.match(row[width - 1]) for row in rows if len(row) == len(names)):
        width -= 1
    return width


def _when_and_what(
    starts_on: date, ends_on: date, names: list[str], members: list[str]
) -> dict[str, str | int]:
    """The days of a figure and its dimensions: a dimension that counts or names days is no dimension, but its days."""
    kept = []
    for name, member in zip(names, members, strict=True):
        period = _period(name, member, starts_on, ends_on)
        if period is None:
            kept.append((DIMENSIONS.get(name, name.lower().replace(" ", "_")), member))
        else:
            starts_on, ends_on = period
    return {
        "starts_on": starts_on.isoformat(),
        "ends_on": ends_on.isoformat(),
        "dimension": BETWEEN.join(name for name, _ in kept),
        "member": BETWEEN.join(member for _, member in kept),
    }


def _period(name: str, member: str, starts_on: date, ends_on: date) -> tuple[date, date] | None:
    """The days that `Nth day` 0003 or `Date` 20260401 stand for; None for any other dimension."""
    if not member.isdigit():
        return None
    number = int(member)
    if name == "Date" and len(member) == 8:
        return _day(member), _day(member)
    if name == "Nth day":
        day = starts_on + timedelta(days=number)
        return day, day
    if name == "Nth week":
        first = starts_on + timedelta(weeks=number)
        return first, min(first + timedelta(days=6), ends_on)
    if name == "Nth month":
        months = starts_on.year * 12 + starts_on.month - 1 + number
        first, after = (date(month // 12, month % 12 + 1, 1) for month in (months, months + 1))
        return max(first, starts_on), min(after - timedelta(days=1), ends_on)
    return None
