"""A small heat table: every cell with its figure, its range and how many it rests on."""

import altair as alt
import polars as pl

from dashboard.charts import Picture, colours

ROW_PIXELS, HEADER_PIXELS = 66, 40


def heat(frame: pl.DataFrame, *, rows: tuple[str, ...], columns: tuple[str, ...]) -> Picture:
    """Cells shaded by their share; hidden cells say so.

    Args:
        frame: row, column, value (share; null: hidden), low, high and n.
        rows: order from the top.
        columns: order from the left.
    """
    every = pl.DataFrame({"row": rows}).join(pl.DataFrame({"column": columns}), how="cross")
    cells = every.join(frame, on=["row", "column"], how="left", maintain_order="left").with_columns(
        pl.col("value", "low", "high") * 100
    )
    base = alt.Chart(cells).encode(
        x=alt.X(
            "column:N", sort=list(columns), title=None,
            axis=alt.Axis(orient="top", labelAngle=0, domain=False, ticks=False, labelPadding=20,
                          labelAlign="center", labelFlush=False,
                          labelOverlap=False, labelLineHeight=14, labelExpr=_IN_TWO_LINES),
        ),
        y=alt.Y(
            "row:N", sort=list(rows), title=None,
            axis=alt.Axis(domain=False, ticks=False, labelPadding=8, labelLineHeight=14, labelExpr=_IN_TWO_LINES),
        ),
        tooltip=[
            alt.Tooltip("row:N", title="Would"),
            alt.Tooltip("column:N", title="Rated"),
            alt.Tooltip("value:Q", title="Of 100", format=".1f"),
            alt.Tooltip("low:Q", title="Probably from", format=".1f"),
            alt.Tooltip("high:Q", title="to", format=".1f"),
            alt.Tooltip("n:Q", title="Answers", format=","),
        ],
    )  # fmt: skip
    known = base.transform_filter("isValid(datum.value)").transform_calculate(
        range="format(datum.low, '.0f') + '–' + format(datum.high, '.0f')",
        answers="'n ' + format(datum.n, ',')",
    )
    hidden = base.transform_filter("!isValid(datum.value)")
    shades = alt.Color("value:Q", scale=alt.Scale(domain=[0, 100], range="heatmap", clamp=True), legend=None)
    layers = [
        known.mark_rect(cornerRadius=5).encode(color=shades),
        colours.paint(hidden.mark_rect(cornerRadius=5, filled=False, strokeDash=[3, 3]), "faint"),
        colours.paint(
            known.mark_text(fontSize=15, fontWeight=600, dy=-15).encode(
                text=alt.Text("value:Q", format=".0f")
            ),
            "ink",
        ),
        colours.paint(known.mark_text(dy=3, fontSize=11).encode(text="range:N"), "ink"),
        colours.paint(known.mark_text(dy=18, fontSize=11).encode(text="answers:N"), "ink"),
        colours.paint(hidden.mark_text(fontSize=11).encode(text=alt.value("too few")), "steady"),
    ]
    return (
        alt.layer(*layers)
        .resolve_scale(color="independent")
        .properties(height=ROW_PIXELS * len(rows) + HEADER_PIXELS)
    )


_IN_TWO_LINES = (
    "length(datum.label) > 9 && indexof(datum.label, ' ') > 0 "
    "? [split(datum.label, ' ')[0], slice(datum.label, indexof(datum.label, ' ') + 1)] : datum.label"
)
