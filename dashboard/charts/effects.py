"""Several initiatives side by side: the effect of each with its range, against no effect."""

from textwrap import fill

import altair as alt
import polars as pl

from dashboard.charts import Picture, colours

ROW = 56
_LINE = 24
"""Letters of a name on a line, so that a phone has room for the bars."""


def effects(found: pl.DataFrame, *, label_pixels: int = 170) -> Picture:
    """A dot and its range for each, a line at no effect, in the order given.

    Args:
        found: label, value, low, high (shares), n, role (of the verdict).
        label_pixels: room for the names.
    """
    data = found.with_columns(
        pl.col("value", "low", "high") * 100,
        pl.col("label").map_elements(lambda name: fill(name, _LINE), return_dtype=pl.String),
    )
    y = alt.Y(
        "label:N", sort=None,
        axis=alt.Axis(
            title=None, labelLimit=label_pixels, labelExpr="split(datum.label, '\\n')", labelLineHeight=14,
            labelOverlap=False, labelBaseline="middle", grid=False, ticks=False, domain=False, labelPadding=8,
        ),
    )  # fmt: skip
    axis = alt.Axis(title="more of 100", grid=False, tickCount=6, labelPadding=4, titlePadding=6)
    base = alt.Chart(data).encode(
        y=y, color=colours.by("role"),
        tooltip=[
            alt.Tooltip("label:N", title=" "),
            alt.Tooltip("value:Q", title="More of 100", format=".1f"),
            alt.Tooltip("low:Q", title="Probably from", format=".1f"),
            alt.Tooltip("high:Q", title="to", format=".1f"),
            alt.Tooltip("n:Q", title="Rests on", format=","),
        ],
    )  # fmt: skip
    nothing = alt.Chart(pl.DataFrame({"at": [0.0]})).mark_rule(strokeDash=[4, 3], strokeWidth=1.4)
    return alt.layer(
        colours.paint(nothing.encode(x=alt.X("at:Q", axis=axis)), "steady"),
        base.mark_rule(strokeWidth=5, opacity=0.45).encode(x=alt.X("low:Q", axis=axis), x2="high:Q"),
        base.mark_point(filled=True, size=130, opacity=1).encode(x=alt.X("value:Q", axis=axis)),
    ).properties(height=ROW * found.height + 12)
