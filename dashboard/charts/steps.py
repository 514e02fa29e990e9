"""How often each step on a way was taken: bars under each other, in the order of the way."""

import altair as alt
import polars as pl

from dashboard.charts import Picture, colours

ROW_PIXELS, AXIS_PIXELS = 30, 12


def steps(frame: pl.DataFrame, *, label_pixels: int = 170) -> Picture:
    """Bars with their count beside them, so that no axis is needed.

    Args:
        frame: label, value (a count), first step on top.
        label_pixels: room for the labels at the left.
    """
    base = alt.Chart(frame).encode(
        y=alt.Y(
            "label:N",
            sort=None,
            axis=alt.Axis(
                title=None, domain=False, ticks=False, labelLimit=label_pixels, minExtent=label_pixels,
                labelPadding=8, grid=False,
            ),
        ),
        x=alt.X("value:Q", axis=None, scale=alt.Scale(zero=True, domainMax=float(_room(frame)))),
        tooltip=[alt.Tooltip("label:N", title=" "), alt.Tooltip("value:Q", title="Times", format=",.0f")],
    )  # fmt: skip
    return alt.layer(
        colours.paint(base.mark_bar(cornerRadius=3, size=14, opacity=0.75), "success"),
        colours.paint(
            base.mark_text(align="left", dx=6, fontSize=12).encode(text=alt.Text("value:Q", format=",.0f")),
            "ink",
        ),
    ).properties(height=ROW_PIXELS * frame.height + AXIS_PIXELS)


def _room(frame: pl.DataFrame) -> float:
    """The end of the axis: the longest bar leaves room for its count."""
    longest = frame["value"].max()
    return (float(longest) if isinstance(longest, int | float) else 1.0) * 1.18
