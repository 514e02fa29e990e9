"""Dots with their range: estimates side by side, labelled directly, sorted by meaning."""

import altair as alt
import polars as pl

from dashboard.charts import ESTIMATE, Picture, colours

ROW_PIXELS = 32
TALL_ROW_PIXELS = 40
AXIS_PIXELS = 56


def ranges(
    frame: pl.DataFrame, *, label_pixels: int = 130, domain: tuple[float, float] | None = None
) -> Picture:
    """Dots with bars on one axis, optionally in panels, optionally with a tick for what is usual or published.

    Args:
        frame: label, value, low, high (shares), role and n, top row first. Optional: `panel`, the heading
            that rows stand under; `note`, a second line of the label; `usual` (share); `published` (share) and
            `published_says`, a published figure and the word beside its tick.
        label_pixels: room for the labels at the left.
        domain: ends of the axis, of 100; the data's own by default.
    """
    data = _placed(frame)
    base = alt.Chart(data).encode(
        y=alt.Y("place:N", scale=alt.Scale(domain=data["place"].to_list()), axis=_labels(label_pixels)),
        x=alt.X(
            "value:Q",
            scale=alt.Scale(domain=list(domain or _domain(data)), nice=False, zero=False),
            axis=alt.Axis(title="of 100", grid=True, tickCount=5, labelPadding=6, titlePadding=6),
        ),
        tooltip=[
            alt.Tooltip("label:N", title=" "),
            *ESTIMATE,
            alt.Tooltip("n:Q", title="Rests on", format=","),
        ],
    )
    known = base.transform_filter("isValid(datum.value)")
    layers = [
        known.mark_rule(strokeWidth=3.5, opacity=0.45).encode(
            x="low:Q", x2="high:Q", color=colours.by("role")
        ),
        known.mark_point(filled=True, size=95, opacity=1).encode(color=colours.by("role")),
        colours.paint(
            known.mark_text(dy=-13, fontSize=12).encode(text=alt.Text("value:Q", format=".0f")), "ink"
        ),
    ]
    if "usual" in frame.columns:
        usual = known.transform_filter("isValid(datum.usual)").mark_tick(thickness=2.5, size=18)
        layers.insert(1, colours.paint(usual.encode(x="usual:Q"), "steady"))
    if "published" in frame.columns:
        layers = _published(base.transform_filter("isValid(datum.published)")) + layers
    tall = "published" in frame.columns or "note" in frame.columns
    return alt.layer(*layers).properties(
        height=(TALL_ROW_PIXELS if tall else ROW_PIXELS) * data.height + AXIS_PIXELS
    )


def _published(base: alt.Chart) -> list[alt.Chart]:
    at = base.encode(x="published:Q")
    return [
        colours.paint(at.mark_tick(thickness=2, size=15), "ink"),
        colours.paint(at.mark_text(dy=14, fontSize=11).encode(text="published_says:N"), "steady"),
    ]


def _placed(frame: pl.DataFrame) -> pl.DataFrame:
    """Of 100; each row with a unique place, each panel under a heading row of its own."""
    shares = [name for name in ("value", "low", "high", "usual", "published") if name in frame.columns]
    data = frame.with_columns(pl.col(shares) * 100)
    says = pl.concat_str("label", "note", separator=_UNDER) if "note" in frame.columns else pl.col("label")
    if "panel" not in frame.columns:
        return data.with_columns(place=says)
    rows = data.with_columns(place=says + _BESIDE + pl.col("panel"))
    parts = []
    for panel in frame["panel"].unique(maintain_order=True):
        heading = pl.DataFrame({"panel": [panel], "label": [panel], "place": [_HEADING + panel]})
        parts += [heading, rows.filter(pl.col("panel") == panel)]
    return pl.concat(parts, how="diagonal")


def _labels(pixels: int) -> alt.Axis:
    heading = f"datum.label[0] == '{_HEADING}'"
    return alt.Axis(
        title=None,
        domain=False,
        labelLimit=pixels,
        minExtent=pixels,
        labelPadding=8,
        labelExpr=(
            f"{heading} ? slice(datum.label, 1) : split(split(datum.label, '{_BESIDE}')[0], '{_UNDER}')"
        ),
        labelLineHeight=14,
        labelFontWeight=alt.condition(heading, alt.value(700), alt.value(400)),
        labelFontSize=alt.condition(heading, alt.value(14), alt.value(12)),
    )


def _domain(data: pl.DataFrame) -> tuple[float, float]:
    drawn = [data[name] for name in ("low", "high", "published") if name in data.columns]
    low, high = pl.concat(drawn).min(), pl.concat(drawn).max()
    if not isinstance(low, float) or not isinstance(high, float):
        return 0.0, 100.0
    return max(0.0, 5 * ((low - 2) // 5)), min(100.0, 5 * ((high + 2) // 5 + 1))


_HEADING, _BESIDE, _UNDER = "§", "¦", "¶"
