"""What goes with loyalty: the table and the verdict."""

import polars as pl

from pipelines.engine.graph import Frames, Measure
from pipelines.measures import loyalty

SMALLEST_GROUP = 10


def _loyalty(frames: Frames) -> dict[str, pl.DataFrame]:
    answers = frames["answer_combination"]
    return {
        "loyalty_table": loyalty.loyalty_table(answers).filter(pl.col("n") >= SMALLEST_GROUP),
        "loyalty_verdict": loyalty.verdict(answers, seed=20),
    }


MEASURE = Measure(
    "loyalty",
    frozenset({"answer_combination"}),
    ("loyalty_table", "loyalty_verdict"),
    _loyalty,
    publish="careful",
)
