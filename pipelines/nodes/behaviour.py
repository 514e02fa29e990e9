"""What people say against what they do, and what sales are at risk where they felt bad."""

from typing import Any

import polars as pl

from pipelines.engine.graph import Frames, Measure
from pipelines.measures import behaviour

SEED = 32
MONEY = {"at_risk_amount": "at_risk_share", "excess_amount": "excess_share"}
ENDS = ("", "_low", "_high")

_INTENT = {
    "item": pl.String, "level": pl.String, "horizon_days": pl.Int64, "customers": pl.Int64, "came_back": pl.Int64,
    "share": pl.Float64, "share_low": pl.Float64, "share_high": pl.Float64,
}  # fmt: skip
_AT_RISK: dict[str, Any] = (
    {"basis": pl.String, "n": pl.Int64}
    | {f"{name}{end}": pl.Float64 for name in behaviour.ESTIMATES for end in ENDS}
    | {"sales_amount": pl.Decimal(18, 4)}
    | {f"{name}{end}": pl.Float64 for name in MONEY for end in ENDS}
    | {"currency": pl.String}
)


def _behaviour(frames: Frames) -> dict[str, pl.DataFrame]:
    shares = behaviour.came_back_shares(frames["came_back_cell"].sort("item", "level"))
    return {
        "intent_behaviour": shares.select(pl.col(name).cast(kind) for name, kind in _INTENT.items()),
        "sales_at_risk": _at_risk(frames["spend_bucket"].sort("bucket"), frames["sales_year"]),
    }


def _at_risk(buckets: pl.DataFrame, sales: pl.DataFrame) -> pl.DataFrame:
    """One row where anybody was asked; amounts where a year's sales are known."""
    if buckets.is_empty():
        return pl.DataFrame(schema=_AT_RISK)
    record: dict[str, Any] = {"basis": "emotion", **behaviour.sales_at_risk(buckets, seed=SEED)}
    if not sales.is_empty():
        record |= sales.row(0, named=True)
        for name, share in MONEY.items():
            for end in ENDS:
                part = record[f"{share}{end}"]
                record[f"{name}{end}"] = None if part is None else part * float(record["sales_amount"])
    return pl.DataFrame([record], schema=_AT_RISK)


MEASURE = Measure(
    "behaviour",
    frozenset({"came_back_cell", "spend_bucket", "sales_year"}),
    ("intent_behaviour", "sales_at_risk"),
    _behaviour,
    publish="careful",
)
