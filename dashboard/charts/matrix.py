"""Counts in a grid of two orderings, such as what customers are worth and how they felt."""

import altair as alt
import polars as pl

from dashboard.charts import Picture, colours

ROW_PIXELS, HEADER_PIXELS = 44, 44


def matrix(
    frame: pl.DataFrame, rows: list[str], columns: list[str], titles: tuple[str, str] = ("Spend", "Felt")
) -> Picture:
    """Cells shaded by their share of the row; hidden cells say so.

    Args:
        frame: row, column, customers (null: hidden), share (of the row, 0-1).
        rows: order from the top.
        columns: order from the left.
        titles: what the rows and the columns are, for who points at a cell.
    """
    cells = frame.with_columns(
        label=pl.when(pl.col("customers").is_null())
        .then(pl.lit("too few"))
        .otherwise(pl.col("customers").cast(pl.String))
    )
    base = alt.Chart(cells).encode(
        x=alt.X(
            "column:N", sort=columns, title=None,
            axis=alt.Axis(orient="top", labelAngle=0, domain=False, labelPadding=20, labelOverlap=False,
                          labelExpr="split(datum.label, ' ')"),
        ),
        y=alt.Y("row:N", sort=rows, title=None, axis=alt.Axis(domain=False, labelPadding=8)),
        tooltip=[
            alt.Tooltip("row:N", title=titles[0]),
            alt.Tooltip("column:N", title=titles[1]),
            alt.Tooltip("label:N", title="Customers"),
            alt.Tooltip("share:Q", title="Share of the row", format=".0%"),
        ],
    )  # fmt: skip
    known = base.transform_filter("datum.customers !== null")
    hidden = base.transform_filter("datum.customers === null")
    shades = alt.Color("share:Q", scale=alt.Scale(domain=[0, 0.7], range="heatmap", clamp=True), legend=None)
    layers = [
        known.mark_rect(cornerRadius=5).encode(color=shades),
        colours.paint(hidden.mark_rect(cornerRadius=5, filled=False, strokeDash=[3, 3]), "faint"),
        colours.paint(known.mark_text(fontSize=15, fontWeight=600).encode(text="label:N"), "ink"),
        colours.paint(hidden.mark_text(fontSize=12).encode(text="label:N"), "steady"),
    ]
    return (
        alt.layer(*layers)
        .resolve_scale(color="independent")
        .properties(height=ROW_PIXELS * len(rows) + HEADER_PIXELS)
    )
