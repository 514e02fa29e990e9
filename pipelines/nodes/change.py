"""What really moved: a verdict on every KPI, week and breakdown."""

import polars as pl

from pipelines.engine.graph import Frames, Measure
from pipelines.measures.change import weekly_verdicts

ESTIMATED_BY_COUNT = ("top_customers_with_care",)
NET_SCORES = ("nps",)


def _verdicts(frames: Frames) -> dict[str, pl.DataFrame]:
    """Closed weeks only: an unfinished week is compared with nothing. Of a hidden cell nothing is told."""
    closed = frames["dates"].filter("is_closed").select(pl.col("iso_week").unique())
    cells = frames["kpi_cell"].join(closed, on="iso_week", how="semi").filter(
        ~pl.col("kpi").is_in(ESTIMATED_BY_COUNT)
    )  # fmt: skip
    schema = {
        "kpi": pl.String, "iso_week": pl.String, "dimension": pl.String, "member": pl.String, "verdict": pl.String,
        "change": pl.Float64, "change_low": pl.Float64, "change_high": pl.Float64,
    }  # fmt: skip
    parts = [pl.DataFrame(schema=schema)]
    for (kpi, dimension, member), group in cells.group_by("kpi", "dimension", "member", maintain_order=True):
        judged = weekly_verdicts(
            group.sort("iso_week").select("iso_week", "n", "successes", "opposites"), net=kpi in NET_SCORES
        )
        named = judged.with_columns(kpi=pl.lit(kpi), dimension=pl.lit(dimension), member=pl.lit(member))
        parts.append(named.select(pl.col(name).cast(kind) for name, kind in schema.items()))
    cell = ["kpi", "iso_week", "dimension", "member"]
    shown = frames["kpi_week"].select(*cell, is_shown=pl.lit(True))
    is_shown = pl.col("is_shown").fill_null(False)
    told = pl.concat(parts).join(shown, on=cell, how="left", maintain_order="left").with_columns(
        pl.when(is_shown).then("verdict").otherwise(pl.lit("too few")).alias("verdict"),
        *(pl.when(is_shown).then(name).alias(name) for name in ("change", "change_low", "change_high")),
    )  # fmt: skip
    return {"kpi_verdict": told.drop("is_shown").sort(cell)}


MEASURE = Measure(
    "change", frozenset({"kpi_cell", "kpi_week", "dates"}), ("kpi_verdict",), _verdicts, publish="careful"
)
