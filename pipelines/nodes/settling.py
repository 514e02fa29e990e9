"""How long what Google Analytics says of a period still moves, from our own pulls."""

import polars as pl

from pipelines.engine.graph import Frames, Measure
from pipelines.measures import settling

_CURVE = {
    "report": pl.String, "grain": pl.String, "metric": pl.String, "age_days": pl.Int64, "n": pl.Int64,
    "share_median": pl.Float64, "share_low": pl.Float64, "share_high": pl.Float64,
}  # fmt: skip


def _settling(frames: Frames) -> dict[str, pl.DataFrame]:
    """Every metric of every report and grain; those that no pull tells of by what their report declares."""
    asked = frames["web_report"].select("report", "grain", "settling_days")
    declared = asked.join(frames["web_metric"].select("report", "metric"), on="report")
    curve = settling.settling_curve(frames["web_said"], declared)
    return {
        "settling_curve": curve.select(pl.col(name).cast(kind) for name, kind in _CURVE.items()),
        "settled_after": settling.settled_after(frames["web_said"], declared),
    }


MEASURE = Measure(
    "settling",
    frozenset({"web_said", "web_report", "web_metric"}),
    ("settling_curve", "settled_after"),
    _settling,
    publish="careful",
)
