"""The picture of an answer, as the chart in its question's header declares it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from textwrap import wrap

import altair as alt
import polars as pl

from dashboard import figures, words
from dashboard.charts import Picture, colours, gaps, over_time, side_by_side
from dashboard.charts import events as marks
from dashboard.charts.plotted import Plotted, chart_of, plotted
from pipelines.questions.answer import Answer

MOST_LINES = 2
MOST_PANELS = 12
MOST_ROWS = 40
MOST_LETTERS = 32
LEGEND_LETTERS = 90
_ROW_PIXELS, _LETTER_PIXELS = 24, 6
_SERIES = {"line": over_time.line, "area": over_time.area, "bar": over_time.bars}
_GROUPS: dict[str, Callable[[Plotted], Picture]] = {
    "line": side_by_side.dots, "area": side_by_side.bars, "bar": side_by_side.bars, "dot_range": side_by_side.dots,
    "heat": side_by_side.heat, "scatter": side_by_side.scatter,
}  # fmt: skip


def picture(answer: Answer, events: pl.DataFrame | None = None) -> Picture | alt.VConcatChart:
    """What is drawn of an answer: its chart; a table where it declares one, or where nothing else can be drawn.

    More than two lines, and bars or areas of several groups, stand below each other as panels of one scale.

    Args:
        events: as for `told`.
    """
    parts = panels(answer, events)
    if names := marks.legend(told(answer, events)):
        parts.append(_said(*wrap(names, LEGEND_LETTERS)))
    if lacking := missing(answer):
        parts.append(_said(lacking))
    if more := left_out(answer):
        parts.append(_said(f"{words.plural(more, 'more is', 'more are')} in the table."))
    return parts[0] if len(parts) == 1 else alt.vconcat(*parts, spacing=18)


def panels(answer: Answer, events: pl.DataFrame | None = None) -> list[Picture]:
    """The same, each panel by itself: a page gives each its full width."""
    chart, _ = chart_of(answer)
    if answer.frame.is_empty():
        return [_said("Nothing came out.")]
    if chart.mark == "table":
        return [_with_mark(_table(answer), answer)]
    plot = plotted(answer)
    happened = told(answer, events)
    parts = _parts(plot)
    if len(parts) == 1:
        return [_with_mark(marks.on(_drawn(plot, over_time.HEIGHT), happened), answer)]
    made = []
    for place, (name, part) in enumerate(parts[:MOST_PANELS]):
        says = name if place else f"{name}, {part.title}"
        title = alt.TitleParams(says, anchor="start", fontSize=13, offset=6)
        drawn = marks.on(_drawn(part, over_time.PANEL_HEIGHT), _to_these(happened, _groups(part)))
        made.append(_with_mark(drawn, answer).properties(title=title))
    return made


def told(answer: Answer, events: pl.DataFrame | None) -> pl.DataFrame:
    """What happened in the time of an answer to those whom it is about, numbered as in all its panels.

    Args:
        events: what is known to have happened: from_on, until_on, says, dimension, member, kpi (null: every number).

    Returns:
        As `charts.events.within`; nothing where the chart is not over time, or wants no annotations.
    """
    texts = dict.fromkeys(("says", "dimension", "member"), pl.String)
    nothing = pl.DataFrame(schema={"number": pl.Int64, "from_on": pl.Date, "until_on": pl.Date, **texts})
    if events is None or not is_drawn(answer) or not chart_of(answer)[0].annotations:
        return nothing
    plot = plotted(answer)
    first, last = plot.points["day"].min(), plot.points["day"].max()
    if not plot.is_series or not isinstance(first, date) or not isinstance(last, date):
        return nothing
    whose = {*_groups(plot), *((name, str(value)) for name, value in answer.params.items())}
    of_this = events.filter(pl.col("kpi").is_null() | (pl.col("kpi") == (answer.question.header.kpi or "")))
    return marks.within(_to_these(of_this, whose), first, last)


def _groups(plot: Plotted) -> set[tuple[str, str]]:
    """Whom the lines and panels are about: (dimension, member)."""
    named = (("by", plot.chart.by), ("panel", plot.chart.facet))
    return {(name, str(one)) for at, name in named if name for one in plot.points[at].drop_nulls().unique()}


def _to_these(events: pl.DataFrame, groups: set[tuple[str, str]]) -> pl.DataFrame:
    """What happened to everybody, or to one of these groups."""
    if events.is_empty():
        return events
    to_one = [
        (pl.col("dimension") == name) & (pl.col("member").str.to_lowercase() == one.lower())
        for name, one in groups
    ]
    return events.filter(pl.any_horizontal(pl.col("dimension") == "all", *to_one))


def panel_names(answer: Answer) -> list[str]:
    """What each panel shows; one without a name where all is in one picture, none where there is no picture."""
    return [name for name, _ in _parts(plotted(answer))][:MOST_PANELS] if is_drawn(answer) else []


def left_out(answer: Answer) -> int:
    """How many panels there would be besides those that are drawn."""
    return max(0, len(_parts(plotted(answer))) - MOST_PANELS) if is_drawn(answer) else 0


def missing(answer: Answer) -> str:
    """How many weeks within the picture are not shown, as a sentence; empty where every week is."""
    if not is_drawn(answer):
        return ""
    plot = plotted(answer)
    return gaps.told(plot.missing, plot.points.select("by", "panel").n_unique() == 1)


def is_drawn(answer: Answer) -> bool:
    """Whether there is a picture besides the table."""
    return chart_of(answer)[0].mark != "table" and not answer.frame.is_empty()


def _drawn(plot: Plotted, height: int) -> Picture:
    if plot.is_series and plot.chart.mark in _SERIES:
        return _SERIES[plot.chart.mark](plot, height)
    return _GROUPS[plot.chart.mark](plot)


def _parts(plot: Plotted) -> list[tuple[str, Plotted]]:
    """The parts that stand below each other, by name; one part where all fits into one picture."""
    names = [name for name in ("panel",) if plot.chart.facet]
    several = plot.chart.by not in (None, plot.chart.facet) and plot.points["by"].n_unique() > 1
    if several and plot.chart.mark not in ("heat", "scatter"):
        fits = plot.chart.mark == "line" and plot.is_series and plot.points["by"].n_unique() <= MOST_LINES
        names += [] if fits else ["by"]
    if not names:
        return [("", plot)]
    whole = plot.domain(at_zero=plot.chart.mark in ("bar", "area"))
    parts = plot.points.partition_by(names, maintain_order=True, include_key=True)
    return [
        (", ".join(str(part[name][0]) for name in names), replace(plot, points=part, ends=tuple(whole)))
        for part in parts
    ]


def _with_mark(chart: Picture, answer: Answer) -> Picture:
    """A draft says so across the picture, wherever it is copied to."""
    if not answer.question.is_draft:
        return chart
    mark = alt.Chart(pl.DataFrame({"says": ["DRAFT"]})).mark_text(
        fontSize=alt.expr("min(64, height / 2.2)"), fontWeight=700, angle=344, opacity=0.13
    ).encode(text="says:N", x=alt.value(alt.expr("width / 2")), y=alt.value(alt.expr("height / 2")))  # fmt: skip
    return alt.layer(chart, colours.paint(mark, "ink"))


def _table(answer: Answer) -> Picture:
    """The first rows as a drawn table, for where there is no page around it."""
    frame = figures.table(answer)
    heads = [_short(name) for name in frame.columns]
    rows = [heads, *([_short(_spelt(cell)) for cell in row] for row in frame.head(MOST_ROWS).iter_rows())]
    widths = [max(len(column[0]) * 1.2, *map(len, column)) + 2 for column in zip(*rows, strict=True)]
    at = [sum(widths[:place]) / sum(widths) for place in range(len(widths))]
    data = pl.DataFrame(
        [
            {"row": number, "at": left, "says": says}
            for number, row in enumerate(rows)
            for left, says in zip(at, row, strict=True)
        ]
    )
    base = alt.Chart(data).encode(
        x=alt.X("at:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=None),
        y=alt.Y("row:O", axis=None),
        text="says:N",
    )
    head = base.transform_filter("datum.row == 0").mark_text(align="left", fontSize=11, fontWeight=600)
    body = base.transform_filter("datum.row > 0").mark_text(align="left", fontSize=11)
    left = frame.height - MOST_ROWS
    drawn = alt.layer(colours.paint(head, "steady"), colours.paint(body, "ink"))
    title = alt.TitleParams(
        f"{words.count(left)} more rows are in the file.", orient="bottom", anchor="start"
    )
    return drawn.properties(
        height=_ROW_PIXELS * len(rows),
        width=_LETTER_PIXELS * sum(widths),
        **({"title": title} if left > 0 else {}),
    )


def _spelt(cell: object) -> str:
    if isinstance(cell, float):
        return words.decimal(cell, 0 if cell.is_integer() else 1 if abs(cell) >= 10 else 2)
    return "–" if cell is None else words.count(cell) if isinstance(cell, int) else str(cell)


def _short(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"


def _said(*lines: str) -> Picture:
    """A sentence where a picture would be."""
    text = alt.Chart(pl.DataFrame({"says": lines, "line": range(len(lines))})).mark_text(
        align="left", fontSize=13
    )
    written = text.encode(text="says:N", x=alt.value(0), y=alt.Y("line:O", axis=None))
    return alt.layer(colours.paint(written, "steady")).properties(height=12 + 18 * len(lines))
