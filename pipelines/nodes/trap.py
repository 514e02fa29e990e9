"""What looks fine and misleads, found on import: one row per finding."""

import polars as pl

from pipelines.engine.graph import Frames, Measure
from pipelines.measures import traps


def _traps(frames: Frames) -> dict[str, pl.DataFrame]:
    found = pl.concat([traps.score_traps(frames["trap_score"]), traps.count_traps(frames["trap_count"])])
    return {"trap": found.sort("trap", "place", "item", "detail")}


MEASURE = Measure("trap", frozenset({"trap_score", "trap_count"}), ("trap",), _traps, publish="careful")
