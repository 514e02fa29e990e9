"""A hundred customers as dots: who would have come back anyway, and who came because of what we did."""

import altair as alt
import polars as pl

from dashboard.charts import Picture, colours

PER_ROW = 20


def hundred(places: pl.DataFrame, *, anyway: float, extra: float, extra_end: float) -> Picture:
    """Filled dots for what we saw, rings up to the far end of the range.

    Args:
        places: place, 0 to 99.
        anyway: of 100, without us.
        extra: of 100, because of us; below 0 it is taken from those who would have come anyway.
        extra_end: the end of the range of `extra` that is further from 0.
    """
    data = places.with_columns(
        column=pl.col("place") % PER_ROW,
        row=pl.col("place") // PER_ROW,
        kind=pl.col("place").map_elements(
            lambda p: kind(p, anyway, extra, extra_end), return_dtype=pl.String
        ),
    )
    base = alt.Chart(data).encode(
        x=alt.X("column:O", axis=None),
        y=alt.Y("row:O", axis=None),
        tooltip=alt.Tooltip("kind:N", title=" "),
    )
    gained = extra >= 0
    layers = [
        _dots(base, ANYWAY, "steady"),
        _dots(base, BECAUSE if gained else LOST, "better" if gained else "worse"),
        _dots(base, PERHAPS, "better" if gained else "worse", ring=True),
        _dots(base, NOT, "faint", ring=True),
    ]
    return alt.layer(*layers).properties(height=24 * 100 // PER_ROW)


def kind(place: int, anyway: float, extra: float, extra_end: float) -> str:
    """What is known of one of the hundred; figures of 100, as in `hundred`."""
    if extra >= 0:
        ends = ((anyway, ANYWAY), (anyway + extra, BECAUSE), (anyway + extra_end, PERHAPS))
    else:
        ends = ((anyway + extra_end, ANYWAY), (anyway + extra, PERHAPS), (anyway, LOST))
    return next((kind for end, kind in ends if place < round(end)), NOT)


def _dots(base: alt.Chart, kind: str, role: colours.Role, ring: bool = False) -> alt.Chart:
    chosen = base.transform_filter(alt.datum.kind == kind)
    return colours.paint(chosen.mark_point(filled=not ring, size=150, strokeWidth=1.6, opacity=1), role)


ANYWAY = "Comes back anyway"
BECAUSE = "Comes back because of us"
PERHAPS = "Perhaps: up to the end of the range"
LOST = "Would have come back without us"
NOT = "Does not come back"
