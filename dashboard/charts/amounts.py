"""Amounts with their range under each other: money or purchases, on an axis that begins at nothing."""

import altair as alt
import polars as pl

from dashboard.charts import Picture, colours

ROW_PIXELS, AXIS_PIXELS = 34, 56


def amounts(frame: pl.DataFrame, *, unit: str, form: str = ",.0f", label_pixels: int = 130) -> Picture:
    """Dots with bars; optionally beside each a ring for what was expected, and a tick for that put right.

    Args:
        frame: label, value, low, high (null where everybody is counted), role and n, top row first. Optional:
            `expected`, `adjusted`.
        unit: title of the axis. form: how figures are written, in the terms of d3-format.
        label_pixels: room for the labels at the left.
    """
    base = alt.Chart(frame).encode(
        y=alt.Y(
            "label:N",
            scale=alt.Scale(domain=frame["label"].to_list()),
            axis=alt.Axis(
                title=None, domain=False, ticks=False, labelLimit=label_pixels, minExtent=label_pixels,
                labelPadding=8, labelLineHeight=14, labelOverlap=False, labelExpr=f"split(datum.label, '{UNDER}')",
            ),
        ),
        x=alt.X(
            "value:Q",
            scale=alt.Scale(domain=[0, _most(frame) * 1.06], nice=False, zero=True),
            axis=alt.Axis(title=unit, grid=True, tickCount=5, labelPadding=6, titlePadding=6, format=form),
        ),
        tooltip=_told(frame, form),
    )  # fmt: skip
    figure = base.mark_text(dy=-13, fontSize=12).encode(text=alt.Text("value:Q", format=form))
    layers = [
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=3.5, opacity=0.45)
        .encode(x="low:Q", x2="high:Q", color=colours.by("role")),
        base.mark_point(filled=True, size=95, opacity=1).encode(color=colours.by("role")),
        colours.paint(figure, "ink"),
    ]
    if "adjusted" in frame.columns:
        tick = base.mark_tick(thickness=2.5, size=18).encode(x="adjusted:Q")
        layers.insert(0, colours.paint(tick, "steady"))
    if "expected" in frame.columns:
        ring = base.mark_point(filled=False, size=95, strokeWidth=1.8, opacity=1).encode(x="expected:Q")
        layers.append(colours.paint(ring, "ink"))
    return alt.layer(*layers).properties(height=ROW_PIXELS * frame.height + AXIS_PIXELS)


def _most(frame: pl.DataFrame) -> float:
    drawn = [frame[name] for name in _DRAWN if name in frame.columns]
    most = pl.concat([column.cast(pl.Float64) for column in drawn]).max()
    return float(most) if isinstance(most, float) and most > 0 else 1.0


def _told(frame: pl.DataFrame, form: str) -> list[alt.Tooltip]:
    named = [
        alt.Tooltip(f"{name}:Q", title=says, format=form) for name, says in _DRAWN.items() if name in frame.columns
    ]  # fmt: skip
    return [
        alt.Tooltip("label:N", title=" "),
        *named,
        alt.Tooltip("n:Q", title="Customers", format=","),
    ]


UNDER = "¶"
"""Begins the second line of a label."""
_DRAWN = {
    "value": "Figure",
    "low": "Probably from",
    "high": "to",
    "expected": "Expected",
    "adjusted": "Expected, put right",
}
