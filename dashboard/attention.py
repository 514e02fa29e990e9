"""Who gets our attention: how many of each group had personal care, with the range of the share."""

import polars as pl

from dashboard import builds, words
from dashboard.customers import VALUE_BANDS
from pipelines.measures.proportions import wilson

SOURCE = "care_equity"
LEVEL = 0.95
DIMENSIONS = {
    "value_band": "Spend",
    "segment": "Segment",
    "region": "Region",
    "language": "Language",
}
ENOUGH = 50
"""Groups of fewer customers are not called left out."""
MOST_NAMED = 3
NOT_KNOWN = "not known"


def groups() -> pl.DataFrame:
    """Who had care, by group: see `ranged`."""
    return ranged(builds.rows("select dimension, member, customers, with_care from care_equity"))


def ranged(counts: pl.DataFrame) -> pl.DataFrame:
    """Shares whose ranges hold for all groups of a breakdown at once.

    Args:
        counts: dimension, member, customers, with_care.

    Returns:
        The same with share, low and high.
    """
    sizes = dict(counts.group_by("dimension").len().rows())
    ends = [
        wilson(with_care, customers, 1 - (1 - LEVEL) / sizes[dimension])
        for dimension, customers, with_care in counts.select("dimension", "customers", "with_care").rows()
    ]
    return counts.with_columns(
        share=pl.col("with_care") / pl.col("customers"),
        low=pl.Series([low for low, _ in ends], dtype=pl.Float64),
        high=pl.Series([high for _, high in ends], dtype=pl.Float64),
    )


def of_dimension(found: pl.DataFrame, dimension: str) -> pl.DataFrame:
    """The groups of a breakdown, bands of spend from the top, others with most care first; ready for `dots.ranges`."""
    rows = found.filter(pl.col("dimension") == dimension)
    place = {name: at for at, name in enumerate(VALUE_BANDS)}
    by = (
        pl.col("member").replace_strict(place, default=99, return_dtype=pl.Int64)
        if dimension == "value_band"
        else -pl.col("share")
    )
    called = VALUE_BANDS if dimension == "value_band" else {NOT_KNOWN: "Not known"}
    return rows.sort(by, "member").select(
        label=pl.concat_str(
            pl.col("member").replace(called),
            pl.lit(" · "),
            pl.col("customers").map_elements(words.count, return_dtype=pl.String),
        ),
        value="share", low="low", high="high", n="customers", role=pl.lit("steady"),
    )  # fmt: skip


def sentence(found: pl.DataFrame, days: int) -> str:
    """How much likelier care is on top than for everybody."""
    told = []
    for dimension, member, who in (
        ("value_band", "top", "top customers"),
        ("all", "all", "customers we know"),
    ):
        row = found.filter((pl.col("dimension") == dimension) & (pl.col("member") == member)).to_dicts()
        if row:
            told.append(
                f"of {words.count(row[0]['customers'])} {who} **{words.of_100(row[0]['share'])} of 100** (probably "
                f"between {words.between(row[0]['low'], row[0]['high'])})"
            )
    if not told:
        return "Too few customers to say who gets our attention."
    return f"Had personal care within {days} days: {words.listed(told)}."


def left_out(found: pl.DataFrame, dimension: str) -> str:
    """The groups that surely get less than all who are known; empty for bands of spend, which are meant to differ."""
    if dimension == "value_band":
        return ""
    known = found.filter((pl.col("dimension") == dimension) & (pl.col("member") != NOT_KNOWN))
    if known.is_empty():
        return ""
    usual = int(known["with_care"].sum()) / int(known["customers"].sum())
    less = known.filter((pl.col("high") < usual) & (pl.col("customers") >= ENOUGH)).sort("share")
    if less.is_empty():
        return f"No {dimension} gets clearly less than all together ({words.of_100(usual)} of 100, counted)."
    told = [
        f"{words.safe(row['member'])} ({words.of_100(row['share'])} of 100, probably between "
        f"{words.between(row['low'], row['high'])})"
        for row in less.head(MOST_NAMED).iter_rows(named=True)
    ]
    return f"Clearly less than all together: {words.listed(told)}."


def as_table(found: pl.DataFrame) -> pl.DataFrame:
    """Every group of every breakdown."""
    return found.sort("dimension", "member").select(
        pl.col("dimension").replace({**DIMENSIONS, "all": "All"}).alias("By"),
        pl.col("member").replace(VALUE_BANDS).alias("Group"),
        pl.col("customers").alias("Customers"),
        pl.col("with_care").alias("Had care"),
        (pl.col("share") * 100).round(1).alias("Of 100"),
        (pl.col("low") * 100).round(1).alias("From"),
        (pl.col("high") * 100).round(1).alias("To"),
    )
