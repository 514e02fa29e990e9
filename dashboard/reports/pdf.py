"""The week as a PDF, set without a browser: numbered pages, no table cut, the definitions at the end."""

from dataclasses import asdict
from typing import Any

from dashboard import goals
from dashboard.reports import paper, pictures
from dashboard.reports.blocks import Changed, Row
from dashboard.reports.paper import Size
from dashboard.reports.tried import Tried
from dashboard.reports.week import WeekReport

TEMPLATE = "week.typ"


def pdf(report: WeekReport, size: Size) -> bytes:
    """The report on A4 or Letter; the same report is the same bytes."""
    return paper.pdf(TEMPLATE, report.title, content(report), report.imprint, size)


def content(report: WeekReport) -> dict[str, Any]:
    """Everything on it, as the template reads it."""
    return {
        "first_line": report.first_line,
        "headline": report.headline,
        "lead": report.lead,
        "needs": [asdict(need) for need in report.needs],
        "changed": _changed(report.changed) if report.changed else None,
        "axis": report.axis.says,
        "numbers": [
            {"heading": block.heading, "note": block.note, "rows": [_row(row) for row in block.rows]}
            for block in report.numbers
        ],
        "tried_says": report.tried_says,
        "board": report.board,
        "tried": [_tried(one) for one in report.tried],
        "tried_more": [_tried(one) for one in report.tried_more],
        "decided": [asdict(line) for line in report.decided],
        "decided_more": [asdict(line) for line in report.decided_more],
        "happened": [asdict(line) for line in report.happened],
        "happened_more": [asdict(line) for line in report.happened_more],
        "written": [asdict(line) for line in report.written],
        "written_more": [asdict(line) for line in report.written_more],
        "minutes": report.minutes,
        "minutes_kept": report.minutes_kept,
        "goals": [asdict(line) for line in report.goals],
        "goals_note": goals.WORDS,
        "sure": report.sure,
        "restated": report.restated,
        "definitions": [asdict(one) for one in report.definitions],
        "facts": [{"name": name, "says": says} for name, says in report.facts.items()],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "label": row.label, "figure": row.figure, "basis": row.basis, "moved": row.moved, "goal": row.goal,
        "role": row.role, "alt": f"{row.label}: {row.spoken}", "place": asdict(row.place) if row.place else None,
        "line": pictures.on_paper(pictures.sparkline(row.history, row.role)),
    }  # fmt: skip


def _changed(changed: Changed) -> dict[str, Any]:
    parts = [
        {
            **asdict(part),
            "alt": f"{changed.label}, {part.label}: {part.figure}, probably between {part.between}",
        }
        for part in changed.parts
    ]
    return {"sentences": changed.sentences, "axis": changed.axis.says, "parts": parts}


def _tried(one: Tried) -> dict[str, Any]:
    return {**asdict(one), "verdict": paper.plain(one.verdict)}
