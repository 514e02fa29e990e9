"""The effect by time since the start, with bands that hold for all points at once."""

import altair as alt
import polars as pl

from dashboard.charts import Picture, colours

POINTWISE = "each point alone"
TOGETHER = "all points together"


def event_study(points: pl.DataFrame, *, period: str = "months") -> Picture:
    """Points with their ranges before and after the start, the wide band behind them, rings for a second estimator.

    Args:
        points: relative_period (0 = the first one with it), effect, effect_low, effect_high, band_low, band_high
            (shares; null for a second estimator that has none), estimator, is_main, n_treated.
        period: what a step is.
    """
    data = points.with_columns(
        pl.col("effect", "effect_low", "effect_high", "band_low", "band_high") * 100,
        role=pl.when(pl.col("relative_period") < 0).then(pl.lit("steady")).otherwise(pl.lit("ink")),
    )
    x = alt.X(
        "relative_period:Q",
        axis=alt.Axis(
            title=f"{period} since the start", grid=False, tickMinStep=1, format="d", labelPadding=4
        ),
        scale=alt.Scale(nice=False, padding=14),
    )
    y = alt.Y(
        "effect:Q",
        axis=alt.Axis(
            title="more of 100", titleAngle=0, titleAlign="left", titleY=-10, titleX=0, tickCount=5
        ),
        scale=alt.Scale(zero=True),
    )
    base = alt.Chart(data).encode(x=x)
    main = base.transform_filter(alt.datum.is_main)
    told = [
        alt.Tooltip("relative_period:Q", title=f"{period.capitalize()} since the start"),
        alt.Tooltip("effect:Q", title="More of 100", format=".1f"),
        alt.Tooltip("effect_low:Q", title=f"From, {POINTWISE}", format=".1f"),
        alt.Tooltip("effect_high:Q", title="to", format=".1f"),
        alt.Tooltip("band_low:Q", title=f"From, {TOGETHER}", format=".1f"),
        alt.Tooltip("band_high:Q", title="to", format=".1f"),
        alt.Tooltip("n_treated:Q", title="Rests on", format=","),
    ]
    marks = pl.DataFrame({"start": [-0.5], "nothing": [0.0]})
    lines = alt.Chart(marks)
    return alt.layer(
        colours.paint(
            main.mark_area(opacity=0.16, line=False).encode(y=alt.Y("band_low:Q"), y2="band_high:Q"), "steady"
        ),
        colours.paint(lines.mark_rule(strokeWidth=1).encode(y="nothing:Q"), "steady"),
        colours.paint(lines.mark_rule(strokeWidth=1.4, strokeDash=[4, 3]).encode(x="start:Q"), "steady"),
        main.mark_rule(strokeWidth=2.5).encode(
            y=alt.Y("effect_low:Q"), y2="effect_high:Q", color=colours.by("role")
        ),
        main.mark_point(filled=True, size=70, opacity=1).encode(y=y, color=colours.by("role"), tooltip=told),
        colours.paint(
            base.transform_filter("!datum.is_main")
            .mark_point(filled=False, size=55, strokeWidth=1.6, opacity=1)
            .encode(y=y, tooltip=["estimator:N", *told[:2]]),
            "effort",
        ),
    ).properties(height=300)
