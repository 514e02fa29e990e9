"""A count over time, from nothing up: solid where it stands, dashed where it may move, open where it is not over."""

import altair as alt
import polars as pl

from dashboard.charts import Picture, colours

HEIGHT = 250


def level(frame: pl.DataFrame, *, counted: str, height: int = HEIGHT) -> Picture:
    """A line over periods; a hidden one breaks it.

    Args:
        frame: ends_on, value (null where hidden), maturity (`final`, `provisional`, `partial`), oldest first.
        counted: what the axis counts: `visitors a week, about`.
        height: in pixels.
    """
    data = _marked(frame)
    base = alt.Chart(data).encode(
        x=alt.X(
            "ends_on:T",
            axis=alt.Axis(format="%b %Y", tickCount=4, grid=False, labelPadding=6, title=None),
        ),
        y=alt.Y(
            "value:Q",
            scale=alt.Scale(zero=True, nice=True),
            axis=alt.Axis(
                title=counted, titleAngle=0, titleAlign="left", titleY=-10, titleX=0, tickCount=4, format=",.0f",
                labelPadding=6,
            ),
        ),
    )  # fmt: skip
    stands = base.transform_filter("datum.stands")
    moves = base.transform_filter("datum.moves")
    told = base.mark_point(size=120, opacity=0).encode(
        tooltip=[
            alt.Tooltip("ends_on:T", title="To", format="%x"),
            alt.Tooltip("value:Q", title="About", format=",.0f"),
            alt.Tooltip("says:N", title=" "),
        ]
    )
    return alt.layer(
        colours.paint(stands.mark_line(strokeWidth=1.8), "steady"),
        colours.paint(moves.mark_line(strokeWidth=1.8, strokeDash=[3, 3]), "steady"),
        colours.paint(
            base.transform_filter("datum.is_last").mark_point(filled=True, size=60, opacity=1), "steady"
        ),
        colours.paint(
            base.transform_filter("datum.is_open").mark_point(filled=False, size=50, strokeWidth=1.8, opacity=1),
            "waiting",
        ),
        told,
    ).properties(height=height)  # fmt: skip


def _marked(frame: pl.DataFrame) -> pl.DataFrame:
    """Which stretch of the line a period belongs to; the last one that stands begins the dashed stretch too."""
    place, final = pl.int_range(pl.len()), pl.col("maturity") == "final"
    whole = pl.col("maturity") != "partial"
    return frame.with_columns(
        stands=final,
        moves=whole & (~final | (place == place.filter(final).max())),
        is_last=whole & pl.col("value").is_not_null() & (place == place.filter(whole).max()),
        is_open=~whole & pl.col("value").is_not_null(),
        says=pl.col("maturity").replace_strict(SAYS, default="", return_dtype=pl.String),
    ).with_columns(pl.col("stands", "moves", "is_last", "is_open").fill_null(value=False))


SAYS = {"final": "", "provisional": "may still move", "partial": "not over yet"}
