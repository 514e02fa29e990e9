"""An answer over time: a line with its band, an area, or bars; dashed or hollow where a period is not final."""

import altair as alt
import polars as pl

from dashboard import locales
from dashboard.charts import Picture, colours
from dashboard.charts.colours import Role
from dashboard.charts.plotted import Plotted

HEIGHT, PANEL_HEIGHT = 330, 150
_BREAK = "datum.value === null"
NEUTRAL: tuple[Role, ...] = ("ink", "effort")
"""Series side by side: none of these colours judges."""

_TIME = alt.Axis(format="%b %Y", tickCount=4, grid=False, labelPadding=6, title=None)


def line(plot: Plotted, height: int = HEIGHT) -> Picture:
    """One line, or two with their names at the end; each with its band."""
    names = plot.points["by"].unique(maintain_order=True).to_list()
    if len(names) == 1:
        return alt.layer(*_series(plot, plot.points, "steady", "ink", is_alone=True)).properties(
            height=height
        )
    layers = [
        layer
        for role, name in zip(NEUTRAL, names, strict=False)
        for layer in _series(plot, plot.points.filter(pl.col("by") == name), role, role, is_alone=False)
    ]
    ends = _ends(plot)
    at = alt.Chart(ends).encode(x=_when(), y=alt.Y("label_at:Q", scale=_scale(plot)))
    labels = [
        colours.paint(
            at.transform_filter(alt.datum.by == name).mark_text(
                align="right", dy=-9, fontSize=12, fontWeight=600
            ),
            role,
        ).encode(text="by:N")
        for role, name in zip(NEUTRAL, names, strict=False)
    ]
    return alt.layer(*layers, *labels).properties(height=height)


def area(plot: Plotted, height: int = HEIGHT) -> Picture:
    """Filled down to nothing, so that heights may be compared."""
    data = _marked(plot.points)
    base = _base(plot, data, at_zero=True)
    settled = base.transform_filter(f"{_BREAK} || datum.is_final || datum.is_first_open")
    settling = base.transform_filter(f"{_BREAK} || !datum.is_final || datum.is_last_final")
    layers = [
        colours.paint(settled.mark_area(opacity=0.3, line=False), "effort"),
        colours.paint(settling.mark_area(opacity=0.12, line=False), "effort"),
        colours.paint(base.transform_filter("datum.is_final").mark_line(strokeWidth=1.8), "effort"),
        colours.paint(settling.mark_line(strokeWidth=1.8, strokeDash=[3, 3]), "effort"),
        *_alone(base, plot, data, "effort"),
        *_now(base, plot, "ink"),
        *_target(plot, data, at_zero=True),
        _pointed_at(base, plot),
    ]
    return alt.layer(*layers).properties(height=height)


def bars(plot: Plotted, height: int = HEIGHT) -> Picture:
    """A bar a period, from nothing; hollow where the period is not final."""
    spelt = "%-d %b" if locales.current().is_day_first else "%b %-d"
    data = _marked(plot.points)
    width = max(2.0, min(26.0, 520 / max(1, data["day"].n_unique())))
    base = _base(plot, data, at_zero=True)
    whole, open_end = (base.transform_filter(f"{no}datum.is_final") for no in ("", "!"))
    layers = [
        colours.paint(whole.mark_bar(width=width), "effort"),
        colours.paint(
            open_end.mark_bar(width=width, filled=False, strokeDash=[3, 3], strokeWidth=1.5), "effort"
        ),
        *_target(plot, data, at_zero=True),
        _pointed_at(base, plot),
    ]
    if plot.has_range:
        layers.insert(2, colours.paint(base.mark_rule(strokeWidth=1.5).encode(y="low:Q", y2="high:Q"), "ink"))
    few = data["day"].n_unique() <= 26
    axis = alt.Axis(format=spelt if few else "%b %Y", tickCount=4, grid=False, labelPadding=6, title=None)
    return (
        alt.layer(*layers)
        .encode(x=alt.X("day:T", axis=axis, scale=alt.Scale(padding=width)))
        .properties(height=height)
    )


def _series(plot: Plotted, points: pl.DataFrame, quiet: Role, role: Role, is_alone: bool) -> list[alt.Chart]:
    data = _marked(points)
    base = _base(plot, data)
    over = base.transform_filter("!datum.is_open")
    settled = base.transform_filter(f"{_BREAK} || datum.is_final")
    settling = base.transform_filter(
        f"{_BREAK} || (!datum.is_open && (!datum.is_final || datum.is_last_final))"
    )
    open_end = base.transform_filter("datum.is_open")
    band = over.mark_area(opacity=0.16 if is_alone else 0.1, line=False).encode(y=alt.Y("low:Q"), y2="high:Q")
    layers = [
        *([colours.paint(band, quiet)] if plot.has_range else []),
        colours.paint(settled.mark_line(strokeWidth=1.8), quiet),
        colours.paint(settling.mark_line(strokeWidth=1.8, strokeDash=[3, 3]), quiet),
        *_alone(base, plot, data, quiet),
        *(_now(base, plot, role) if is_alone else []),
        colours.paint(open_end.mark_point(filled=False, size=45, strokeWidth=1.8, opacity=1), "waiting"),
    ]
    if plot.has_range:
        unfinished = open_end.mark_rule(strokeWidth=1.5, strokeDash=[2, 2]).encode(y="low:Q", y2="high:Q")
        layers.append(colours.paint(unfinished, "waiting"))
    return [*layers, *_target(plot, data), _pointed_at(base, plot)]


def _alone(base: alt.Chart, plot: Plotted, data: pl.DataFrame, role: Role) -> list[alt.Chart]:
    """Weeks between two gaps: no line reaches them."""
    if not data["is_alone"].any():
        return []
    one = base.transform_filter("datum.is_alone")
    rule = one.mark_rule(strokeWidth=3, opacity=0.3).encode(y="low:Q", y2="high:Q")
    return [
        *([colours.paint(rule, role)] if plot.has_range else []),
        colours.paint(one.mark_point(filled=True, size=16, opacity=1), role),
    ]


def _now(base: alt.Chart, plot: Plotted, role: Role) -> list[alt.Chart]:
    """The last period that is over, with its range."""
    last = base.transform_filter("datum.is_last")
    rule = last.mark_rule(strokeWidth=2.5).encode(y="low:Q", y2="high:Q")
    return [
        *([colours.paint(rule, role)] if plot.has_range else []),
        colours.paint(last.mark_point(filled=True, size=60, opacity=1), role),
    ]


def _target(plot: Plotted, data: pl.DataFrame, at_zero: bool = False) -> list[alt.Chart]:
    known = data.drop_nulls("target")
    if known.is_empty():
        return []
    base = alt.Chart(known).encode(x=_when(), y=alt.Y("target:Q", scale=_scale(plot, at_zero)))
    named = base.transform_filter("datum.is_first_target").mark_text(align="left", dy=-7, fontSize=11)
    return [
        colours.paint(base.mark_line(strokeWidth=1.2, strokeDash=[6, 3], interpolate="step-after"), "ink"),
        colours.paint(named.encode(text=alt.value("target")), "ink"),
    ]


def _pointed_at(base: alt.Chart, plot: Plotted) -> alt.Chart:
    when = alt.Tooltip("day:T", title="Week to" if plot.answer.period == "iso_week" else "From", format="%x")
    who = [alt.Tooltip("by:N", title=" ")] if plot.points["by"].drop_nulls().len() else []
    return base.mark_point(size=120, opacity=0).encode(tooltip=plot.tooltip(*who, when))


def _base(plot: Plotted, data: pl.DataFrame, at_zero: bool = False) -> alt.Chart:
    return alt.Chart(data).encode(
        x=_when(),
        y=alt.Y("value:Q", scale=_scale(plot, at_zero), axis=_level("" if plot.ends else plot.title)),
    )


def _when() -> alt.X:
    return alt.X("day:T", axis=_TIME)


def _scale(plot: Plotted, at_zero: bool = False) -> alt.Scale:
    return alt.Scale(domain=plot.domain(at_zero), nice=False, zero=False, clamp=True)


def _level(title: str) -> alt.Axis:
    return alt.Axis(
        tickCount=4,
        title=title,
        titleAngle=0,
        titleAlign="left",
        titleY=-10,
        titleX=0,
        labelPadding=6,
    )


def _marked(points: pl.DataFrame) -> pl.DataFrame:
    """Points with marks for the last that is over or final, the first that is not, and those beside two gaps."""
    known = pl.col("value").is_not_null()
    final, over = known & pl.col("is_final"), known & ~pl.col("is_open")
    place = pl.int_range(pl.len())
    before, after = (pl.col("value").shift(by).is_null() for by in (1, -1))
    return points.with_columns(
        is_alone=over & before & after & pl.lit(points.height > 1),
        is_last=over & (place == place.filter(over).max()),
        is_last_final=final & (place == place.filter(final).max()),
        is_first_open=known
        & ~pl.col("is_final")
        & (place == place.filter(known & ~pl.col("is_final")).min()),
        is_first_target=pl.col("target").is_not_null()
        & (place == place.filter(pl.col("target").is_not_null()).min()),
    ).with_columns(pl.col("^is_.*$").fill_null(value=False))


def _ends(plot: Plotted) -> pl.DataFrame:
    """Where each line ends, the names spread so that none covers another."""
    last = (
        plot.points.drop_nulls("value")
        .filter(~pl.col("is_open"))
        .group_by("by", maintain_order=True)
        .last()
        .sort("value")
    )
    low, high = plot.domain()
    apart = (high - low) * 0.07
    at: list[float] = []
    for value in last["value"]:
        at.append(max(value, at[-1] + apart) if at else value)
    return last.with_columns(label_at=pl.Series(at, dtype=pl.Float64))
