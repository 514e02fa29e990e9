"""What goes with loyalty: the table and the verdict."""

import polars as pl

from pipelines.engine.graph import Frames, Measure
from pipelines.measures import joint_answers, loyalty, loyalty_views

SMALLEST_GROUP = 10
FEWEST_TO_MODEL = 100
"""Under so many a model explains its own sample: its shares are left out, the counted ones stand."""
MODELLED = ("others held equal", "share explained")
SEED = 20
DRAWS = 1000


def _loyalty(frames: Frames) -> dict[str, pl.DataFrame]:
    joint = joint_answers.from_pairs(frames["answer_pair"])
    table = loyalty_views.table(joint, frames["answer_combination"], SEED, DRAWS)
    verdict = loyalty.judge(joint, SEED, DRAWS)
    alike = (pl.col("alike_share") * pl.col("n")).round()
    return {
        "loyalty_table": table.filter(
            pl.col("n")
            >= pl.when(pl.col("view").is_in(MODELLED)).then(FEWEST_TO_MODEL).otherwise(SMALLEST_GROUP)
        ),
        "loyalty_verdict": verdict.with_columns(
            alike_share=pl.when(alike >= SMALLEST_GROUP).then("alike_share")
        ),
    }


MEASURE = Measure(
    "loyalty",
    frozenset({"answer_combination", "answer_pair"}),
    ("loyalty_table", "loyalty_verdict"),
    _loyalty,
    publish="careful",
)
