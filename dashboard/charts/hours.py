"""A share over the hours of the day, with its range as a bar through every dot."""

import altair as alt
import polars as pl

from dashboard.charts import ESTIMATE, Picture, colours

HEIGHT = 230


def by_hour(frame: pl.DataFrame) -> Picture:
    """One dot an hour.

    Args:
        frame: hour (0 to 23), value, low, high (shares), n.
    """
    data = frame.with_columns(pl.col("value", "low", "high") * 100)
    base = alt.Chart(data).encode(
        x=alt.X(
            "hour:O",
            axis=alt.Axis(title="o'clock, when they asked", labelAngle=0, grid=False, titlePadding=6),
        ),
        y=alt.Y(
            "value:Q",
            scale=alt.Scale(zero=False, nice=True),
            axis=alt.Axis(title="of 100", titleAngle=0, titleAlign="left", titleY=-10, titleX=0, tickCount=5),
        ),
        tooltip=[
            alt.Tooltip("hour:O", title="From"),
            *ESTIMATE,
            alt.Tooltip("n:Q", title="Asked", format=","),
        ],
    )
    layers = [
        base.mark_rule(strokeWidth=3.5, opacity=0.45).encode(y="low:Q", y2="high:Q"),
        base.mark_point(filled=True, size=80, opacity=1),
    ]
    return alt.layer(*(colours.paint(layer, "steady") for layer in layers)).properties(height=HEIGHT)
