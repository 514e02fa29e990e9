"""An answer without time: bars, dots with their range, a heat table, points against each other."""

import altair as alt
import polars as pl

from dashboard import figures
from dashboard.charts import Picture, colours
from dashboard.charts.plotted import Plotted, domain

ROW_PIXELS, AXIS_PIXELS, CELL_PIXELS = 32, 56, 52
LABEL_PIXELS = 170
WORDY_COLUMNS = 8
PAGE_PIXELS, LETTER_PIXELS = 640, 7


def bars(plot: Plotted) -> Picture:
    """Lying bars, so that names can be read; from nothing, with the range of each."""
    data = _placed(plot.points)
    base = _rows(plot, data, at_zero=True)
    layers = [
        colours.paint(base.transform_filter("datum.is_final").mark_bar(height=16), "effort"),
        colours.paint(
            base.transform_filter("!datum.is_final").mark_bar(height=16, filled=False, strokeDash=[3, 3]),
            "effort",
        ),
        *_range(plot, base, 1.5),
        *_target(plot, base),
        colours.paint(
            base.mark_text(align="left", dx=5, fontSize=12).encode(
                x=alt.X("edge:Q", scale=_scale(plot, at_zero=True)), text="told_short:N"
            ),
            "ink",
        ),
    ]
    return alt.layer(*layers).properties(height=ROW_PIXELS * data["place"].n_unique() + AXIS_PIXELS)


def dots(plot: Plotted) -> Picture:
    """Dots with bars on one axis, as `charts.dots` draws them."""
    data = _placed(plot.points)
    base = _rows(plot, data)
    known = base.transform_filter("isValid(datum.value)")
    layers = [
        *_range(plot, known, 3.5),
        *_target(plot, known),
        colours.paint(
            known.transform_filter("datum.is_final").mark_point(filled=True, size=95, opacity=1), "ink"
        ),
        colours.paint(
            known.transform_filter("!datum.is_final").mark_point(
                filled=False, size=80, strokeWidth=1.8, opacity=1
            ),
            "waiting",
        ),
        colours.paint(known.mark_text(dy=-13, fontSize=12).encode(text="told_short:N"), "ink"),
    ]
    return alt.layer(*layers).properties(height=ROW_PIXELS * data["place"].n_unique() + AXIS_PIXELS)


def heat(plot: Plotted) -> Picture:
    """A shade per cell, with figure and range where there is room; a cell that is missing is dashed."""
    rows, columns = (plot.points[name].unique(maintain_order=True).to_list() for name in ("group", "by"))
    every = pl.DataFrame({"group": rows}, schema={"group": pl.String}).join(
        pl.DataFrame({"by": columns}, schema={"by": pl.String}), how="cross"
    )
    cells = every.join(
        _placed(plot.points).unique(["group", "by"], keep="first"), on=["group", "by"], how="left", nulls_equal=True,
        maintain_order="left",
    )  # fmt: skip
    base = alt.Chart(cells).encode(
        x=alt.X("by:N", sort=columns, title=None,
                axis=alt.Axis(orient="top", labelAngle=0, domain=False, ticks=False, labelOverlap=True)),
        y=alt.Y("group:N", sort=rows, title=None,
                axis=alt.Axis(domain=False, ticks=False, labelPadding=8, labelLimit=LABEL_PIXELS)),
        tooltip=plot.tooltip(alt.Tooltip("group:N", title=" "), alt.Tooltip("by:N", title=" ")),
    )  # fmt: skip
    known, missing = (base.transform_filter(f"{no}isValid(datum.value)") for no in ("", "!"))
    ends = [0.0, 100.0] if plot.unit == "of 100" else plot.domain()
    shades = alt.Color("value:Q", scale=alt.Scale(domain=ends, range="heatmap", clamp=True), legend=None)
    wordy = len(columns) <= WORDY_COLUMNS
    layers = [
        known.mark_rect(cornerRadius=5).encode(color=shades),
        colours.paint(missing.mark_rect(cornerRadius=5, filled=False, strokeDash=[3, 3]), "faint"),
        colours.paint(
            known.mark_text(fontSize=14 if wordy else 11, fontWeight=600, dy=-8 if wordy and plot.has_range else 0)
            .encode(text="told_short:N"), "ink",
        ),
    ]  # fmt: skip
    if wordy and plot.has_range:
        layers.append(colours.paint(known.mark_text(dy=9, fontSize=11).encode(text="ends_short:N"), "ink"))
    waiting = known.transform_filter("!datum.is_final").mark_rect(
        cornerRadius=5, filled=False, strokeDash=[3, 3], strokeWidth=1.5
    )
    layers.append(colours.paint(waiting, "waiting"))
    return (
        alt.layer(*layers)
        .resolve_scale(color="independent")
        .properties(height=CELL_PIXELS * len(rows) + AXIS_PIXELS)
    )


def scatter(plot: Plotted, height: int = 380) -> Picture:
    """Points by two figures, each with its ranges and, where there are few, its name."""
    other = next(c for c in plot.answer.columns if c.name == plot.chart.x)
    across, name = figures.unit(other), figures.label(plot.answer, other)
    ends = {
        f"across_{end}": plot.answer.frame[f"{other.name}_{end}"].cast(pl.Float64) * across.factor
        for end in ("low", "high")
        if f"{other.name}_{end}" in plot.answer.frame.columns
    }
    data = _placed(plot.points.with_columns(**ends))
    reach = domain(pl.concat([data[name].drop_nulls() for name in ("across", *ends)]), across.says)
    base = alt.Chart(data).encode(
        x=alt.X("across:Q", scale=alt.Scale(domain=reach, nice=False, zero=False),
                axis=alt.Axis(title=_axis(name, across.says), tickCount=5, titlePadding=6)),
        y=alt.Y("value:Q", scale=_scale(plot),
                axis=alt.Axis(title=_axis(plot.label, plot.unit), tickCount=5, titleAngle=0, titleAlign="left",
                              titleY=-10, titleX=0)),
        tooltip=plot.tooltip(alt.Tooltip("by:N", title=" "),
                             alt.Tooltip("across:Q", title=name, format=",.1f")),
    )  # fmt: skip
    layers = []
    if plot.has_range:
        layers.append(colours.paint(base.mark_rule(opacity=0.35).encode(y="low:Q", y2="high:Q"), "steady"))
    if len(ends) == 2:
        layers.append(
            colours.paint(base.mark_rule(opacity=0.35).encode(x="across_low:Q", x2="across_high:Q"), "steady")
        )
    layers.append(colours.paint(base.mark_point(filled=True, size=80, opacity=1), "ink"))
    named = _readable(data, reach, plot.domain(), height)
    if named.height:
        at = base.properties(data=named)
        layers.append(
            colours.paint(at.mark_text(align="left", dx=7, dy=-7, fontSize=11).encode(text="by:N"), "ink")
        )
    return alt.layer(*layers).properties(height=height)


def _readable(data: pl.DataFrame, across: list[float], up: list[float], height: int) -> pl.DataFrame:
    """The points whose names do not cover each other, at the width of a page."""
    kept: list[tuple[float, float, int]] = []
    rows = []
    for row in data.drop_nulls(["by", "across", "value"]).iter_rows(named=True):
        x = (row["across"] - across[0]) / (across[1] - across[0]) * PAGE_PIXELS
        y = (row["value"] - up[0]) / (up[1] - up[0]) * height
        size = len(row["by"]) * LETTER_PIXELS
        if all(abs(y - v) >= 14 or x > u + long or u > x + size for u, v, long in kept):
            kept.append((x, y, size))
            rows.append(row)
    return pl.DataFrame(rows, schema=data.schema)


def _axis(label: str, unit: str) -> str:
    return f"{label}, {unit}" if unit else label


def _placed(points: pl.DataFrame) -> pl.DataFrame:
    """Each row with a place of its own, also where two are called alike; short words for what is drawn beside it."""
    twice = pl.col("group").cum_count().over("group")
    return points.with_columns(
        place=pl.when(twice > 1).then(pl.format("{} ({})", "group", twice)).otherwise("group"),
        told_short=pl.col("told").str.replace(" of 100$", "").str.replace(" points$", ""),
        ends_short=pl.col("ends").str.replace(" and ", "–"),
        edge=pl.max_horizontal("value", "high"),
    )


def _rows(plot: Plotted, data: pl.DataFrame, at_zero: bool = False) -> alt.Chart:
    return alt.Chart(data).encode(
        y=alt.Y("place:N", scale=alt.Scale(domain=data["place"].unique(maintain_order=True).to_list()),
                axis=alt.Axis(title=None, domain=False, ticks=False, labelLimit=LABEL_PIXELS, labelPadding=8)),
        x=alt.X("value:Q", scale=_scale(plot, at_zero),
                axis=alt.Axis(title=plot.title, tickCount=5, labelPadding=6, titlePadding=6)),
        tooltip=plot.tooltip(alt.Tooltip("group:N", title=" ")),
    )  # fmt: skip


def _range(plot: Plotted, base: alt.Chart, width: float) -> list[alt.Chart]:
    if not plot.has_range:
        return []
    return [
        colours.paint(base.mark_rule(strokeWidth=width, opacity=0.55).encode(x="low:Q", x2="high:Q"), "ink")
    ]


def _target(plot: Plotted, base: alt.Chart) -> list[alt.Chart]:
    if not plot.points["target"].drop_nulls().len():
        return []
    at = base.transform_filter("isValid(datum.target)").encode(x=alt.X("target:Q", scale=_scale(plot)))
    below = alt.Chart(plot.points.drop_nulls("target").head(1)).encode(
        x=alt.X("target:Q", scale=_scale(plot)), y=alt.value(alt.expr("height"))
    )
    named = below.mark_text(align="left", baseline="bottom", dx=4, dy=-1, fontSize=11)
    return [
        colours.paint(at.mark_tick(thickness=2, size=20), "steady"),
        colours.paint(named.encode(text=alt.value("target")), "steady"),
    ]


def _scale(plot: Plotted, at_zero: bool = False) -> alt.Scale:
    return alt.Scale(domain=plot.domain(at_zero), nice=False, zero=False)
