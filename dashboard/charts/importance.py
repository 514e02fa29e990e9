"""How much goes with an item against how many customers felt it: points with bars in both directions."""

import altair as alt
import polars as pl

from dashboard.charts import Picture, colours

HEIGHT = 380
LABEL_PIXELS = 17
ROOM_ACROSS, ROOM_ABOVE = 0.3, 0.09
"""Of what the bars span, left free at each end; across, for the names."""


def importance(frame: pl.DataFrame) -> Picture:
    """Labelled points; the names keep clear of each other.

    Args:
        frame: label, value, low, high (how many customers felt it), weight, weight_low, weight_high (how much of
            the variation goes with it), all shares; n and role.
    """
    across = _ends(frame, "low", "high", ROOM_ACROSS)
    upward = (0.0, _ends(frame, "weight_low", "weight_high", ROOM_ABOVE)[1])
    data = _with_places(frame.with_columns(pl.col(_SHARES) * 100), across, upward)
    base = alt.Chart(data).encode(
        x=alt.X("value:Q", scale=alt.Scale(domain=list(across), nice=False, zero=False), axis=_ACROSS),
        y=alt.Y("weight:Q", scale=alt.Scale(domain=list(upward), nice=False, zero=False), axis=_UPWARD),
        tooltip=[
            alt.Tooltip("label:N", title=" "),
            alt.Tooltip("weight:Q", title="Of 100 parts of the variation", format=".1f"),
            alt.Tooltip("weight_low:Q", title="Probably from", format=".1f"),
            alt.Tooltip("weight_high:Q", title="to", format=".1f"),
            alt.Tooltip("value:Q", title="Of 100 customers", format=".1f"),
            alt.Tooltip("low:Q", title="Probably from", format=".1f"),
            alt.Tooltip("high:Q", title="to", format=".1f"),
            alt.Tooltip("n:Q", title="Answers", format=","),
        ],
    )
    middle = alt.Chart(
        pl.DataFrame({"value": [data["value"].mean()], "weight": [data["weight"].mean()]}),
    ).encode(tooltip=alt.value(None))
    layers = [
        colours.paint(middle.mark_rule(strokeDash=[2, 4]).encode(x="value:Q"), "faint"),
        colours.paint(middle.mark_rule(strokeDash=[2, 4]).encode(y="weight:Q"), "faint"),
        base.mark_rule(strokeWidth=3, opacity=0.35).encode(x="low:Q", x2="high:Q", color=colours.by("role")),
        base.mark_rule(strokeWidth=3, opacity=0.35).encode(
            y="weight_low:Q", y2="weight_high:Q", color=colours.by("role")
        ),
        base.mark_point(filled=True, size=95, opacity=1).encode(color=colours.by("role")),
    ]
    for side in ("left", "right"):
        there = base.transform_filter(alt.datum.side == side).encode(
            y=alt.Y("label_at:Q"), text="label:N", tooltip=alt.value(None)
        )
        words = there.mark_text(
            align="right" if side == "left" else "left", dx=-7 if side == "left" else 7, fontSize=12
        )
        layers.append(colours.paint(words, "ink"))
    return alt.layer(*layers).properties(height=HEIGHT)


def _ends(frame: pl.DataFrame, low: str, high: str, free: float) -> tuple[float, float]:
    first, last = (float(end) * 100 for end in frame.select(pl.col(low).min(), pl.col(high).max()).row(0))
    room = max((last - first) * free, 1.0)
    return max(0.0, first - room), min(100.0, last + room)


def _with_places(
    data: pl.DataFrame, across: tuple[float, float], upward: tuple[float, float]
) -> pl.DataFrame:
    """Names above their points, beside the bar, on the side with more room; no two on one line."""
    step = LABEL_PIXELS / HEIGHT * (upward[1] - upward[0])
    end = across[0] + 0.75 * (across[1] - across[0])
    placed: list[tuple[str, float]] = []
    taken: dict[str, float] = {}
    points = data.sort("weight").select("value", "weight").rows()
    for value, weight in points:
        near = sorted(other for other, height in points if abs(height - weight) < 3 * step)
        side = "left" if value > end or value < near[len(near) // 2] else "right"
        at = max(weight + 0.6 * step, taken.get(side, -step) + step)
        taken[side] = at
        placed.append((side, at))
    schema = {"side": pl.String, "label_at": pl.Float64}
    return data.sort("weight").hstack(pl.DataFrame(placed, schema=schema, orient="row"))


_SHARES = ["value", "low", "high", "weight", "weight_low", "weight_high"]
_ACROSS = alt.Axis(
    title="how we do: of 100 customers, so many felt it",
    grid=False,
    tickCount=5,
    labelPadding=6,
    titlePadding=8,
)
_UPWARD = alt.Axis(
    title="goes with loyalty: of 100 parts of its variation", grid=False, tickCount=5, labelPadding=6,
    titleAngle=0, titleAlign="left", titleY=-12, titleX=0, titleAnchor="start",
)  # fmt: skip
