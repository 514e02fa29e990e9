"""Who we hear and who we do not: how many answered, whether they are like the rest, what the silent could hide."""

from typing import Any

import polars as pl

from dashboard import words
from dashboard.customers import VALUE_BANDS
from dashboard.kpi import ENOUGH, strength

KPI = "emotion"
MOST_GROUPS = 10
MOST_NAMED = 3
ALIKE, SOMEWHAT = 0.9, 0.8
DIMENSIONS = {"value_band": "By how much they buy", "segment": "By segment", "region": "By region"}


def answered_of(period: dict[str, Any]) -> int | None:
    """How many of those asked in the period have answered."""
    if not period["invited"]:
        return None
    return round(period["invited"] * (period["answered_share"] or 0))


def overall(invited: int | None, answered: int | None) -> str:
    """`33 of 100 invitations were answered`, with the counts."""
    if not invited:
        return "How many were asked is not known: no list of invitations has arrived."
    return (
        f"**{words.of_100((answered or 0) / invited)} of 100 invitations were answered**: counted, "
        f"{words.count(answered or 0)} of {words.count(invited)} in thirteen weeks. Some people had more than one."
    )


def silent_in_words(weighted: dict[str, Any], label: str) -> str:
    """What the figure would be whatever those who did not answer felt."""
    if weighted.get("bound_low") is None or weighted.get("bound_high") is None:
        return ""
    return (
        f"**Even if everybody silent felt bad, or everybody felt good:** “{label.lower()}” is between "
        f"{words.of_100(weighted['bound_low'])} and {words.of_100(weighted['bound_high'])} of 100 of all we asked. "
        "Nothing that was answered can narrow that; the figures on this page are about customers like those who "
        "answered."
    )


def weighted_in_words(weighted: dict[str, Any], label: str) -> str:
    """The raw figure, and the one that counts every group at its size among customers."""
    if weighted.get("share_weighted") is None:
        return ""
    raw, even = words.of_100(weighted["share"]), words.of_100(weighted["share_weighted"])
    between = words.between(weighted["share_weighted_low"], weighted["share_weighted_high"])
    same = "the same" if raw == even else f"**{even}**"
    return (
        f"“{label}” is {raw} of 100 as answered, and {same} when every group counts as it does among our customers "
        f"(probably between {between})."
    )


def alike_in_words(r_indicator: float | None) -> str:
    """The word for how much those who answered are like all who were asked."""
    if r_indicator is None:
        return ""
    if r_indicator >= ALIKE:
        return "Those who answered are **much like** all we asked."
    if r_indicator >= SOMEWHAT:
        return "Those who answered **differ somewhat** from all we asked."
    return "Those who answered **differ a lot** from all we asked: read every figure here with care."


def method_in_words(weighted: dict[str, Any]) -> str:
    """How the weighted figure is made, and what it rests on."""
    return (
        f"{words.plural(weighted['n'], 'answer')} were raked to the customer base (segment, region and how much they "
        f"buy); weights are trimmed. They say as much as {words.count(weighted['effective_n'])} equally weighted "
        "answers, and the range is as wide as these bear. Weighting mends only what the groups explain; the bounds "
        "hold whatever it misses."
    )


def representativeness_in_words(row: dict[str, Any]) -> str:
    """The figure behind the word, with its range and what it rests on."""
    value, low, high = (row[name] for name in ("r_indicator", "r_indicator_low", "r_indicator_high"))
    return (
        f"R-indicator {words.decimal(value, 2)} (probably between {words.decimal(low, 2)} and "
        f"{words.decimal(high, 2)}), "
        f"from {words.plural(row['n'], 'invitation')}: 1 where every kind of customer answers as often as the others."
    )


def groups(reach: pl.DataFrame) -> pl.DataFrame:
    """Who answers how often, per breakdown, most often first; ready for `dots.ranges`."""
    order = {name: place for place, name in enumerate(DIMENSIONS)}
    rows = reach.filter(pl.col("answered_share").is_not_null() & pl.col("dimension").is_in(list(DIMENSIONS)))
    rows = rows.sort(
        pl.col("dimension").replace_strict(order, return_dtype=pl.Int64),
        "answered_share",
        descending=[False, True],
    )
    kept = [
        part.sort("invited", descending=True).head(MOST_GROUPS).sort("answered_share", descending=True)
        for _, part in rows.group_by("dimension", maintain_order=True)
    ]
    chosen = pl.concat(kept) if kept else rows
    return chosen.select(
        panel=pl.col("dimension").replace_strict(DIMENSIONS, return_dtype=pl.String),
        label=pl.concat_str(
            pl.col("member").replace_strict(VALUE_BANDS, default=pl.col("member")),
            pl.lit(" · "),
            pl.col("invited").map_elements(_asked, return_dtype=pl.String),
        ),
        value="answered_share",
        low="answered_share_low",
        high="answered_share_high",
        n="invited",
        role=pl.lit("steady"),
    )


def least_heard(reach: pl.DataFrame) -> str:
    """The group that surely answers less often than all together, if there is one."""
    every = reach.group_by("dimension").agg(pl.sum("invited", "answered")).sort("invited", descending=True)
    total, answered = every.select("invited", "answered").row(0) if every.height else (0, 0)
    if not total:
        return ""
    usual = answered / total
    silent = reach.filter(
        (pl.col("answered_share_high") < usual)
        & (pl.col("invited") >= ENOUGH)
        & (pl.col("member") != "not known")
    ).sort("answered_share", "member")
    told = [
        f"{_called(row['dimension'], row['member'])} ({words.of_100(row['answered_share'])} of 100 asked, "
        f"probably between {words.between(row['answered_share_low'], row['answered_share_high'])})"
        for row in silent.head(MOST_NAMED).iter_rows(named=True)
    ]
    return f"We hear least from {words.listed(told)}." if told else ""


def bars(weighted: dict[str, Any]) -> pl.DataFrame:
    """As answered, as our customers are, and whatever the silent felt; ready for `charts.bounds`."""
    rows = [
        ("As answered", weighted["share"], weighted.get("share_low"), weighted.get("share_high")),
        ("Every group at its size among customers", weighted["share_weighted"], weighted["share_weighted_low"],
         weighted["share_weighted_high"]),
        ("Whatever the silent felt", None, weighted["bound_low"], weighted["bound_high"]),
    ]  # fmt: skip
    schema = {"label": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").drop_nulls(["low", "high"])


def as_table(reach: pl.DataFrame) -> pl.DataFrame:
    """Everything the picture was made from."""
    return reach.sort("dimension", "member").select(
        pl.col("dimension").replace_strict(DIMENSIONS, default=pl.col("dimension")).alias("By"),
        pl.col("member").alias("Group"),
        pl.col("customers").alias("Customers"),
        pl.col("invited").alias("Asked"),
        pl.col("answered").alias("Answered"),
        (pl.col("answered_share") * 100).round(1).alias("Of 100 asked"),
        (pl.col("answered_share_low") * 100).round(1).alias("From"),
        (pl.col("answered_share_high") * 100).round(1).alias("To"),
    )


def _called(dimension: str, member: str) -> str:
    return (
        words.safe(member) if dimension == "region" else f"{dimension.replace('_', ' ')} {words.safe(member)}"
    )


def _asked(invited: int) -> str:
    return ", ".join(part for part in (words.count(invited), strength(invited)) if part)
