"""Groups compared fairly: every share KPI by segment, region and channel, small groups drawn to the middle."""

import polars as pl

from pipelines.engine.graph import Frames, Measure
from pipelines.measures import league

SEED = 31

_LEAGUE = {
    "kpi": pl.String, "iso_week": pl.String, "weeks": pl.Int64, "dimension": pl.String, "member": pl.String,
    "n": pl.Int64, "share": pl.Float64, "shrunk": pl.Float64, "shrunk_low": pl.Float64,
    "shrunk_high": pl.Float64, "rank": pl.Int64, "rank_low": pl.Int64, "rank_high": pl.Int64, "members": pl.Int64,
}  # fmt: skip


def _league(frames: Frames) -> dict[str, pl.DataFrame]:
    """People of whom nothing is known are no member of a league; fewer than three members are none."""
    shown = frames["league_cell"].filter(pl.col("member") != "not known")
    about = {row["kpi"]: row for row in frames["definition"].iter_rows(named=True)}
    parts = [pl.DataFrame(schema=_LEAGUE)]
    groups = shown.sort("kpi", "dimension").group_by(
        "kpi", "iso_week", "weeks", "dimension", maintain_order=True
    )
    for (kpi, iso_week, weeks, dimension), members in groups:
        if members.height < league.SMALLEST_LEAGUE:
            continue
        known = about.get(str(kpi), {})
        table = league.shrink(
            members, net=known.get("interval") == "nps", better=known.get("better", "up"), seed=SEED
        )
        named = table.with_columns(
            kpi=pl.lit(kpi), iso_week=pl.lit(iso_week), weeks=pl.lit(weeks), dimension=pl.lit(dimension)
        )
        parts.append(named.select(pl.col(name).cast(kind) for name, kind in _LEAGUE.items()))
    return {"league": pl.concat(parts)}


MEASURE = Measure("league", frozenset({"league_cell", "definition"}), ("league",), _league, publish="careful")
