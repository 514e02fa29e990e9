"""What goes with loyalty most: importance of every item asked, beside how well it is done."""

import numpy as np
import polars as pl

from pipelines.engine.graph import Frames, Measure
from pipelines.measures import drivers
from pipelines.measures.proportions import wilson

BUCKETS = 200
DRAWS = 1000
SEED = 20
OUTCOME, EVERYBODY = "loyalty", "people"
SCHEMA = pl.Schema(
    {
        "outcome": pl.String(),
        **drivers.SCHEMA,
        "performance": pl.Float64(),
        "performance_low": pl.Float64(),
        "performance_high": pl.Float64(),
    }
)


def _drivers(frames: Frames) -> dict[str, pl.DataFrame]:
    moments = frames["driver_moment"]
    own = moments.filter(pl.col("first_item") == pl.col("second_item"))
    tops = dict(own.group_by("first_item").agg(pl.col("tops").sum()).iter_rows())
    named = sorted(tops.keys() - {OUTCOME, EVERYBODY})
    sums = _by_bucket(moments, [EVERYBODY, *named, OUTCOME])
    spread = _variances(sums.sum(axis=0))
    varied = [item for item in named if spread.get(named.index(item) + 1, 0) > 0]
    if not varied or sums[:, 0, 0].sum() < max(drivers.MINIMUM_N, drivers.ROWS_PER_DRIVER * len(varied)):
        return {"driver_importance": pl.DataFrame(schema=SCHEMA)}
    if spread[len(named) + 1] <= 0:
        return {"driver_importance": pl.DataFrame(schema=SCHEMA)}
    chosen = [0, *(named.index(item) + 1 for item in varied), len(named) + 1]
    sums = sums[:, chosen][:, :, chosen]
    drawn = np.random.default_rng(SEED).multinomial(BUCKETS, np.full(BUCKETS, 1 / BUCKETS), DRAWS)
    resampled = np.tensordot(drawn.astype(float), sums, axes=1)
    found = drivers.importance_of_moments(
        varied, sums.sum(axis=0), resampled, drivers.johnson_weights, OUTCOME
    )
    n = int(found["n"][0])
    performance = [(tops[item] / n, *wilson(tops[item], n)) for item in varied]
    columns = ("performance", "performance_low", "performance_high")
    return {
        "driver_importance": found.with_columns(
            pl.lit(OUTCOME).alias("outcome"),
            *(
                pl.Series(name, values)
                for name, values in zip(columns, zip(*performance, strict=True), strict=True)
            ),
        ).select(SCHEMA.names())
    }


def _by_bucket(moments: pl.DataFrame, items: list[str]) -> drivers.Floats:
    """Sums of products per bucket, symmetric, in the order of the items."""
    place = {item: i for i, item in enumerate(items)}
    sums = np.zeros((BUCKETS, len(items), len(items)))
    bucket = moments["bucket"].cast(pl.Int64).to_numpy()
    first, second = (
        moments[column].replace_strict(place, return_dtype=pl.Int64).to_numpy()
        for column in ("first_item", "second_item")
    )
    sums[bucket, first, second] = sums[bucket, second, first] = moments["product"].cast(pl.Float64).to_numpy()
    return sums


def _variances(total: drivers.Floats) -> dict[int, float]:
    """Of each item, by its place."""
    n = total[0, 0]
    return {i: float(total[i, i] * n - total[0, i] ** 2) for i in range(1, len(total))} if n else {}


MEASURE = Measure(
    "drivers", frozenset({"driver_moment"}), ("driver_importance",), _drivers, publish="careful"
)
