"""The week that is not over: every KPI up to the same weekday as in the weeks before.

The yearly budget of false alarms is for one look a week. Someone who looks every day looks up to six times more
often, so this tells how the week goes so far and is no alarm.
"""

import polars as pl

from pipelines.engine.graph import Frames, Measure
from pipelines.measures.change import weekly_verdicts

FEWEST_WEEKS = 4
_VERDICT = ("verdict", "change", "change_low", "change_high")
_SCHEMA = {
    "kpi": pl.String, "iso_week": pl.String, "days": pl.Int64, "n": pl.Int64, "successes": pl.Int64,
    "opposites": pl.Int64, "verdict": pl.String, "change": pl.Float64, "change_low": pl.Float64,
    "change_high": pl.Float64,
}  # fmt: skip


def _so_far(frames: Frames) -> dict[str, pl.DataFrame]:
    """A KPI of which the unfinished week holds too few, or that nobody defines, is left out. All weeks before are asked
    for, so that this week alone is compared with them, never this one and those before it with still earlier ones.
    """
    about = frames["definition"].select("kpi", "minimum_n", is_net=pl.col("interval") == "nps")
    net = about.filter("is_net")["kpi"].to_list()
    enough = (
        frames["kpi_to_date"]
        .join(about, on="kpi")
        .filter(pl.col("n") >= pl.col("minimum_n"))
        .sort("kpi", "iso_week")
    )
    parts = [pl.DataFrame(schema=_SCHEMA)]
    for (kpi,), weeks in enough.group_by("kpi", maintain_order=True):
        now = weeks.filter(pl.col("iso_week") == pl.col("this_week"))
        if now.is_empty():
            continue
        counts = ["iso_week", "n", "successes", *(["opposites"] if kpi in net else [])]
        fewest = max(FEWEST_WEEKS, weeks.height - 1)
        judged = weekly_verdicts(weeks.select(counts), minimum_n=1, minimum_weeks=fewest)
        told = now.join(judged.select("iso_week", *_VERDICT), on="iso_week", how="left")
        parts.append(told.select(pl.col(name).cast(kind) for name, kind in _SCHEMA.items()))
    return {"kpi_so_far": pl.concat(parts)}


MEASURE = Measure(
    "so_far", frozenset({"kpi_to_date", "definition"}), ("kpi_so_far",), _so_far, publish="careful"
)
