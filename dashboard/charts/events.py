"""What happened, on any chart over time: a faint band of its days, a thin dashed line where it began, its number.

The numbers stand for names, so that many fit, also on a phone; whoever draws the chart names them below it.
"""

from datetime import date, timedelta
from typing import Any

import altair as alt
import polars as pl

from dashboard import words
from dashboard.charts import colours

MOST = 6
"""More than these are in the table only: the newest are drawn."""

WEEK = timedelta(days=7)
ROWS, ROW_PIXELS = 3, 12
NEAR = 0.045
"""Numbers nearer than this part of the time shown stand below each other."""


def within(events: pl.DataFrame, first: date, last: date) -> pl.DataFrame:
    """Those that touch a time, in the order of their beginning, numbered, and cut to it.

    Args:
        events: from_on, until_on (null: one day), says.
        first, last: the first and the last day shown; what ended in the six days before is in the first week.

    Returns:
        The same rows with `number`, `starts` and `ends` (cut to the time), `top` (how far down the number stands) and
        `is_late` (at the right end).
    """
    until = pl.coalesce("until_on", "from_on")
    found = (
        events.filter((pl.col("from_on") <= last) & (until > first - WEEK)).sort("from_on", "says").tail(MOST)
    )
    starts = [max(day, first) for day in found["from_on"]]
    near = timedelta(days=NEAR * (last - first).days)
    tops: list[int] = []
    for place, day in enumerate(starts):
        is_near = place > 0 and day - starts[place - 1] < near
        tops.append((tops[-1] + ROW_PIXELS) % (ROWS * ROW_PIXELS) if is_near else 0)
    return found.with_columns(
        until_on=until,
        number=pl.int_range(1, pl.len() + 1),
        starts=pl.Series(starts, dtype=pl.Date),
        ends=pl.max_horizontal(pl.Series(starts, dtype=pl.Date), pl.min_horizontal(until, last)),
        top=pl.Series(tops, dtype=pl.Int64),
        is_late=pl.Series([last - day < near for day in starts], dtype=pl.Boolean),
    )


def on(chart: Any, events: pl.DataFrame | None, *, numbered: bool = True) -> Any:
    """A chart with what happened behind and above it.

    Args:
        chart: its x is time.
        events: as `within` returns them; the chart stays as it is without any.
        numbered: whether each has its number; a small chart has no room for them.
    """
    if events is None or events.is_empty():
        return chart
    base = alt.Chart(events).encode(
        x=alt.X("starts:T", title=None), tooltip=[alt.Tooltip("says:N", title="What happened")]
    )
    shade = base.transform_filter("datum.ends > datum.starts").mark_rect(opacity=0.4).encode(x2="ends:T")
    number = base.encode(text="number:N", y=alt.Y("top:Q", scale=None, axis=None, title=None))
    written = [
        number.transform_filter("!datum.is_late").mark_text(align="left", dx=3, baseline="top", fontSize=10),
        number.transform_filter("datum.is_late").mark_text(align="right", dx=-3, baseline="top", fontSize=10),
    ]
    return alt.layer(
        colours.paint(shade, "faint"),
        colours.paint(base.mark_rule(strokeWidth=1, strokeDash=[2, 3], opacity=0.7), "steady"),
        chart,
        *(colours.paint(layer, "steady") for layer in (written if numbered else [])),
    )


def legend(events: pl.DataFrame) -> str:
    """`1 Phones down, 12 Oct 2026 · 2 Spring sale, 1–14 November 2026`; empty without any. Plain text."""
    return " · ".join(f"{number} {says}" for number, says in _said(events))


def spoken(events: pl.DataFrame) -> str:
    """The same as a sentence, for readers who can not see the chart."""
    told = names(events)
    return f"In this time: {told}." if told else ""


def names(events: pl.DataFrame) -> str:
    """`Phones down, 12 Oct 2026; Spring sale, 1–14 November 2026`, for where the marks have no numbers."""
    return "; ".join(says for _, says in _said(events))


def _said(events: pl.DataFrame) -> list[tuple[int, str]]:
    return [
        (number, f"{says}, {words.short_day(first) if first == last else words.period(first, last)}")
        for number, says, first, last in events.select("number", "says", "from_on", "until_on").iter_rows()
    ]
