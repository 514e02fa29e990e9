"""A number over years: its band, the line with an unchanged mix of customers beside it, and where the series breaks."""

import altair as alt
import polars as pl

from dashboard.charts import ESTIMATE, Picture, colours, trend
from dashboard.charts.colours import Role

HEIGHT = 320


def long_trend(history: pl.DataFrame, *, role: Role) -> Picture:
    """A line with its band; broken, and marked, where the question or its scale changed.

    Args:
        history: week_ends_on, value, low, high (shares; a null breaks the line), n, maturity, oldest first.
            Optional: `same_mix` (share), drawn thin; `breaks`, words at the first week after a break; `target`
            (share), the goal that counted then, a step line.
        role: colour of the line.
    """
    data = _prepared(history)
    base = alt.Chart(data).encode(
        x=alt.X("week_ends_on:T", axis=_TIME),
        y=alt.Y("value:Q", axis=_OF_100, scale=alt.Scale(domain=_domain(data), nice=False, zero=False)),
        detail="part:O",
    )
    settled = base.transform_filter("datum.maturity == 'final' || datum.is_last_final")
    settling = base.transform_filter("datum.maturity != 'final' || datum.is_last_final")
    last = base.transform_filter("datum.is_last")
    layers = [
        colours.paint(base.mark_area(opacity=0.16, line=False).encode(y=alt.Y("low:Q"), y2="high:Q"), role),
        colours.paint(settled.mark_line(strokeWidth=2), role),
        colours.paint(settling.mark_line(strokeWidth=2, strokeDash=[3, 3]), role),
        colours.paint(last.mark_point(filled=True, size=75, opacity=1), role),
    ]
    if data["same_mix"].drop_nulls().len():
        same = base.transform_filter("isValid(datum.same_mix)")
        layers.append(colours.paint(same.mark_line(strokeWidth=1.2).encode(y="same_mix:Q"), "ink"))
    if data["breaks"].drop_nulls().len():
        broken = base.transform_filter("isValid(datum.breaks)")
        layers += [
            colours.paint(
                broken.mark_rule(strokeDash=[4, 3], strokeWidth=1.4).encode(y=alt.value(0), y2=alt.value(HEIGHT)),
                "waiting",
            ),
            colours.paint(
                broken.mark_text(align="left", baseline="top", dx=4, fontSize=11).encode(
                    y=alt.value(0), text="breaks:N"
                ),
                "ink",
            ),
        ]  # fmt: skip
    told = base.mark_point(size=120, opacity=0).encode(
        tooltip=[
            alt.Tooltip("week_ends_on:T", title="Week to", format="%x"),
            *ESTIMATE,
            alt.Tooltip("same_mix:Q", title="With an unchanged mix", format=".1f"),
            alt.Tooltip("n:Q", title="Rests on", format=","),
        ]
    )
    goal = trend.goal_line(data, alt.X("week_ends_on:T", axis=_TIME), _domain(data))
    return alt.layer(*layers, *goal, told).properties(height=HEIGHT)


def _prepared(history: pl.DataFrame) -> pl.DataFrame:
    """Of 100; a new part after every break."""
    optional = {"same_mix": pl.Float64, "breaks": pl.String}
    data = history.with_columns(
        pl.lit(None, dtype=kind).alias(name) for name, kind in optional.items() if name not in history.columns
    )
    return trend.of_100(data).with_columns(
        pl.col("same_mix") * 100, part=pl.col("breaks").is_not_null().cum_sum()
    )


def _domain(data: pl.DataFrame) -> list[float]:
    known = data.drop_nulls("value")
    if known.is_empty():
        return [0.0, 100.0]
    low, high = float(known["low"].min()), float(known["high"].max())  # type: ignore[arg-type]
    low, high = trend.with_goal(known["target"], low, high)
    room = max(0.0, trend.FULL_SPAN - (high - low)) / 2
    return [low - room, high + room]


_TIME = alt.Axis(format="%b %Y", tickCount=5, grid=False, labelPadding=6, title=None)
_OF_100 = alt.Axis(
    tickCount=5, title="of 100", titleAngle=0, titleAlign="left", titleY=-10, titleX=0, labelPadding=6
)
