"""Whether predicted purchases came: fitted to the past up to a day, compared with what followed."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.measures.bgnbd import BetaGeometric
from pipelines.measures.maximum_likelihood import Floats
from pipelines.measures.proportions import critical_value

TOP_SHARE = 0.1


@dataclass(frozen=True)
class HoldOut:
    """What was predicted, and what came."""

    buckets: pl.DataFrame
    """bucket (purchases after the first, such as `3` or `5–8`), n, and sums: predicted, actual, recalibrated."""
    n: int
    predicted: float
    actual: float
    bias: float
    """predicted / actual - 1: below 0, too little was predicted."""
    recalibration: float
    """actual / predicted: the factor by which predictions would have been right in all."""
    recalibration_low: float
    recalibration_high: float
    top_share_by_model: float
    """Of the purchases that came, those of the tenth of customers of whom most was expected."""
    top_share_by_count: float
    """The same of the tenth who had bought most often."""


def hold_out(cells: pl.DataFrame, model: BetaGeometric, t: float, smallest: int = 10) -> HoldOut:
    """Compare predictions with the time that was held out.

    Args:
        cells: one row per distinct x, t_x, T before the split: `count` (customers), `bought` (purchases they made
            afterwards, in all) and `bought_squared` (the sum of each one's squares).
        model: fitted to the same cells.
        t: how long afterwards, in the unit of the model.
        smallest: fewer customers than this make no bucket of their own; they join the next.

    Returns:
        A `HoldOut`. The range of the recalibration is that of the mean purchases of so many customers. Customers who
        are alike at the border of the tenth count in part.

    Raises:
        ValueError: nobody is in the cells, or nothing was bought afterwards.

    Source: Fader and Hardie (2005), A note on implementing the Pareto/NBD model (tracking and conditional expectation
        plots); the standard error of a ratio to a fixed prediction.
    """
    rows = cells.sort("x", "t_x", "T")
    n, bought, squares = (float(rows[name].sum()) for name in ("count", "bought", "bought_squared"))
    if not n or not bought:
        raise ValueError("a hold-out needs customers, and purchases in the time held out")
    expected = model.expected_purchases(t, *(rows[name].to_numpy() for name in ("x", "t_x", "T")))
    rows = rows.with_columns(expected=pl.Series(expected))
    predicted = float(expected @ rows["count"].to_numpy())
    spread = critical_value(0.95) * np.sqrt(max(squares - bought**2 / n, 0.0))
    factor = bought / predicted
    by_x = rows.group_by("x").agg(
        n=pl.col("count").sum(), predicted=(pl.col("expected") * pl.col("count")).sum(), actual=pl.col("bought").sum()
    )  # fmt: skip
    return HoldOut(
        buckets=_buckets(by_x.sort("x"), smallest).with_columns(recalibrated=pl.col("predicted") * factor),
        n=int(n),
        predicted=predicted,
        actual=bought,
        bias=1 / factor - 1,
        recalibration=factor,
        recalibration_low=float(max((bought - spread) / predicted, 0.0)),
        recalibration_high=float((bought + spread) / predicted),
        top_share_by_model=_top_share(rows, expected),
        top_share_by_count=_top_share(rows, rows["x"].to_numpy()),
    )


def _buckets(by_x: pl.DataFrame, smallest: int) -> pl.DataFrame:
    """Each x by itself while enough customers have it; then ranges that hold enough."""
    groups: list[list[dict[str, float]]] = []
    for row in by_x.iter_rows(named=True):
        if groups and sum(each["n"] for each in groups[-1]) < smallest:
            groups[-1].append(row)
        else:
            groups.append([row])
    if len(groups) > 1 and sum(each["n"] for each in groups[-1]) < smallest:
        last = groups.pop()
        groups[-1] += last
    records = [
        {
            "bucket": f"{int(group[0]['x'])}" + (f"–{int(group[-1]['x'])}" if len(group) > 1 else ""),
            **{name: float(sum(each[name] for each in group)) for name in ("predicted", "actual")},
            "n": int(sum(each["n"] for each in group)),
        }
        for group in groups
    ]
    schema = {"bucket": pl.String, "n": pl.Int64, "predicted": pl.Float64, "actual": pl.Float64}
    return pl.DataFrame(records, schema=schema)


def _top_share(rows: pl.DataFrame, score: Floats) -> float:
    """Of all that was bought, what the tenth with the highest scores bought; equals at the border count alike."""
    by_score = (
        rows.select("count", "bought", score=pl.Series(score))
        .group_by("score")
        .agg(pl.col("count").sum(), pl.col("bought").sum())
        .sort("score", descending=True)
    )
    count, bought = by_score["count"].to_numpy().astype(float), by_score["bought"].to_numpy().astype(float)
    room = np.clip(TOP_SHARE * count.sum() - (np.cumsum(count) - count), 0.0, count)
    return float(bought @ (room / count) / bought.sum())
