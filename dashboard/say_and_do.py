"""What people said they would do, and what they then did. An intention is never called loyalty."""

from typing import Any

import polars as pl

from dashboard import words
from dashboard.charts.colours import Role
from dashboard.kpi import strength

SOURCE = "intent_behaviour"
ITEM = "purchase_more"
LEVELS = {
    "high": "Said they would",
    "middle": "In between",
    "low": "Said they would not",
    "did not answer": "Did not answer",
}
_ANSWERED = {"high": "6–7", "middle": "4–5", "low": "1–3", "did not answer": "not at all"}
_ROLES: dict[str, Role] = {"high": "ink", "middle": "steady", "low": "steady", "did not answer": "steady"}
_ASKED = {"purchase_more": "Would you buy more?", "emotion": "How did you feel?"}


def of_item(frame: pl.DataFrame, item: str = ITEM) -> pl.DataFrame:
    """One question's rows, from those who said yes to those who said nothing."""
    order = {level: place for place, level in enumerate(LEVELS)}
    chosen = frame.filter((pl.col("item") == item) & pl.col("level").is_in(list(LEVELS)))
    return chosen.sort(pl.col("level").replace_strict(order, return_dtype=pl.Int64))


def sentence(rows: pl.DataFrame) -> str:
    """Of 100 who said they would, so many did; and whether saying so told them apart."""
    found = {row["level"]: row for row in rows.iter_rows(named=True) if row["share"] is not None}
    if "high" not in found:
        return "Too few of those who said they would have had time to do it."
    high, days = found["high"], found["high"]["horizon_days"]
    told = (
        f"**Of 100 who said they would buy more, {words.of_100(high['share'])} ordered within {days} days** "
        f"({_rests_on(high)})."
    )
    if "low" in found:
        low = found["low"]
        told += f" Of 100 who said they would not, {words.of_100(low['share'])} did ({_rests_on(low)})."
    if "did not answer" in found:
        silent = found["did not answer"]
        told += f" Of 100 who did not answer, {words.of_100(silent['share'])} ({_rests_on(silent)})."
    return f"{told} {_told_apart(found)}".strip()


def panels(rows: pl.DataFrame) -> pl.DataFrame:
    """Ready for `dots.ranges`."""
    return rows.select(
        label=pl.col("level").replace_strict(LEVELS),
        note=pl.struct("customers", "share").map_elements(
            lambda row: _basis(row["customers"], row["share"]), return_dtype=pl.String
        ),
        value="share",
        low="share_low",
        high="share_high",
        n="customers",
        role=pl.col("level").replace_strict(_ROLES),
    )


def as_table(frame: pl.DataFrame) -> pl.DataFrame:
    """Every question that there is, as figures."""
    parts = [of_item(frame, item) for item in _ASKED if item in set(frame["item"])]
    rows = pl.concat(parts) if parts else frame.clear()
    return rows.select(
        pl.col("item").replace_strict(_ASKED, default=pl.col("item")).alias("Asked"),
        pl.col("level").replace_strict(_ANSWERED, default=pl.col("level")).alias("Answered"),
        pl.col("customers").alias("Customers"),
        pl.col("came_back").alias("Ordered"),
        (pl.col("share") * 100).round(1).alias("Of 100"),
        (pl.col("share_low") * 100).round(1).alias("From"),
        (pl.col("share_high") * 100).round(1).alias("To"),
        pl.col("horizon_days").alias("Within days"),
    )


def _told_apart(found: dict[str, dict[str, Any]]) -> str:
    high, low = found["high"], found.get("low")
    if low is None:
        return ""
    if high["share_low"] > low["share_high"]:
        return "What they said tells something about what they did, and far from everything."
    if high["share_high"] < low["share_low"]:
        return "Those who said no ordered more often: look at who was asked."
    return "What they said does not tell apart who ordered: the ranges overlap."


def _rests_on(row: dict[str, Any]) -> str:
    between = words.between(row["share_low"], row["share_high"])
    return f"probably between {between}, {_basis(row['customers'], row['share'])}"


def _basis(customers: int, share: float | None) -> str:
    if share is None:
        return "too few"
    return ", ".join(part for part in (words.plural(customers, "customer"), strength(customers)) if part)
