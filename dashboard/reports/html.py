"""The week as one HTML file: everything inside it, nothing asked of any network, read by eye, by ear and in print."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from dashboard import goals
from dashboard.reports import paper, pictures
from dashboard.reports.blocks import Row
from dashboard.reports.paper import Lines
from dashboard.reports.places import Place
from dashboard.reports.week import WeekReport

TEMPLATE = "week.html"
_HERE = Path(__file__).parent


def html(report: WeekReport) -> str:
    """The report; the same report is the same text."""
    found = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    found.filters.update(say=_say, line=_line, places=_places)
    palettes = {mode: paper.colours(mode) for mode in ("light", "dark")}
    return found.get_template(TEMPLATE).render(report=report, palettes=palettes, goals_note=goals.WORDS)


def _say(lines: Lines) -> Markup:
    """Runs of text as HTML: what somebody wrote stays what it is."""
    return Markup("<br>").join(
        Markup("").join(
            Markup("<strong>{}</strong>").format(run["text"]) if run["bold"] else escape(run["text"])
            for run in line
        )
        for line in lines
    )


def _line(row: Row) -> Markup:
    """The line of a number; the style sheet has its colours."""
    return Markup(pictures.sparkline(row.history, row.role))  # noqa: S704  numbers only, nothing that anybody wrote


def _places(place: Place) -> Markup:
    """A range as CSS properties, which the style sheet draws."""
    told = {"low": place.low, "value": place.value, "width": place.high - place.low}
    if place.usual is not None:
        told["usual"] = place.usual
    return Markup(";".join(f"--{name}:{share * 100:.2f}%" for name, share in told.items()))  # noqa: S704  as above
