"""The groups that must be hidden because a company's own dimension lies within another breakdown, or around it."""

import polars as pl

from pipelines.engine.graph import Frames, Measure
from pipelines.measures.nesting import CELL, blocks, complements

_HIDES = {"nested_cell": "guarded_cell", "nested_league": "league_sum"}


def _nested(frames: Frames) -> dict[str, pl.DataFrame]:
    within = blocks(frames["dimension_pair"])
    return {
        made: complements(frames[of].select(*CELL, "n", "least_n", "is_hidden"), within)
        for made, of in _HIDES.items()
    }


MEASURE = Measure("nesting", frozenset({"dimension_pair", *_HIDES.values()}), tuple(_HIDES), _nested)
