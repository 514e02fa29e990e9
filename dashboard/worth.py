"""What customers will probably be worth over the next year, in words."""

import math
from typing import Any

import polars as pl

from dashboard import builds, words
from dashboard.customers import SEGMENTS, VALUE_BANDS

SOURCE = "clv_model"
YEAR_DAYS = 365
DIMENSIONS = {"value_band": "Spend", "rfm_segment": "How they buy", "segment": "Segment"}
_LIKELY = 0.7
_STILL_HERE = (
    (0.9, "very probably still with us"),
    (_LIKELY, "probably still with us"),
    (0.4, "may have left us"),
    (0.0, "has probably left us"),
)


def model() -> dict[str, Any] | None:
    """What the forecast rests on; empty where too few have bought, None in a build from before there was one."""
    if not builds.has(SOURCE):
        return None
    found = builds.rows("select * from clv_model").to_dicts()
    return found[0] if found else {}


def is_known(fitted: dict[str, Any] | None) -> bool:
    """There is a forecast to show."""
    return bool(fitted) and fitted is not None and fitted["status"] == "fitted"


def why_none(fitted: dict[str, Any] | None) -> tuple[str, str]:
    """Why there is no forecast, and what is needed."""
    if fitted is None:
        return (
            "The numbers on screen were published before there was a forecast.",
            "Needed: `careful run`. It counts what customers bought and adds the forecast.",
        )
    if fitted.get("status") == "did not settle":
        return (
            "No forecast: these orders do not settle it.",
            "The way customers buy here does not fit what the forecast assumes. Spend and feelings stand as they are.",
        )
    customers, again = fitted.get("customers") or 0, fitted.get("repeat_customers") or 0
    had = f" Now: {words.count(customers)}, of whom {words.count(again)} bought again." if customers else ""
    return (
        "Too few customers have bought to say what they will be worth.",
        f"Needed: 200 customers who bought, 50 of whom on a second day.{had}",
    )


def ahead(fitted: dict[str, Any]) -> str:
    """`the next 12 months`."""
    days = fitted["horizon_days"]
    if days % YEAR_DAYS == 0:
        return f"the next {days // YEAR_DAYS * 12} months"
    return f"the next {words.count(days)} days"


def amount(value: float, currency: str, figures: int = 2) -> str:
    """Money to so many figures, because it is known no better: 1,209.56 → €1,200."""
    if not value:
        return words.money(0, currency)
    step = 10 ** max(0, math.floor(math.log10(abs(value))) + 1 - figures)
    return words.money(round(value / step) * step, currency)


def ordinal(place: int) -> str:
    """`1st`, `12th`, `3,430th`."""
    ending = "th" if 10 < place % 100 < 20 else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{words.count(place)}{ending}"


# One customer


def of_customer(one: dict[str, Any], fitted: dict[str, Any]) -> str:
    """What a customer will probably be worth; empty where the customer has left."""
    basis, value = one.get("value_basis"), one.get("clv")
    if basis == "too early to say":
        return "Bought on one day only: too early to say what comes next."
    if basis == "gone" or value is None:
        return ""
    told = f"Worth about **{amount(value, fitted['currency'])}** over {ahead(fitted)}"
    if basis == "contract":
        return f"{told}, if customers like this one stay as long as others did."
    if one["clv_low"] is None or one["clv_high"] is None:
        return f"{told}; how far off that may be was not worked out."
    low, high = (amount(one[end], fitted["currency"]) for end in ("clv_low", "clv_high"))
    return f"{told} (probably between {low} and {high})."


def place_of(one: dict[str, Any], fitted: dict[str, Any]) -> str:
    """`Very probably still with us; if so, probably between 12th and 43rd of the 2,971 …`; empty where not known."""
    told = []
    if one.get("value_basis") == "orders" and one.get("probability_alive") is not None:
        told.append(next(says for least, says in _STILL_HERE if one["probability_alive"] >= least))
    if one.get("value_basis") == "orders" and one.get("rank_low") and one.get("rank_high"):
        low, high = ordinal(one["rank_low"]), ordinal(one["rank_high"])
        condition = "if so" if told and one["probability_alive"] >= _LIKELY else "if still with us"
        told.append(
            f"{condition}, probably between {low} and {high} of the {words.count(fitted['repeat_customers'])} who "
            "bought again"
        )
    return words.capital("; ".join(told)) + "." if told else ""


# All together


def groups() -> pl.DataFrame:
    """What a customer of each group will probably be worth: dimension, member, n, clv, clv_low, clv_high, currency."""
    return builds.rows("select * from clv_segment")


def sentence(found: pl.DataFrame, fitted: dict[str, Any]) -> str:
    """What the top customers will bring together, beside all; with ranges."""
    told = []
    whole = found.filter(pl.col("dimension") == "all").to_dicts()
    top = found.filter((pl.col("dimension") == "value_band") & (pl.col("member") == "top")).to_dicts()
    for row, who in ((top, "top customers"), (whole, "customers who bought")):
        if row:
            middle, low, high = (
                amount(row[0][name] * row[0]["n"], row[0]["currency"], 3)
                for name in ("clv", "clv_low", "clv_high")
            )
            told.append(
                f"the {words.count(row[0]['n'])} {who} are worth about **{middle}** (probably between {low} and {high})"
            )
    return f"Over {ahead(fitted)}, {words.listed(told)}." if told else ""


def by(found: pl.DataFrame, dimension: str) -> pl.DataFrame:
    """What one customer of each group is worth, bands of spend from the top; ready for `amounts.amounts`."""
    rows = found.filter(pl.col("dimension") == dimension)
    place = {name: at for at, name in enumerate(VALUE_BANDS)}
    order = (
        pl.col("member").replace_strict(place, default=99, return_dtype=pl.Int64)
        if dimension == "value_band"
        else -pl.col("clv")
    )
    return rows.sort(order, "member").select(
        label=pl.concat_str(
            pl.col("member").replace(_called(dimension)),
            pl.lit(" · "),
            pl.col("n").map_elements(words.count, return_dtype=pl.String),
        ),
        value="clv", low="clv_low", high="clv_high", n="n", role=pl.lit("steady"),
    )  # fmt: skip


def as_table(found: pl.DataFrame) -> pl.DataFrame:
    """Every group with its range."""
    return found.select(
        pl.col("dimension").replace({**DIMENSIONS, "all": "All"}).alias("By"),
        pl.col("member").alias("Group"),
        pl.col("n").alias("Customers"),
        pl.col("clv").round(0).alias("Worth, each"),
        pl.col("clv_low").round(0).alias("From"),
        pl.col("clv_high").round(0).alias("To"),
        pl.col("currency").alias("Currency"),
    )


def counted_as(fitted: dict[str, Any]) -> str:
    """Whether worth is sales or margin, and why."""
    if fitted["margin_share"] is None:
        what = "sales, since no margin is declared"
    elif fitted["kept_share"] is None:
        what = "sales, since no order says its list price, which the declared margin is a share of"
    else:
        what = (
            f"margin: {words.decimal(fitted['margin_share'], 2)} of list prices as declared, less discounts, which "
            f"left {words.decimal(fitted['kept_share'], 2)} of what was paid"
        )
    return f"Worth is {what}."


def terms(fitted: dict[str, Any]) -> str:
    """What is counted: sales or margin, how far ahead, and how money that comes later is discounted."""
    return (
        f"{counted_as(fitted)} It counts {ahead(fitted)}; later money is discounted at "
        f"{words.decimal(fitted['discount_rate'] * 100, 0)} % a year."
    )


def source(fitted: dict[str, Any]) -> str:
    """What it rests on: which orders, of how many customers."""
    first, last = fitted.get("first_order_on"), fitted.get("last_order_on")
    spans = f" of {words.short_day(first)} to {words.short_day(last)}" if first and last else ""
    return (
        f"From orders{spans}, {words.count(fitted['customers'])} customers, {words.count(fitted['repeat_customers'])} "
        "of whom bought on a second day."
    )


def _called(dimension: str) -> dict[str, str]:
    if dimension == "value_band":
        return VALUE_BANDS
    if dimension == "rfm_segment":
        return {name: called for name, (called, _) in SEGMENTS.items()}
    return {"not known": "Not known"}
