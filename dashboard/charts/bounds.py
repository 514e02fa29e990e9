"""One figure as answered, weighted, and whatever the silent felt: three bars on one axis."""

import altair as alt
import polars as pl

from dashboard.charts import Picture, colours

ROW_PIXELS, AXIS_PIXELS = 46, 56


def bounds(frame: pl.DataFrame) -> Picture:
    """Ranges under each other; a row without a value is a bare bar, because any figure in it is possible.

    Args:
        frame: label, value (share; may be null), low, high, in order from the top. The words of a label stand
            above its bar, so that nothing is cut on a telephone.
    """
    data = frame.with_columns(
        pl.col("value", "low", "high") * 100,
        role=pl.when(pl.col("value").is_null()).then(pl.lit("faint")).otherwise(pl.lit("emotion")),
    )
    base = alt.Chart(data).encode(
        y=alt.Y("label:N", sort=None, axis=None),
        x=alt.X(
            "low:Q",
            scale=alt.Scale(domain=[0, 100], nice=False),
            axis=alt.Axis(
                title="of 100", grid=True, values=[0, 25, 50, 75, 100], labelPadding=6, titlePadding=6
            ),
        ),
        tooltip=[
            alt.Tooltip("label:N", title=" "),
            alt.Tooltip("low:Q", title="Between", format=".0f"),
            alt.Tooltip("high:Q", title="and", format=".0f"),
        ],
    )
    layers = [
        base.mark_rule(strokeWidth=6).encode(
            x2="high:Q",
            color=colours.by("role"),
            opacity=alt.condition("isValid(datum.value)", alt.value(0.45), alt.value(1)),
        ),
        colours.paint(
            base.transform_filter("isValid(datum.value)")
            .mark_point(filled=True, size=95, opacity=1)
            .encode(x="value:Q"),
            "emotion",
        ),
        colours.paint(
            base.mark_text(align="left", dy=-14, fontSize=12).encode(x=alt.value(4), text="label:N"), "ink"
        ),
    ]
    return alt.layer(*layers).properties(height=ROW_PIXELS * data.height + AXIS_PIXELS)
