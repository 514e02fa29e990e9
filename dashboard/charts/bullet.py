"""Where a number stands against its goal: a dot with its range, and a mark where it should be."""

import textwrap

import altair as alt
import polars as pl

from dashboard.charts import ESTIMATE, Picture, colours

ROW_PIXELS = 46
AXIS_PIXELS = 50
LINE_LETTERS = 22


def goals(frame: pl.DataFrame, *, label_pixels: int = 150) -> Picture:
    """One row per goal, on one axis.

    Args:
        frame: label, value, low, high, target (shares), n and role, top row first; an everybody-counted number
            has its value as low and high.
        label_pixels: room for the labels at the left.
    """
    shares = ["value", "low", "high", "target"]
    data = frame.with_columns(
        pl.col(shares) * 100,
        label=pl.col("label").map_elements(_in_lines, return_dtype=pl.String),
        is_first=pl.int_range(pl.len()) == 0,
    )
    ends = [
        float(end)
        for name in shares
        for end in (data[name].min(), data[name].max())
        if isinstance(end, float)
    ]
    domain = [max(0.0, 10 * ((min(ends) - 4) // 10)), min(100.0, 10 * ((max(ends) + 4) // 10 + 1))]
    base = alt.Chart(data).encode(
        y=alt.Y(
            "label:N",
            sort=None,
            axis=alt.Axis(
                title=None,
                domain=False,
                labelLimit=label_pixels,
                minExtent=label_pixels,
                labelPadding=8,
                labelExpr=f"split(datum.label, '{_BREAK}')",
                labelLineHeight=14,
            ),
        ),
        x=alt.X(
            "value:Q",
            scale=alt.Scale(domain=domain, nice=False, zero=False),
            axis=alt.Axis(title="of 100", grid=True, tickCount=5, labelPadding=6, titlePadding=6),
        ),
        tooltip=[
            alt.Tooltip("label:N", title=" "),
            *ESTIMATE,
            alt.Tooltip("target:Q", title="Goal", format=".0f"),
            alt.Tooltip("n:Q", title="Rests on", format=","),
        ],
    )
    mark = base.mark_tick(thickness=2.5, size=24).encode(x="target:Q")
    named = base.transform_filter("datum.is_first").mark_text(dy=-19, fontSize=12)
    return alt.layer(
        base.mark_rule(strokeWidth=6, opacity=0.4).encode(x="low:Q", x2="high:Q", color=colours.by("role")),
        base.mark_point(filled=True, size=95, opacity=1).encode(color=colours.by("role")),
        colours.paint(mark, "ink"),
        colours.paint(named.encode(x="target:Q", text=alt.value("goal")), "ink"),
    ).properties(height=ROW_PIXELS * data.height + AXIS_PIXELS)


def _in_lines(label: str) -> str:
    return _BREAK.join(textwrap.wrap(label, LINE_LETTERS))


_BREAK = "¦"
