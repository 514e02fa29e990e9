"""A number over time with its range as a band. The last weeks are dashed while answers still come in."""

import altair as alt
import polars as pl

from dashboard.charts import Picture, colours
from dashboard.charts.colours import Role

CARD_SPAN, FULL_SPAN = 16.0, 30.0
"""Of 100, the least that an axis spans. A narrower one would make chance look like news."""


def sparkline(history: pl.DataFrame, role: Role, height: int = 64) -> Picture:
    """A line for a card: band, line, and the last value with its range.

    Args:
        history: week_ends_on, value, low, high (shares; a null breaks the line), n, maturity, oldest first.
        role: colour of the last value, which says the verdict; the weeks before stay grey.
        height: in pixels.
    """
    return _line(history, role, axes=False).properties(height=height)


def line(history: pl.DataFrame, role: Role, height: int = 370) -> Picture:
    """The same with axes, for the picture that proves the sentence."""
    return _line(history, role, axes=True).properties(height=height)


def _line(history: pl.DataFrame, role: Role, axes: bool) -> Picture:
    data = of_100(history)
    base = alt.Chart(data).encode(
        x=alt.X("week_ends_on:T", axis=_TIME if axes else _BARE),
        y=alt.Y(
            "value:Q",
            axis=_OF_100 if axes else _BARE,
            scale=alt.Scale(
                domain=_domain(data, FULL_SPAN if axes else CARD_SPAN), nice=False, zero=False, clamp=True
            ),
        ),
    )
    settled = base.transform_filter("datum.maturity == 'final' || datum.is_last_final")
    settling = base.transform_filter("datum.maturity != 'final' || datum.is_last_final")
    last = base.transform_filter("datum.is_last")
    before = [
        base.mark_area(opacity=0.16, line=False).encode(y=alt.Y("low:Q"), y2="high:Q"),
        settled.mark_line(strokeWidth=1.8),
        settling.mark_line(strokeWidth=1.8, strokeDash=[3, 3]),
    ]
    now = [
        last.mark_rule(strokeWidth=2.5).encode(y="low:Q", y2="high:Q"),
        last.mark_point(filled=True, size=75, opacity=1),
    ]
    told = base.mark_point(size=120, opacity=0).encode(
        tooltip=[
            alt.Tooltip("week_ends_on:T", title="Week to", format="%-d %b %Y"),
            alt.Tooltip("value:Q", title="Of 100", format=".1f"),
            alt.Tooltip("low:Q", title="Probably from", format=".1f"),
            alt.Tooltip("high:Q", title="to", format=".1f"),
            alt.Tooltip("n:Q", title="Rests on", format=","),
        ]
    )
    return alt.layer(
        *(colours.paint(layer, "steady") for layer in before),
        *(colours.paint(layer, role) for layer in now),
        told,
    )


def of_100(history: pl.DataFrame) -> pl.DataFrame:
    """Shares of 100, with marks for the last week and the last one that is settled."""
    known = pl.col("value").is_not_null()
    final = known & (pl.col("maturity") == "final")
    place = pl.int_range(pl.len())
    return history.with_columns(
        pl.col("value", "low", "high") * 100,
        is_last=known & (place == place.filter(known).max()),
        is_last_final=(final & (place == place.filter(final).max())).fill_null(value=False),
    ).with_columns(pl.col("is_last").fill_null(value=False), pl.col("maturity").fill_null("final"))


def _domain(data: pl.DataFrame, span: float) -> list[float]:
    known = data.drop_nulls("value")
    if known.is_empty():
        return [0.0, 100.0]
    low, high = known["low"].min(), known["high"].max()
    assert isinstance(low, float)
    assert isinstance(high, float)
    room = max(0.0, span - (high - low)) / 2
    return [low - room, high + room]


_BARE = alt.Axis(labels=False, grid=False, title=None)
_TIME = alt.Axis(format="%b %Y", tickCount=4, grid=False, labelPadding=6, title=None)
_OF_100 = alt.Axis(
    tickCount=4, title="of 100", titleAngle=0, titleAlign="left", titleY=-10, titleX=0, labelPadding=6
)
