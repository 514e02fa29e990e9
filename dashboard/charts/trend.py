"""A number over time with its range as a band.

The last weeks are dashed while answers still come in, a week that is not over is an open point, and a line ends
where the question was asked differently from then on.
"""

import altair as alt
import polars as pl

from dashboard.charts import ESTIMATE, Picture, colours
from dashboard.charts.colours import Role

GOAL_ROOM = 20.0
"""Of 100, how far an axis stretches to show a goal."""

WEEKS_UNDER_A_NAME = 8
"""About as many as the word beside a line is wide."""

CARD_SPAN, FULL_SPAN = 16.0, 30.0
"""Of 100, the least that an axis spans. A narrower one would make chance look like news."""


def sparkline(history: pl.DataFrame, role: Role, height: int = 64) -> Picture:
    """A line for a card: band, line, and the last value with its range.

    Args:
        history: week_ends_on, value, low, high (shares; a null breaks the line), n, maturity, oldest first.
            Optional: part, the uninterrupted stretch a week belongs to, and what, said at its beginning; target (a
            share), the goal that counted then, which the picture with axes draws as a step line.
        role: colour of the last value, which says the verdict; the weeks before stay grey.
        height: in pixels.
    """
    return _line(history, role, axes=False).properties(height=height)


def line(history: pl.DataFrame, role: Role, height: int = 370, unit: str = "of 100") -> Picture:
    """The same with axes, for the picture that proves the sentence."""
    return _line(history, role, axes=True, unit=unit).properties(height=height)


def _line(history: pl.DataFrame, role: Role, axes: bool, unit: str = "of 100") -> Picture:
    data = of_100(history)
    x = alt.X("week_ends_on:T", axis=_TIME if axes else _BARE)
    base = alt.Chart(data).encode(
        x=x,
        y=alt.Y(
            "value:Q",
            axis=_level(unit) if axes else _BARE,
            scale=alt.Scale(
                domain=_domain(data, FULL_SPAN if axes else CARD_SPAN), nice=False, zero=False, clamp=True
            ),
        ),
        detail="part:N",
    )
    goal = goal_line(data, x, _domain(data, FULL_SPAN)) if axes else []
    over = base.transform_filter("datum.maturity != 'partial'")
    settled = base.transform_filter("datum.maturity == 'final' || datum.is_last_final")
    settling = base.transform_filter("datum.maturity != 'final' || datum.is_last_final")
    last, open_end = (base.transform_filter(f"datum.{flag}") for flag in ("is_last", "is_open"))
    cut = alt.Chart(data).transform_filter("isValid(datum.what)").encode(x=x)
    quiet = [
        over.mark_area(opacity=0.16, line=False).encode(y=alt.Y("low:Q"), y2="high:Q"),
        settled.mark_line(strokeWidth=1.8),
        settling.mark_line(strokeWidth=1.8, strokeDash=[3, 3]),
        cut.mark_rule(strokeWidth=1, strokeDash=[2, 2]),
        cut.mark_text(align="right", baseline="top", dx=-4, fontSize=11).encode(
            text="what:N", y=alt.value(0)
        ),
    ]
    now = [
        last.mark_rule(strokeWidth=2.5).encode(y="low:Q", y2="high:Q"),
        last.mark_point(filled=True, size=60, opacity=1),
    ]
    unfinished = [
        open_end.mark_rule(strokeWidth=1.5, strokeDash=[2, 2]).encode(y="low:Q", y2="high:Q"),
        open_end.mark_point(filled=False, size=45, strokeWidth=1.8, opacity=1),
    ]
    told = base.mark_point(size=120, opacity=0).encode(
        tooltip=[
            alt.Tooltip("week_ends_on:T", title="Week to", format="%x"),
            *ESTIMATE,
            alt.Tooltip("n:Q", title="Rests on", format=","),
        ]
    )
    return alt.layer(
        *(colours.paint(layer, "steady") for layer in quiet),
        *(colours.paint(layer, role) for layer in now),
        *(colours.paint(layer, "waiting") for layer in unfinished),
        *goal,
        told,
    )


def goal_line(data: pl.DataFrame, x: alt.X, ends: list[float]) -> list[alt.Chart]:
    """The goal as it counted week by week: a step where it changed. Nothing where none did within the axis.

    Its name stands on the side of it where the figures of the first weeks are not.

    Args:
        data: week_ends_on, value and target (of 100). x: as the chart's own. ends: of its axis.
    """
    known = data.filter(pl.col("target").is_between(ends[0], ends[1]))
    if known.is_empty():
        return []
    first = pl.int_range(pl.len()) == 0
    base = alt.Chart(known.select("week_ends_on", "target", is_first=first)).encode(x=x, y="target:Q")
    opening = known.head(WEEKS_UNDER_A_NAME).select(pl.col("value").mean() > pl.col("target").mean())
    below = bool(opening.item())
    named = base.transform_filter("datum.is_first").mark_text(
        align="left", baseline="top" if below else "bottom", dy=4 if below else -3, fontSize=11
    )
    return [
        colours.paint(base.mark_line(strokeWidth=1.2, strokeDash=[6, 3], interpolate="step-before"), "ink"),
        colours.paint(named.encode(text=alt.value("goal")), "ink"),
    ]


def of_100(history: pl.DataFrame) -> pl.DataFrame:
    """Shares of 100, with marks for the last week, the last one that is settled, and one that is not over."""
    known = pl.col("value").is_not_null()
    final = known & (pl.col("maturity") == "final")
    unfinished = known & (pl.col("maturity") == "partial")
    place = pl.int_range(pl.len())
    whole = [
        pl.lit(0).alias("part"), pl.lit(None, pl.String).alias("what"), pl.lit(None, pl.Float64).alias("target")
    ]  # fmt: skip
    return (
        history.with_columns(column for column in whole if column.meta.output_name() not in history.columns)
        .with_columns(
            pl.col("value", "low", "high", "target") * 100,
            is_last=known & (place == place.filter(known & ~unfinished.fill_null(value=False)).max()),
            is_last_final=final & (place == place.filter(final).max()),
            is_open=unfinished,
        )
        .with_columns(
            pl.col("is_last", "is_last_final", "is_open").fill_null(value=False),
            pl.col("maturity").fill_null("final"),
        )
    )


def _domain(data: pl.DataFrame, span: float) -> list[float]:
    known = data.drop_nulls("value")
    if known.is_empty():
        return [0.0, 100.0]
    low, high = known["low"].min(), known["high"].max()
    assert isinstance(low, float)
    assert isinstance(high, float)
    if span == FULL_SPAN:
        low, high = with_goal(known["target"], low, high)
    room = max(0.0, span - (high - low)) / 2
    return [low - room, high + room]


def with_goal(targets: pl.Series, low: float, high: float) -> tuple[float, float]:
    """Ends of an axis that hold the goal too, where it is near enough for the line to stay readable."""
    near = targets.filter(targets.is_between(low - GOAL_ROOM, high + GOAL_ROOM)).to_list()
    return min([low, *(one - 1 for one in near)]), max([high, *(one + 2 for one in near)])


_BARE = alt.Axis(labels=False, grid=False, title=None)
_TIME = alt.Axis(format="%b %Y", tickCount=4, grid=False, labelPadding=6, title=None)


def _level(unit: str) -> alt.Axis:
    return alt.Axis(
        tickCount=4, title=unit, titleAngle=0, titleAlign="left", titleY=-10, titleX=0, labelPadding=6
    )
