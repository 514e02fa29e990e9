"""Who gets our attention: how many of each group had care, with the range of the share."""

import polars as pl

from pipelines.engine.graph import Frames, Measure
from pipelines.measures.proportions import wilson

_EQUITY = {
    "dimension": pl.String, "member": pl.String, "customers": pl.Int64, "with_care": pl.Int64,
    "care_share": pl.Float64, "care_share_low": pl.Float64, "care_share_high": pl.Float64,
}  # fmt: skip


def _equity(frames: Frames) -> dict[str, pl.DataFrame]:
    records = []
    for dimension, member, customers, with_care in (
        frames["care_cell"]
        .select("dimension", "member", "customers", "with_care")
        .sort("dimension", "member")
        .iter_rows()
    ):
        low, high = wilson(with_care, customers)
        records.append((dimension, member, customers, with_care, with_care / customers, low, high))
    return {"care_equity": pl.DataFrame(records, schema=_EQUITY, orient="row")}


MEASURE = Measure("care_equity", frozenset({"care_cell"}), ("care_equity",), _equity, publish="careful")
