"""The line on a number's card as SVG, drawn by rules of `charts.trend`: a report needs no browser for it.

The colours are names, so that a page puts in its own, for light and for dark; paper gets those of light.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import polars as pl

from dashboard.charts import trend
from dashboard.charts.colours import ROLES, Role
from dashboard.parts.number import FEWEST_POINTS
from dashboard.reports.paper import colours

WIDTH, HEIGHT, ROOM = 150, 40, 5
Point = dict[str, Any]
"""A week: x, and y of value, low and high, in pixels from the left and the top."""


def sparkline(history: pl.DataFrame, role: Role) -> str:
    """The weeks up to this one; empty where there are too few to draw.

    Args:
        history: as `charts.trend.sparkline` takes it; weeks in which something `happened` are dotted.
        role: of the last week; those before stay quiet.
    """
    if history["value"].drop_nulls().len() < FEWEST_POINTS:
        return ""
    points = _points(trend.of_100(history))
    known = [point for point in points if point["value"] is not None]
    whole = [point for point in known if point["maturity"] != "partial"]
    drawn = [f'<path d="{_band(run)}" fill="{_ink("steady")}" opacity="0.16"/>' for run in _runs(points)]
    drawn += [_segment(one, other) for run in _runs(points) for one, other in pairwise(run)]
    drawn += [_now(point, role, "") for point in whole if point["is_last"]]
    drawn += [_now(point, "waiting", 'stroke-dasharray="2 2"') for point in known if point["is_open"]]
    cuts = [point["x"] for point in points if point["what"] is not None]
    drawn += [
        f'<path d="M{x} 0V{HEIGHT}" stroke="{_ink("steady")}" stroke-dasharray="2 2" fill="none"/>'
        for x in cuts
    ]
    before = [None, *(point.get("happened") for point in points)]
    begun = [
        point["x"]
        for was, point in zip(before, points, strict=False)
        if point.get("happened") not in (None, was)
    ]
    drawn += [
        f'<path d="M{x} 0V{HEIGHT}" stroke="{_ink("steady")}" stroke-dasharray="1 3" fill="none"/>'
        for x in begun
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f"{''.join(drawn)}</svg>"
    )


def on_paper(svg: str) -> str:
    """The picture with the colours of light written into it."""
    light = colours("light")
    for role in ROLES:
        svg = svg.replace(_ink(role), light[role])
    return svg


def _ink(role: Role) -> str:
    return f"var(--{role})"


def _points(data: pl.DataFrame) -> list[Point]:
    known = data.drop_nulls("value")
    bottom, top = float(known["low"].min()), float(known["high"].max())  # type: ignore[arg-type]
    missing = max(0.0, trend.CARD_SPAN - (top - bottom)) / 2
    bottom, top = bottom - missing, top + missing
    days = (data["week_ends_on"] - data["week_ends_on"].min()).dt.total_days()
    across = max(1, days.max())  # type: ignore[type-var]

    def down(share: float | None) -> float | None:
        if share is None:
            return None
        return round(HEIGHT - ROOM - (share - bottom) / (top - bottom) * (HEIGHT - 2 * ROOM), 1)

    return [
        {**row, "x": round(ROOM + (WIDTH - 2 * ROOM) * day / across, 1),
         **{name: down(row[name]) for name in ("value", "low", "high")}}
        for row, day in zip(data.iter_rows(named=True), days, strict=True)
    ]  # fmt: skip


def _runs(points: list[Point]) -> Iterator[list[Point]]:
    """Stretches without a gap, asked in one way, of weeks that are over."""
    run: list[Point] = []
    for point in points:
        is_drawn = point["value"] is not None and point["maturity"] != "partial"
        if run and (not is_drawn or point["part"] != run[-1]["part"]):
            yield run
            run = []
        if is_drawn:
            run.append(point)
    if run:
        yield run


def _band(run: list[Point]) -> str:
    there = [f"{point['x']} {point['high']}" for point in run]
    back = [f"{point['x']} {point['low']}" for point in reversed(run)]
    return f"M{'L'.join([*there, *back])}Z"


def _segment(one: Point, other: Point) -> str:
    dashed = "" if other["maturity"] == "final" else ' stroke-dasharray="3 3"'
    path = f"M{one['x']} {one['value']}L{other['x']} {other['value']}"
    return f'<path d="{path}" stroke="{_ink("steady")}" stroke-width="1.6" stroke-linecap="round" fill="none"{dashed}/>'


def _now(point: Point, role: Role, dashed: str) -> str:
    ink, x = _ink(role), point["x"]
    fill = "none" if dashed else ink
    return (
        f'<path d="M{x} {point["low"]}V{point["high"]}" stroke="{ink}" stroke-width="2" fill="none" {dashed}/>'
        f'<circle cx="{x}" cy="{point["value"]}" r="3" fill="{fill}" stroke="{ink}" stroke-width="1.2"/>'
    )
