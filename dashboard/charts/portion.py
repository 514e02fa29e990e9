"""Parts of a whole under each other: how much of each bar is filled, with the count beside it."""

from typing import Literal

import altair as alt
import polars as pl

from dashboard.charts import Picture, colours

ROW_PIXELS = 46


def portion(frame: pl.DataFrame) -> Picture:
    """Bars of one length, each filled as far as it goes; what is hidden is said in its place.

    Args:
        frame: label, share (0-1; null: hidden) and says, the words behind the label, top row first. Both stand above
            their bar, so that nothing is cut on a telephone.
    """
    data = frame.with_columns(whole=pl.lit(1.0))
    base = alt.Chart(data).encode(
        y=alt.Y("label:N", sort=None, axis=None),
        x=alt.X("whole:Q", axis=None, scale=alt.Scale(domain=[0, 1], nice=False)),
        tooltip=[alt.Tooltip("label:N", title=" "), alt.Tooltip("says:N", title="Counted")],
    )
    return alt.layer(
        colours.paint(base.mark_bar(size=9, cornerRadius=3, opacity=0.55), "faint"),
        colours.paint(
            base.transform_filter("isValid(datum.share)")
            .mark_bar(size=9, cornerRadius=3)
            .encode(x="share:Q"),
            "success",
        ),
        colours.paint(_above(base, "left").encode(x=alt.value(0), text="label:N"), "ink"),
        colours.paint(_above(base, "right").encode(x=alt.value("width"), text="says:N"), "ink"),
    ).properties(height=ROW_PIXELS * data.height)


def _above(base: alt.Chart, side: Literal["left", "right"]) -> alt.Chart:
    return base.mark_text(align=side, dy=-14, fontSize=12, fontWeight=600 if side == "right" else 400)
