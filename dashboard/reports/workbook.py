"""The week as a workbook: a sheet for every block, typed cells to the last digit that Excel keeps.

Nothing that somebody wrote is run: text is written as text, whatever it begins with.
"""

import io
from datetime import UTC
from typing import Any

import polars as pl
import xlsxwriter

from dashboard import weekly_review
from dashboard.exports import flat, write_cell
from dashboard.reports.blocks import Marked
from dashboard.reports.paper import Lines
from dashboard.reports.sentences import text
from dashboard.reports.tried import Tried
from dashboard.reports.week import WeekReport

TRIED = "Did it work"
"""Effects are shares or money, as their unit says."""

_JOINED = "\u2060"
_SHARES = frozenset([
    "value", "low", "high", "change", "change_low", "change_high", "usually", "usual",
])  # fmt: skip
_WIDEST, _NARROWEST = 90, 10


def xlsx(report: WeekReport) -> bytes:
    """The report; the same report is the same bytes."""
    out = io.BytesIO()
    kept_as_written = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, {**kept_as_written, "in_memory": True}) as book:
        made_at = report.imprint.made_at.astimezone(UTC).replace(tzinfo=None)
        book.set_properties({"title": report.title, "created": made_at})
        for name, frame in sheets(report).items():
            _sheet(book, name, frame)
    return out.getvalue()


def sheets(report: WeekReport) -> dict[str, pl.DataFrame]:
    """Sheet -> its rows. Shares are of 1; a sheet without rows is left out."""
    numbers = weekly_review.numbers([row.reading for row in report.rows]).with_columns(
        unit=pl.Series([row.reading.about.unit for row in report.rows], dtype=pl.String),
        as_shown=pl.Series([row.figure for row in report.rows], dtype=pl.String),
        rests_on=_texts(row.basis for row in report.rows),
        did_it_move=_texts(row.moved for row in report.rows),
        goal=pl.Series([row.goal for row in report.rows], dtype=pl.String),
    )
    tried = [*report.tried, *report.tried_more]
    found = {
        "Summary": pl.DataFrame(_summary(report), schema=["part", "says"], orient="row"),
        "Numbers": numbers,
        "Weeks": _weeks(report),
        "By channel": report.changed.frame.drop("role") if report.changed else pl.DataFrame(),
        TRIED: _tried(report, tried),
        "Decided": _marked(report.decided, report.decided_more),
        "Happened": _marked(report.happened, report.happened_more),
        "Written": _marked(report.written, report.written_more),
        "Minutes": pl.DataFrame({"says": [text(line) for line in report.minutes]}),
        "Goals": _marked(report.goals, []),
        "Restated": pl.DataFrame({"says": report.restated}),
        "Definitions": pl.DataFrame([
            {"number": one.label, "question": text(one.question), "definition": text(one.definition),
             "facts": "\n".join(text(fact) for fact in one.facts), "sql": one.sql}
            for one in report.definitions
        ]),
        "About": pl.DataFrame(list(report.facts.items()), schema=["what", "as_it_is_here"], orient="row"),
    }  # fmt: skip
    return {name: frame for name, frame in found.items() if frame.height}


def _summary(report: WeekReport) -> list[tuple[str, str]]:
    rows = [("Week", report.first_line), ("Headline", report.headline), ("Lead", report.lead)]
    rows += [("Needs you", f"{text(need.title)}. {text(need.facts)}"
              + (f" Owner: {text(need.owner)}" if need.owner else "")) for need in report.needs]  # fmt: skip
    rows += [("What changed", text(line)) for line in (report.changed.sentences if report.changed else [])]
    rows += [(block.heading, block.note) for block in report.numbers]
    rows += [("Did it work?", report.tried_says), ("Money", report.board)]
    rows += [("How sure are we?", text(line)) for line in report.sure]
    return [(part, says) for part, says in rows if says]


def _weeks(report: WeekReport) -> pl.DataFrame:
    columns = ["iso_week", "week_ends_on", "n", "successes", "value", "low", "high", "maturity"]
    parts = [
        row.history.drop_nulls("value").select(pl.lit(row.label).alias("label"), *columns)
        for row in report.rows
    ]
    return pl.concat(parts, how="vertical_relaxed") if parts else pl.DataFrame()


def _tried(report: WeekReport, tried: list[Tried]) -> pl.DataFrame:
    if not tried:
        return pl.DataFrame()
    return weekly_review.effects(report.judged).with_columns(
        effect_says=_texts(one.effect for one in tried),
        money_says=_texts(one.money for one in tried),
        decided=_texts(one.decided for one in tried),
    )


def _marked(found: list[Marked], more: list[Marked]) -> pl.DataFrame:
    """Each once, in full: what was cut is among the more."""
    each = [*(one for one in found if not one.is_long), *more]
    return pl.DataFrame([{"says": text(line.says), "owner": text(line.owner)} for line in each])


def _texts(found: Any) -> pl.Series:
    each: list[Lines] = list(found)
    return pl.Series([text(lines) for lines in each], dtype=pl.String)


def _sheet(book: xlsxwriter.Workbook, name: str, frame: pl.DataFrame) -> None:
    sheet = book.add_worksheet(name)
    shares = _SHARES if name != TRIED else frozenset[str]()
    head = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
    for at, values in enumerate(flat(frame)):
        is_text = values.dtype == pl.String
        shown = values.str.replace_all(_JOINED, "") if is_text else values
        spelt = book.add_format(_spelt(values, shares))
        sheet.write_string(0, at, values.name.replace("_", " ").capitalize(), head)
        for row, value in enumerate(shown, 1):
            write_cell(sheet, row, at, value, spelt)
        longest = max(
            (len(line) for value in shown if isinstance(value, str) for line in value.split("\n")), default=0
        )
        sheet.set_column(at, at, min(max(longest, len(values.name), _NARROWEST) + 2, _WIDEST))
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _spelt(values: pl.Series, shares: frozenset[str]) -> dict[str, Any]:
    if values.dtype == pl.String:
        return {"quote_prefix": True, "text_wrap": True, "valign": "top"}
    if values.dtype == pl.Date:
        return {"num_format": "yyyy-mm-dd", "valign": "top"}
    shape = "0.0%" if values.name in shares else "#,##0" if values.dtype.is_integer() else "General"
    return {"num_format": shape, "valign": "top"}
