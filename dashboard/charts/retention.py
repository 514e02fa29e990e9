"""How many newcomers are back, week after week: those seen the whole time with their range, later ones beside them."""

import altair as alt
import polars as pl

from dashboard.charts import ESTIMATE, Picture, colours

HEIGHT = 250


def retention(frame: pl.DataFrame) -> Picture:
    """A curve per week of newcomers; one stands out.

    Args:
        frame: starts_on, weeks_after, value, low, high (shares), n; is_lead where the curve stands out.
    """
    data = frame.with_columns(pl.col("value", "low", "high") * 100)
    base = alt.Chart(data).encode(
        x=alt.X(
            "weeks_after:O",
            axis=alt.Axis(title="weeks after the first visit", labelAngle=0, grid=False, titlePadding=6),
        ),
        y=alt.Y(
            "value:Q",
            scale=alt.Scale(zero=True, nice=True),
            axis=alt.Axis(title="of 100", titleAngle=0, titleAlign="left", titleY=-10, titleX=0, tickCount=4),
        ),
        detail="starts_on:T",
        tooltip=[
            alt.Tooltip("starts_on:T", title="First came in the week from", format="%x"),
            *ESTIMATE,
            alt.Tooltip("n:Q", title="Newcomers, about", format=","),
        ],
    )
    lead = base.transform_filter("datum.is_lead")
    return alt.layer(
        colours.paint(base.transform_filter("!datum.is_lead").mark_line(strokeWidth=1), "faint"),
        colours.paint(lead.mark_rule(strokeWidth=3.5, opacity=0.45).encode(y="low:Q", y2="high:Q"), "steady"),
        colours.paint(lead.mark_line(strokeWidth=1.8), "steady"),
        colours.paint(lead.mark_point(filled=True, size=70, opacity=1), "steady"),
    ).properties(height=HEIGHT)
