"""What bad experiences may cost: how many felt bad, how many then bought less, beside those who felt good."""

from math import floor, log10
from typing import Any

from dashboard import words

SOURCE = "sales_at_risk"


def sentence(row: dict[str, Any]) -> str:
    """What is left after those who felt good are taken as what happens anyway; money where sales are known."""
    if row.get("excess_share") is None:
        return "Too few felt bad, or too little time has passed, to say what bad experiences may cost."
    low, high = row["excess_share_low"], row["excess_share_high"]
    if low <= 0:
        return (
            "**We can't tell yet whether bad experiences go with lost sales here.** Customers who felt bad did not "
            f"surely cut down more often than those who felt good ({words.plural(row['n'], 'customer')} asked)."
        )
    told = (
        f"**About {words.of_100(row['excess_share'], high - low)} of every 100 in sales may be at risk**, over and "
        f"above what is lost anyway (probably between {words.between(low, high)}, {words.plural(row['n'], 'customer')} "
        "asked)."
    )
    return f"{told} {_money(row)}".strip()


def steps(row: dict[str, Any]) -> list[tuple[str, str]]:
    """How the figure comes about: what is counted, and the figure with its range."""
    told = (
        ("Felt bad about it (1 to 3 of 7)", "bad_share"),
        ("Of those who felt bad, then bought less than half as much, or nothing", "cut_share"),
        ("Of those who felt good, did so too: what happens anyway", "cut_anyway_share"),
    )
    return [
        (says, f"**{words.of_100(row[name])} of 100**, probably between {_between(row, name)}")
        for says, name in told
        if row.get(name) is not None
    ]


def published_way(row: dict[str, Any]) -> str:
    """The figure as the published formula makes it, without taking off what happens anyway."""
    if row.get("at_risk_share") is None:
        return ""
    return (
        "The published way multiplies the first two and takes nothing off: "
        f"{words.of_100(row['at_risk_share'], 0.01)} of every 100 in sales (probably between "
        f"{_between(row, 'at_risk_share')}). "
        "It counts customers who would have bought less in any case, so we lead with what is left without them."
    )


def _money(row: dict[str, Any]) -> str:
    if not row.get("sales_amount") or not row.get("currency"):
        return ""
    sales = float(row["sales_amount"])
    width = (float(row["excess_share_high"]) - float(row["excess_share_low"])) * sales
    about, least, most = (
        words.money(_as_exact_as(float(row[f"excess_share{end}"]) * sales, width), row["currency"])
        for end in ("", "_low", "_high")
    )
    return f"Of {words.money(sales, row['currency'])} a year, about {about}: probably between {least} and {most}."


def _as_exact_as(amount: float, width: float) -> float:
    """Rounded to what the range justifies: two figures of its width."""
    return round(amount, 1 - floor(log10(width))) if width > 0 else amount


def _between(row: dict[str, Any], name: str) -> str:
    return words.between(row[f"{name}_low"], row[f"{name}_high"])
