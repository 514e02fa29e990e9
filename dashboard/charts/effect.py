"""The range of an effect against nothing and against what would be worth having."""

from typing import Literal

import altair as alt
import polars as pl

from dashboard.charts import Picture, colours
from dashboard.charts.colours import Role


def effect(frame: pl.DataFrame, *, role: Role, title: str = "more of 100 come back") -> Picture:
    """A dot with its range, a line at 0, a dashed line at the smallest effect worth having.

    Args:
        frame: one row: value, low, high, worth (shares; worth may be null).
        role: colour of the verdict. title: of the axis.
    """
    row = frame.with_columns(pl.all() * 100)
    ends = [min(0.0, row["low"][0]) - 2, max(row["high"][0], row["worth"][0] or 0.0) + 2]
    scale = alt.Scale(domain=ends, nice=False)
    axis = alt.Axis(title=title, grid=False, tickCount=6, labelPadding=4, titlePadding=6)
    base = alt.Chart(row).encode(
        tooltip=[
            alt.Tooltip("value:Q", title="More of 100", format=".1f"),
            alt.Tooltip("low:Q", title="Probably from", format=".1f"),
            alt.Tooltip("high:Q", title="to", format=".1f"),
        ]
    )
    worth = row["worth"][0]
    marks = pl.DataFrame({"at": [0.0, worth], "says": ["no effect", "worth having"]}).drop_nulls()
    sides: list[Literal["left", "right"]] = ["right", "left"] if (worth or 0.0) >= 0 else ["left", "right"]
    lines = alt.Chart(marks).encode(x=alt.X("at:Q", scale=scale, axis=axis))
    layers = [
        colours.paint(
            lines.mark_rule(strokeDash=[4, 3], strokeWidth=1.4).encode(y=alt.value(18), y2=alt.value(64)),
            "steady",
        ),
        *(
            colours.paint(
                lines.transform_filter(alt.datum.says == says)
                .mark_text(baseline="top", fontSize=12, align=side, dx=-4 if side == "right" else 4)
                .encode(text="says:N", y=alt.value(0)),
                "ink",
            )
            for says, side in zip(["no effect", "worth having"], sides, strict=True)
        ),
        colours.paint(
            base.mark_rule(strokeWidth=5, opacity=0.45).encode(
                x=alt.X("low:Q", scale=scale), x2="high:Q", y=alt.value(42)
            ),
            role,
        ),
        colours.paint(
            base.mark_point(filled=True, size=150, opacity=1).encode(
                x=alt.X("value:Q", scale=scale), y=alt.value(42)
            ),
            role,
        ),
    ]
    return alt.layer(*layers).properties(height=122)
