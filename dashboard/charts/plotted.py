"""An answer as it is plotted: each point with its figure, its range, its period and whether that is final."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import altair as alt
import polars as pl

from dashboard import figures, findings, words
from dashboard.charts import gaps
from pipelines.questions.answer import Answer, AnsweredColumn
from pipelines.questions.header import Chart

MOST_POINTS = 4_000
"""More are no picture any more, and Altair refuses 5,000."""

OF_100_SPAN = 30.0
"""Of 100, the least that an axis spans. A narrower one would make chance look like news."""

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_WEEK = re.compile(r"\d{4}-W\d{2}")


@dataclass(frozen=True)
class Plotted:
    """The points of an answer, in the units that are shown.

    `points`: value, low, high, target, n, told (`57 of 100`), ends (`54 and 61`), group and by and panel (text), across
    (of a scatter), day (of a series), is_final, is_open (a period that is not over). What an answer does not have is
    null. Where weeks are missing from a series stands one point without a value. `ends`: of the axis, where panels
    share one. `missing`: how many weeks lack between the first and the last, of whichever series.
    """

    answer: Answer
    chart: Chart
    points: pl.DataFrame
    value: AnsweredColumn
    label: str
    unit: str
    is_series: bool
    ends: tuple[float, ...] = ()
    missing: int = 0

    @property
    def has_range(self) -> bool:
        """Whether any point has one."""
        return self.points["low"].drop_nulls().len() > 0

    @property
    def title(self) -> str:
        """What stands at the axis: `of 100`, `points`, else what is counted."""
        return self.unit or self.label

    def domain(self, at_zero: bool = False) -> list[float]:
        """The ends of the axis of the value: honest about chance, and from zero where lengths are compared."""
        if self.ends:
            return list(self.ends)
        known = pl.concat([self.points[name].drop_nulls() for name in ("value", "low", "high", "target")])
        return domain(known, self.unit, at_zero)

    def tooltip(self, *first: alt.Tooltip) -> list[alt.Tooltip]:
        """What a reader who points at a figure is told."""
        told = [*first, alt.Tooltip("told:N", title=self.label)]
        if self.has_range:
            told.append(alt.Tooltip("ends:N", title=figures.BETWEEN))
        if self.points["n"].drop_nulls().len():
            told.append(alt.Tooltip("n:Q", title="Rests on", format=","))
        return told


def chart_of(answer: Answer) -> tuple[Chart, str]:
    """The chart that can be drawn, and why it is not the declared one; that is empty where it is."""
    declared = answer.chart
    if declared.mark == "table":
        return declared, ""
    missing = [name for name in declared.columns if name not in answer.frame.columns]
    if missing:
        given = ", ".join(answer.frame.columns)
        return Chart(mark="table"), f"The chart names {', '.join(missing)}; the SELECT gives {given}."
    if answer.frame.height > MOST_POINTS:
        return Chart(mark="table"), f"{words.count(answer.frame.height)} rows are too many for a picture."
    if _value(answer, declared) is None:
        return Chart(
            mark="table"
        ), f"Neither {declared.x} nor {declared.y} is a number, so that nothing can be drawn."
    return declared, ""


def plotted(answer: Answer) -> Plotted:
    """The points of an answer whose chart is no table."""
    chart, _ = chart_of(answer)
    value = _value(answer, chart)
    assert value is not None
    other = chart.x if value.name == chart.y else chart.y
    frame, unit = answer.frame, figures.unit(value)
    low, high = chart.low or f"{value.name}_low", chart.high or f"{value.name}_high"
    days = days_of(frame[other]) if chart.mark != "heat" and other in frame.columns else None
    points = pl.DataFrame(
        {
            "value": _floats(frame, value.name) * unit.factor,
            "low": _floats(frame, low) * unit.factor,
            "high": _floats(frame, high) * unit.factor,
            "target": _targets(answer, chart, value) * unit.factor,
            "n": _floats(frame, "n" if "n" in frame.columns else _own_n(answer, value)),
            "told": pl.Series(
                [_told(value, row, low, high) for row in frame.iter_rows(named=True)], dtype=pl.String
            ),
            "ends": pl.Series(
                [_ends(value, row, low, high) for row in frame.iter_rows(named=True)], dtype=pl.String
            ),
            "group": _texts(answer, chart.y if chart.mark == "heat" else other),
            "by": _texts(answer, chart.x if chart.mark == "heat" else chart.by),
            "panel": _texts(answer, chart.facet),
            "across": _across(answer, other),
            "day": days if days is not None else pl.repeat(None, frame.height, dtype=pl.Date, eager=True),
            "is_final": ~findings.unfinished_rows(answer, frame),
            "is_open": _open(answer),
        }
    )
    missing = 0
    if days is not None:
        points = points.sort("day", maintain_order=True)
        if other is not None and _by_week(frame[other]):
            points, missing = gaps.broken(points)
    return Plotted(
        answer,
        chart,
        points,
        value,
        figures.label(answer, value),
        unit.says,
        days is not None,
        missing=missing,
    )


def days_of(values: pl.Series) -> pl.Series | None:
    """Periods as days: a week by its Sunday, a month or a quarter by its first day; None where they are no periods."""
    if values.dtype in (pl.Date, pl.Datetime):
        return values.cast(pl.Date)
    if values.dtype != pl.String or values.drop_nulls().is_empty():
        return None
    known = {text: _day(text) for text in values.drop_nulls().unique()}
    if any(day is None for day in known.values()):
        return None
    return values.replace_strict(known, return_dtype=pl.Date)


def _by_week(values: pl.Series) -> bool:
    if values.dtype != pl.String:
        return values.name in ("week_starts_on", "week_ends_on")
    return bool(values.drop_nulls().str.contains(r"^\d{4}-W\d{2}$").all())


def domain(known: pl.Series, unit: str, at_zero: bool = False) -> list[float]:
    """The ends of an axis that shows these values."""
    if known.is_empty():
        return [0.0, 100.0 if unit == "of 100" else 1.0]
    low, high = float(known.min()), float(known.max())  # type: ignore[arg-type]
    if at_zero:
        return [min(0.0, low * 1.08), max(high * 1.08, 0.0) or 1.0]
    is_scaled = unit in ("of 100", "points")
    span = OF_100_SPAN if is_scaled else max(abs(low), abs(high)) * 0.2 or 1.0
    room = max(span - (high - low), (high - low) * 0.1) / 2
    ends = [low - room, high + room]
    if low >= 0 and not is_scaled and low < high / 3:
        ends[0] = 0.0
    if unit == "of 100" and low >= 0 and ends[0] < 0:
        ends = [0.0, ends[1] - ends[0]]
    if unit == "of 100" and high <= 100 and ends[1] > 100:
        ends = [max(0.0, ends[0] - (ends[1] - 100.0)), 100.0]
    return ends


def _value(answer: Answer, chart: Chart) -> AnsweredColumn | None:
    """The column that is measured: the colour of a heat table, else y, else x; a range is what an estimate has."""
    if chart.mark == "heat":
        coloured = figures.of_name(answer, chart.by)
        candidates = [coloured] if coloured else [figures.leading(answer)]
    else:
        both = [figures.of_name(answer, name) for name in (chart.y, chart.x)]
        candidates = sorted((each for each in both if each), key=lambda each: each.role == "key")
    return next((each for each in candidates if each and figures.is_figure(each)), None)


def _day(text: str) -> date | None:
    try:
        if _WEEK.fullmatch(text):
            return date.fromisoformat(f"{text}-7")
        if found := _MONTH.fullmatch(text):
            return date(int(found[1]), int(found[2]), 1)
        if found := _QUARTER.fullmatch(text):
            return date(int(found[1]), 3 * int(found[2]) - 2, 1)
    except ValueError:
        return None
    return None


def _floats(frame: pl.DataFrame, name: str | None) -> pl.Series:
    if name is None or name not in frame.columns or not _is_number(frame.schema[name]):
        return pl.repeat(None, frame.height, dtype=pl.Float64, eager=True)
    values = frame[name].cast(pl.Float64)
    return values.set(~values.is_finite().fill_null(value=True), None)


def _is_number(kind: pl.DataType) -> bool:
    return kind.is_numeric() or kind == pl.Boolean


def _across(answer: Answer, name: str | None) -> pl.Series:
    column = figures.of_name(answer, name)
    factor = figures.unit(column).factor if column else 1.0
    return _floats(answer.frame, name) * factor


def _targets(answer: Answer, chart: Chart, value: AnsweredColumn) -> pl.Series:
    """Of a column that the chart names, else of a declared comparison with a target."""
    if chart.target:
        return _floats(answer.frame, chart.target)
    declared = answer.comparisons.get("target")
    if (
        declared is None
        or f"{value.name}_gap" not in declared.columns
        or declared.height != answer.frame.height
    ):
        return _floats(answer.frame, None)
    return declared["target"].cast(pl.Float64)


def _own_n(answer: Answer, value: AnsweredColumn) -> str | None:
    about = answer.question.header.columns.get(value.name)
    return about.n[0] if about and len(about.n) == 1 else None


def _texts(answer: Answer, name: str | None) -> pl.Series:
    column = figures.of_name(answer, name)
    if column is None or name is None:
        return pl.repeat(None, answer.frame.height, dtype=pl.String, eager=True)
    values = answer.frame[name].to_list()
    return pl.Series([_text(column, each) for each in values], dtype=pl.String)


def _text(column: AnsweredColumn, value: Any) -> str:
    if value is None:
        return "not known"
    if isinstance(value, datetime | date | bool | float):
        return figures.said(column, value)
    return str(value)


def _open(answer: Answer) -> pl.Series:
    if "maturity" in answer.frame.columns:
        return (answer.frame["maturity"] == "partial").fill_null(value=False)
    return findings.unfinished_rows(answer, answer.frame)


def _told(column: AnsweredColumn, row: dict[str, Any], low: str, high: str) -> str:
    least, most = row.get(low), row.get(high)
    width = None if least is None or most is None else most - least
    return figures.said(column, row[column.name], width)


def _ends(column: AnsweredColumn, row: dict[str, Any], low: str, high: str) -> str | None:
    return (
        figures.between(
            column, {**row, f"{column.name}_low": row.get(low), f"{column.name}_high": row.get(high)}
        )
        or None
    )
