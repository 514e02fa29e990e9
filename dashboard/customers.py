"""Top customers: who they are to us, how they felt, and who has not been looked after."""

import re
from datetime import date
from typing import Any

import polars as pl
from polars.datatypes import DataType, DataTypeClass

from dashboard import breakdowns, builds, care_list, words
from dashboard.kpi import Group

VALUE_BANDS = {
    "top": "Top customers",
    "high": "High spend",
    "middle": "Middle",
    "low": "Low spend",
    "no orders": "No orders",
}
EMOTION_BANDS = {
    "felt good": "Felt good",
    "in between": "In between",
    "felt bad": "Felt bad",
    "no answer": "No answer",
}
SEGMENTS = {
    "champions": ("Champions", "bought lately, often and much"),
    "loyal": ("Loyal", "buy often"),
    "promising": ("Promising", "bought lately, not often yet"),
    "new": ("New", "first order lately, not known to us a year ago"),
    "at risk": ("At risk", "used to buy often or much, not lately"),
    "sleeping": ("Sleeping", "bought little, long ago"),
    "no orders": ("No orders", "none in two years"),
}
ADVICE = {
    "can be contacted": ("Can be contacted now", "green", "call"),
    "later": ("Later: something is still open, or they asked for quiet", "orange", "hourglass_empty"),
    "must not be contacted": ("Must not be contacted", "gray", "block"),
}

_LISTED: dict[str, DataType | DataTypeClass] = {
    "alias": pl.String, "customer_key": pl.String, "segment": pl.String, "region": pl.String, "orders": pl.Int64,
    "last_care_on": pl.Date, "last_contact_on": pl.Date, "contact_advice": pl.String, "emotion_band": pl.String,
    "reason": pl.String, "clv": pl.Float64, "clv_low": pl.Float64, "clv_high": pl.Float64, "rank_low": pl.Int64,
    "rank_high": pl.Int64, "probability_alive": pl.Float64, "value_basis": pl.String, "tenure_days": pl.Int64,
    "forgave": pl.Boolean, "referrals": pl.Int64,
}  # fmt: skip
_CARE_CLAUSE = re.compile(r"; (last care [^;]*|no care is recorded)\.$")


def headline(summary: dict[str, int], days: int) -> str:
    """How many of the top customers nobody has looked after."""
    top, without = summary["top_customers"], summary["without_care"]
    if not without:
        return f"All {words.count(top)} top customers had personal care in the last {days} days."
    return f"{words.count(without)} of our {words.count(top)} top customers had no personal care for {days} days."


def lead(summary: dict[str, float]) -> str:
    """What can be done about it, and what is at stake."""
    told = (
        f"**{words.count(summary['can_be_contacted'])}** can be contacted now, {words.count(summary['wait'])} later, "
        f"{words.count(summary['must_not_be_contacted'])} must not be contacted."
        if summary["without_care"]
        else ""
    )
    share = summary.get("spend_share")
    stake = (
        f" Top customers are those who spent most in two years; together they make {words.of_100(share)} of every "
        "100 spent with us (counted)."
        if share
        else ""
    )
    return (told + stake).strip()


def waiting(days: int, group: Group, listed: frozenset[str] = frozenset()) -> pl.DataFrame:
    """Top customers without care for so many days, by what they spent; one row each, no names.

    What a build from before there was a forecast does not hold is null.

    Args:
        listed: keys of those on this week's care list; `is_listed` says who is.
    """
    frame = builds.people_rows(
        """
        select * from customer_value
        where is_top_customer and (days_since_care is null or days_since_care >= $days)
        order by top_rank
        """,
        days=days,
    )
    if group.dimension in breakdowns.own():
        frame = frame.filter(pl.col("customer_key").is_in(_of_own(group).implode()))
    elif not group.is_everyone:
        frame = frame.filter(pl.col(group.dimension) == group.member)
    known = [name for name in _LISTED if name in frame.columns]
    since = [pl.lit(None, kind).alias(name) for name, kind in _LISTED.items() if name not in known]
    return frame.select(*known, *since).select(
        pl.coalesce("alias", pl.col("customer_key").str.slice(0, 4).str.to_uppercase()).alias("alias"),
        pl.exclude("alias", "customer_key"),
        pl.col("customer_key").is_in(listed).alias("is_listed"),
    )


def _of_own(group: Group) -> pl.Series:
    """Who is in a group of the company's own; whoever is in none of that dimension is `not known`."""
    return builds.people_rows(
        """
        select customer.customer_key
        from customer
        left join customer_dimension as own
            on own.customer_key = customer.customer_key and own.dimension = $dimension
        where coalesce(own.member, 'not known') = $member
        """,
        dimension=group.dimension, member=group.member,
    )["customer_key"]  # fmt: skip


def can_be_contacted_and_listed(days: int) -> int:
    """How many top customers without care can be contacted and are on this week's care list."""
    able = waiting(days, Group(), care_list.listed()).filter(pl.col("contact_advice") == "can be contacted")
    return int(able["is_listed"].sum())


def as_table(waiting: pl.DataFrame) -> pl.DataFrame:
    """The list of `waiting` as a table to look things up in."""
    return waiting.select(
        pl.col("alias").alias("Alias"),
        pl.col("segment").alias("Segment"),
        pl.col("region").alias("Region"),
        pl.col("orders").alias("Orders"),
        pl.col("reason").map_elements(words.localised, return_dtype=pl.String).alias("Why"),
        pl.col("last_care_on").alias("Last care"),
        pl.col("last_contact_on").alias("Last spoke with us"),
        pl.col("contact_advice").alias("Contact"),
        pl.col("emotion_band").alias("When last asked"),
        pl.col("clv").round(0).alias("Worth ahead"),
        pl.col("clv_low").round(0).alias("Worth from"),
        pl.col("clv_high").round(0).alias("Worth to"),
        pl.col("rank_low").alias("Place from"),
        pl.col("rank_high").alias("Place to"),
        (pl.col("probability_alive") * 100).round(0).alias("Still with us, of 100"),
        (pl.col("tenure_days") / 365).round(1).alias("Years with us"),
        pl.col("forgave").alias("Bought again after a mishap"),
        pl.col("referrals").alias("Sent us others"),
    )


def matrix() -> pl.DataFrame:
    """Customers by spend and feeling, every cell present; a hidden one holds null."""
    cells = builds.rows("select value_band, emotion_band, customers from segment_matrix")
    grid = pl.DataFrame({"value_band": list(VALUE_BANDS)}).join(
        pl.DataFrame({"emotion_band": list(EMOTION_BANDS)}), how="cross"
    )
    total = pl.col("customers").sum().over("value_band")
    return grid.join(cells, on=["value_band", "emotion_band"], how="left").select(
        row=pl.col("value_band").replace_strict(VALUE_BANDS),
        column=pl.col("emotion_band").replace_strict(EMOTION_BANDS),
        customers="customers",
        share=pl.col("customers") / total,
    )


def matrix_in_words(cells: pl.DataFrame) -> str:
    """The cell that matters: top customers who felt bad."""
    bad = cells.filter(
        (pl.col("row") == VALUE_BANDS["top"]) & (pl.col("column") == EMOTION_BANDS["felt bad"])
    )
    count = bad["customers"][0] if bad.height else None
    if count is None:
        return "Too few top customers felt bad when last asked to show a figure."
    return f"{words.count(count)} top customers felt bad when last asked."


def segments() -> pl.DataFrame:
    """How customers buy, as a table to read."""
    frame = builds.rows("select * from rfm_summary")
    order = {name: place for place, name in enumerate(SEGMENTS)}
    return (
        frame.sort(pl.col("rfm_segment").replace_strict(order, default=99))
        .with_columns(
            name=pl.col("rfm_segment").replace_strict({k: v[0] for k, v in SEGMENTS.items()}, default=None),
            who=pl.col("rfm_segment").replace_strict({k: v[1] for k, v in SEGMENTS.items()}, default=None),
        )
        .select(
            pl.format("**{}**, {}", "name", "who").alias("Customers who"),
            pl.col("customers").map_elements(words.count, return_dtype=pl.String).alias("How many"),
            _of_100("spend_share").alias("Spend, of 100"),
            _of_100(pl.col("with_care") / pl.col("customers")).alias("Had care, of 100"),
            _of_100(pl.col("spoken_to") / pl.col("customers")).alias("Spoken to, of 100"),
        )
    )


def counts_in_words(forecast: dict[str, Any] | None) -> str:
    """What each count of customers on the page counts.

    Args:
        forecast: what the forecast rests on; None or empty where there is none.
    """
    found = builds.rows(
        "select sum(customers)::bigint as known, "
        "sum(customers) filter (where rfm_segment <> 'no orders')::bigint as bought from rfm_summary"
    ).row(0, named=True)
    told = (
        f"{words.count(found['known'])} customers are known: they ordered, wrote, answered or are on file. "
        f"{words.count(found['bought'] or 0)} of them ordered in the last two years."
    )
    if (
        forecast
        and forecast.get("customers")
        and forecast.get("first_order_on")
        and forecast.get("last_order_on")
    ):
        told += (
            f" The forecast rests on {words.count(forecast['customers'])} who bought between "
            f"{words.short_day(forecast['first_order_on'])} and {words.short_day(forecast['last_order_on'])}, which is "
            "as far as the orders reach, and kept what they bought."
        )
    return told


def reason(customer: dict[str, str | None]) -> str:
    """Why a customer is on the list, without the last care: `since_words` says it, in the company's own dates."""
    return _CARE_CLAUSE.sub(".", customer["reason"] or "")


def since_words(customer: dict[str, date | None], today: date) -> str:
    """`218 days without care · last spoke with us 2 Nov`."""
    cared, spoke = customer["last_care_on"], customer["last_contact_on"]
    told = f"{words.plural((today - cared).days, 'day')} without care" if cared else "No care on record"
    if spoke is None:
        return f"{told} · never spoke with us"
    return f"{told} · last spoke with us {words.short_day(spoke, year=spoke.year != today.year)}"


def _of_100(share: str | pl.Expr) -> pl.Expr:
    column = pl.col(share) if isinstance(share, str) else share
    return column.fill_null(0.0).fill_nan(0.0).map_elements(words.of_100, return_dtype=pl.String)
