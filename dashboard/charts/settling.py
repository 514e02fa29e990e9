"""What a day said 1, 2, 3 days later, of 100 that it said in the end."""

import altair as alt
import polars as pl

from dashboard.charts import ESTIMATE, Picture, colours

HEIGHT = 150


def settling(frame: pl.DataFrame, *, lowest: float) -> Picture:
    """The line of the middle day, with its range.

    Args:
        frame: age_days, value, low, high (shares of what the day said in the end; low and high may be null), n.
        lowest: where the axis begins, a share; the same for pictures beside each other.
    """
    data = frame.with_columns(pl.col("value", "low", "high") * 100)
    highest = max(100.0, *data["high"].drop_nulls(), *data["value"])
    base = alt.Chart(data).encode(
        x=alt.X("age_days:O", axis=alt.Axis(title="days later", grid=False, labelAngle=0, titlePadding=6)),
        y=alt.Y(
            "value:Q",
            scale=alt.Scale(domain=[lowest * 100, highest], nice=True, zero=False),
            axis=alt.Axis(title="of 100", titleAngle=0, titleAlign="left", titleY=-10, titleX=0, tickCount=4),
        ),
        tooltip=[
            alt.Tooltip("age_days:O", title="Days later"),
            *ESTIMATE,
            alt.Tooltip("n:Q", title="Days seen", format=","),
        ],
    )
    ranged = base.transform_filter("isValid(datum.low)")
    return alt.layer(
        colours.paint(
            ranged.mark_rule(strokeWidth=3.5, opacity=0.45).encode(y="low:Q", y2="high:Q"), "steady"
        ),
        colours.paint(base.mark_line(strokeWidth=1.8), "steady"),
        colours.paint(base.mark_point(filled=True, size=70, opacity=1), "steady"),
    ).properties(height=HEIGHT)
