"""Who is on top, seen in several ways: three definitions, who moved, how much rests on few, and who cooled down."""

from typing import Any

import polars as pl

from dashboard import builds, words

DEFINITIONS = {
    "spend": "Spent most",
    "clv": "Worth most ahead",
    "relationship": "Closest to us",
}
_EXPLAINED = {
    "spend": "in the last two years, refunds taken off",
    "clv": "what they will probably bring, by the forecast above",
    "relationship": "longest with us, bought again after a mishap, sent us others ({referrals})",
}
_PAIRS = {
    "spend + clv": ("spend", "clv"),
    "spend + relationship": ("spend", "relationship"),
    "clv + relationship": ("clv", "relationship"),
    "all three": ("spend", "clv", "relationship"),
}
NOW = {
    "top": "On top",
    "high": "High spend",
    "middle": "Middle",
    "low": "Low spend",
    "no orders": "No orders",
}
CAME_FROM = {**NOW, "new": "New since"}
_WHOLE = pl.col("of_customers").max().over("from_band")


# Three definitions


def definitions(found: pl.DataFrame, referrals: int | None = 0) -> str:
    """The ways that are known here, each in one line.

    Args:
        referrals: of how many customers a source tells whether they sent us others; None where that is not kept.
    """
    known = set(found["definitions"])
    told = f"told of {words.plural(referrals, 'customer')}" if referrals else "not shown in your data"
    if referrals is None:
        told = "not kept in a frozen week"
    return "\n".join(
        f"- **{says}**: {_EXPLAINED[name].format(referrals=told)}"
        for name, says in DEFINITIONS.items()
        if name in known
    )


def referrals_known() -> int | None:
    """Of how many customers a source tells whether they sent us others; 0 in a build from before that was asked.

    None in a frozen week.
    """
    if builds.scope() != "people":
        return None
    known = builds.people_rows(
        "select column_name from information_schema.columns where table_name = 'customer_value'"
    )
    if "referrals" not in known["column_name"]:
        return 0
    return int(builds.people_rows("select count(referrals) as told from customer_value").item())


def overlap(found: pl.DataFrame) -> pl.DataFrame:
    """How many are on both lists, for each two that are known, and on all; ready for `portion.portion`."""
    sizes = dict(
        found.filter(pl.col("definitions").is_in(list(DEFINITIONS))).select("definitions", "customers").rows()
    )
    counted = dict(found.select("definitions", "customers").rows())
    rows = []
    for name, parts in _PAIRS.items():
        if not set(parts) <= set(sizes):
            continue
        whole, both = min(sizes[part] for part in parts), counted.get(name)
        label = "On all three" if len(parts) > 2 else " and ".join(
            DEFINITIONS[part] if place == 0 else DEFINITIONS[part].lower() for place, part in enumerate(parts)
        )  # fmt: skip
        share = None if both is None else both / whole
        says = "too few to show" if both is None else f"{words.count(both)} of {words.count(whole)}"
        rows.append((label, share, says))
    schema = {"label": pl.String, "share": pl.Float64, "says": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def overlap_in_words(found: pl.DataFrame) -> str:
    """How far the lists agree."""
    counted = {row["definitions"]: row for row in found.iter_rows(named=True)}
    told = []
    for name, says in (
        ("spend + clv", "will probably also be worth most"), ("spend + relationship", "are also closest to us"),
    ):  # fmt: skip
        if name in counted:
            both, whole = counted[name]["customers"], counted[name]["of_customers"]
            told.append(f"{words.count(both)} of {words.count(whole)} {says}")
    if not told:
        return "Too few are on two of these lists to show a figure."
    return f"Of those who spent most, {words.listed(told)}."


def hidden_in_words(drawn: pl.DataFrame, minimum: int) -> str:
    """That figures are hidden; empty where none is."""
    hidden = drawn["share"].null_count()
    if not hidden:
        return ""
    are = f"{words.count(hidden)} of {words.plural(drawn.height, 'figure')} hidden"
    return f"{are}: it would give away a group under {minimum} people."


# Movers


def movers() -> pl.DataFrame:
    """Customers by their band a year ago and now, every cell present; a hidden one holds null.

    row, column, customers, share (of the row), whole (the row). No rows where orders do not reach two years back.
    """
    cells = builds.rows("select * from value_mover")
    if "of_customers" not in cells.columns:
        cells = cells.with_columns(of_customers=pl.lit(None, pl.Int64))
    if cells.is_empty():
        return pl.DataFrame(schema=_CELL)
    grid = pl.DataFrame({"from_band": list(CAME_FROM)}).join(
        pl.DataFrame({"to_band": list(NOW)}), how="cross"
    ).filter((pl.col("to_band") != "no orders") | ~pl.col("from_band").is_in(["no orders", "new"]))  # fmt: skip
    return grid.join(cells, on=["from_band", "to_band"], how="left").select(
        row=pl.col("from_band").replace_strict(CAME_FROM),
        column=pl.col("to_band").replace_strict(NOW),
        customers="customers",
        share=pl.col("customers") / pl.coalesce(_WHOLE, pl.col("customers").sum().over("from_band")),
        whole=_WHOLE,
    )


def movers_in_words(cells: pl.DataFrame) -> str:
    """How many stayed on top, how many left it, and where those on top now came from."""
    top = NOW["top"]
    went = cells.filter(pl.col("row") == top)
    came = dict(cells.filter(pl.col("column") == top, pl.col("row") != top).select("row", "customers").rows())
    stayed = went.filter(pl.col("column") == top)["customers"].to_list()
    if not stayed or stayed[0] is None:
        return "Too few stayed on top, or left it, to show a figure."
    all_of_them = went["whole"].drop_nulls()
    whole = f" of {words.count(all_of_them[0])}" if all_of_them.len() else ""
    told = f"**{words.count(stayed[0])}**{whole} who were on top a year ago still are."
    gone = went.filter(pl.col("column") == NOW["no orders"])["customers"].to_list()
    if gone and gone[0] is not None:
        told += f" {words.count(gone[0])} bought nothing in the year since."
    up = [
        f"{words.count(came[row])} {says}"
        for row, says in (
            (CAME_FROM["new"], "are new"), (NOW["no orders"], "had bought nothing the year before"),
            (NOW["high"], "were just below"),
        )
        if came.get(row) is not None
    ]  # fmt: skip
    return f"{told} Of those who joined them, {words.listed(up)}." if up else told


# How much rests on few


def concentration() -> pl.DataFrame:
    """What part of sales the most valuable bring: top_share, customers, buyers, sales_share."""
    return builds.rows("select * from concentration order by top_share")


def concentration_in_words(found: pl.DataFrame) -> str:
    """`The top 10 of every 100 who bought bring 44 of every 100 spent`, or the next that is known."""
    by_share = {round(row["top_share"] * 100): row for row in found.iter_rows(named=True)}
    one = by_share.get(10) or (by_share[max(by_share)] if by_share else None)
    if one is None:
        return "Too few have bought to say how much rests on few."
    return (
        f"The top {words.of_100(one['top_share'])} % of those who bought in the last two years "
        f"({words.count(one['customers'])} of {words.count(one['buyers'])} customers) bring "
        f"**{words.of_100(one['sales_share'])} of every 100** spent then (counted)."
    )


def concentration_drawn(found: pl.DataFrame) -> pl.DataFrame:
    """Ready for `portion.portion`."""
    return found.select(
        label=pl.format(
            "Top {} %: {} customers",
            pl.col("top_share").map_elements(words.of_100, return_dtype=pl.String),
            pl.col("customers").map_elements(words.count, return_dtype=pl.String),
        ),
        share="sales_share",
        says=pl.format(
            "{} of 100 spent", pl.col("sales_share").map_elements(words.of_100, return_dtype=pl.String)
        ),
    )


# Did they cool down


def cooled() -> dict[str, Any] | None:
    """What those who bought most often did a year later; None where that can not be told."""
    found = builds.rows("select * from top_cooled").to_dicts()
    return found[0] if found else None


def cooled_answer(one: dict[str, Any]) -> str:
    """The verdict: more, less or as much as was to be expected."""
    if one["bought_after"] >= one["bought_before"]:
        return "No."
    if one["rest_high"] < 0:
        return "Yes, more than would have happened anyway."
    if one["rest_low"] > 0:
        return "Less than would have happened anyway."
    return "Not more than would have happened anyway."


def cooled_in_words(one: dict[str, Any]) -> str:
    """What they bought before and after, what would have happened anyway, and what is left."""
    before, after = one["bought_before"], one["bought_after"]
    told = (
        f"The {words.count(one['customers'])} customers who had bought most often by "
        f"{words.short_day(one['split_on'])} had bought {_times(before)} each in that year, and {_times(after)} "
        "in the next (counted)."
    )
    if one["expected_after"] < before:
        least, most = before - one["expected_after_high"], before - one["expected_after_low"]
        told += (
            f" Whatever we do, about **{_signed(before - one['expected_after'])}** fewer were to be expected (probably "
            f"between {_signed(least)} and {_signed(most)}): who buys most in one year mostly buys less in the next."
        )
    fewer = one["rest"] < 0
    low, high = one["rest_low"], one["rest_high"]
    if low <= 0 <= high:
        return f"{told} The rest may be chance: anything between {_more(low)} and {_more(high)}."
    near, far = sorted((abs(low), abs(high)))
    return (
        f"{told} The rest is theirs: {_signed(abs(one['rest']))} {'fewer' if fewer else 'more'} (probably between "
        f"{_signed(near)} and {_signed(far)})."
    )


def cooled_drawn(one: dict[str, Any]) -> pl.DataFrame:
    """Before, to be expected and after; ready for `amounts.amounts`."""
    n = one["customers"]
    rows = [
        ("The year before", one["bought_before"], None, None, n, "steady"),
        ("Expected after,¶whatever we do", one["expected_after"], one["expected_after_low"],
         one["expected_after_high"], n, "steady"),
        ("The year after", one["bought_after"], None, None, n,
         "worse" if one["rest_high"] < 0 else "better" if one["rest_low"] > 0 else "steady"),
    ]  # fmt: skip
    schema = {"label": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "n": pl.Int64,
              "role": pl.String}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def cooled_method(one: dict[str, Any]) -> str:
    """How what would have happened anyway was worked out."""
    return (
        "Chosen on the year before alone. What was to be expected is what the forecast said of them on that day "
        f"({_times(one['expected_by_model'])} each), times what all other customers bought of what it said of them "
        f"({words.decimal(one['others_factor'], 2)}): what moved everybody is not theirs. The range is of simulated "
        "futures."
    )


_CELL = {"row": pl.String, "column": pl.String, "customers": pl.Int64, "share": pl.Float64, "whole": pl.Int64}


def _times(purchases: float) -> str:
    return f"{words.decimal(purchases, 1)} times" if purchases else "0 times"


def _signed(purchases: float) -> str:
    return words.decimal(purchases, 1)


def _more(purchases: float) -> str:
    return f"{words.decimal(abs(purchases), 1)} {'fewer' if purchases < 0 else 'more'}"
