"""How good the forecast of what customers are worth is: how right it would have been a year ago, and its method."""

from typing import Any

import polars as pl

from dashboard import builds, words

STRONG = 0.3
"""Correlation of how often and how much, beyond which the forecast of money misleads."""
SAME_CATCH = 0.02
"""Two shares of purchases nearer to each other than this are called the same."""

_PARAMETERS = {
    "r": "how alike customers are in how often they buy (shape)",
    "alpha": "how often they buy (scale, weeks)",
    "a": "how soon they stay away (first shape)",
    "b": "how soon they stay away (second shape)",
    "p": "how alike one customer's orders are (shape)",
    "q": "how alike customers are in what they spend (shape)",
    "v": "what they spend (scale)",
}


def bias(fitted: dict[str, Any]) -> str:
    """How far off the forecast would have been a year before, with its range; what is missing where it is not known."""
    expected, came = fitted.get("holdout_predicted"), fitted.get("holdout_actual")
    if fitted["basis"] == "contract":
        return (
            "It goes by how long customers stayed so far. Against a year that followed it has not been tried."
        )
    if not expected or not came or not fitted["recalibration_low"]:
        return (
            "How right it would have been a year ago is not known: the orders do not reach back far enough, or too few "
            "had bought by then."
        )
    low, high = 1 / fitted["recalibration_high"] - 1, 1 / fitted["recalibration_low"] - 1
    figures = (
        f"{words.count(expected)} were expected and {words.count(came)} came, of "
        f"{words.count(fitted['holdout_customers'])} customers"
    )
    tried = f"Tried on what was known on {words.short_day(fitted['split_on'])}, it expected"
    if low <= 0 <= high:
        return (
            f"{tried} about as many purchases as came: anything from {_off(low)} to {_off(high)} of 100 fits "
            f"({figures})."
        )
    near, far = sorted((abs(low), abs(high)))
    return (
        f"{tried} **{words.of_100(abs(fitted['holdout_bias']))} of every 100 purchases too "
        f"{'few' if high < 0 else 'many'}** (probably between {words.between(near, far)}; {figures})."
    )


def put_right(fitted: dict[str, Any]) -> str:
    """By what the forecast would have to be multiplied; empty where that is not known."""
    if not fitted.get("recalibration") or not fitted.get("holdout_predicted"):
        return ""
    factor, low, high = (
        words.decimal(fitted[name], 2)
        for name in ("recalibration", "recalibration_low", "recalibration_high")
    )
    return (
        f"Multiplied by {factor} (probably between {low} and {high}) it would have been right on the whole. The "
        "figures on this page are not multiplied: one year says little of the next."
    )


def caught(fitted: dict[str, Any]) -> str:
    """Whether the forecast finds those who buy most better than counting their orders; empty where not known."""
    ours, plain = fitted.get("top_share_by_model"), fitted.get("top_share_by_count")
    if ours is None or plain is None:
        return ""
    word = (
        "no better than"
        if abs(ours - plain) < SAME_CATCH
        else "better than"
        if ours > plain
        else "worse than"
    )
    return (
        f"At finding who buys most it was {word} simply counting orders: the tenth it put on top made "
        f"{words.of_100(ours, 0.01)} of every 100 purchases that followed, the tenth who had bought most often "
        f"{words.of_100(plain, 0.01)} (counted)."
    )  # fmt: skip


def cautions(fitted: dict[str, Any]) -> list[str]:
    """What the forecast takes for granted, and whether that holds here."""
    told = [caught(fitted), put_right(fitted)]
    together = fitted.get("spend_correlation")
    if together is not None:
        says = words.decimal(together, 2)
        told.append(
            f"How often and how much customers buy go together so much (correlation {says}) that the money forecast is "
            "misleading; trust the purchases more."
            if abs(together) > STRONG
            else f"How often and how much customers buy go together little (correlation {says}; beyond "
            f"{words.decimal(STRONG, 1)} the money would mislead)."
        )
    cut = fitted.get("left_truncated_share")
    if cut:
        since = fitted.get("first_order_on")
        told.append(
            f"{words.of_100(cut)} of every 100 were probably customers before the orders begin"
            f"{f' ({words.short_day(since)})' if since else ''}; the first order we see of them need not be "
            "their first."
        )
    if fitted["basis"] == "orders" and fitted.get("holdout_customers"):
        split = words.short_day(fitted["split_on"]) if fitted.get("split_on") else "the day of the split"
        told.append(
            "What was paid back or cancelled is taken off its order, and the orders do not say since when. So in the "
            f"check the orders before {split} are as they stand today: what was paid back in full only afterwards is "
            "in neither year."
        )
    if fitted["basis"] == "orders":
        told.append(
            "Of one customer the year ahead can hardly be foretold, which is why those ranges are wide. Of one who "
            "bought on one day only nothing is said. It takes the market to stay as it was, and knows no season."
        )
    return [one for one in told if one]


def buckets() -> pl.DataFrame:
    """Purchases per customer in the year that was foretold, by how often they had bought; ready for `amounts`."""
    found = builds.rows("select * from clv_holdout order by position")
    return found.select(
        label=pl.concat_str(
            pl.col("bucket").map_elements(_had_bought, return_dtype=pl.String),
            pl.lit(" · "),
            pl.col("n").map_elements(words.count, return_dtype=pl.String),
        ),
        value=pl.col("actual") / pl.col("n"),
        low=pl.lit(None, pl.Float64),
        high=pl.lit(None, pl.Float64),
        expected=pl.col("predicted") / pl.col("n"),
        adjusted=pl.col("recalibrated") / pl.col("n"),
        n="n",
        role=pl.lit("steady"),
    )


def buckets_table() -> pl.DataFrame:
    """What the picture was drawn from, as sums."""
    return builds.rows("select * from clv_holdout order by position").select(
        pl.col("bucket").map_elements(_had_bought, return_dtype=pl.String).alias("Had bought again"),
        pl.col("n").alias("Customers"),
        pl.col("predicted").round(0).alias("Expected"),
        pl.col("actual").round(0).alias("Came"),
        pl.col("recalibrated").round(0).alias("Expected, put right"),
    )


def parameters(fitted: dict[str, Any]) -> pl.DataFrame:
    """The model's parameters with their standard errors; no rows where there are none."""
    rows = [
        (name, says, words.decimal(fitted[name], 3), words.decimal(fitted[f"{name}_se"], 3))
        for name, says in _PARAMETERS.items()
        if fitted.get(name) is not None and fitted.get(f"{name}_se") is not None
    ]
    return pl.DataFrame(
        rows, schema=["Parameter", "Says", "Estimate", "Standard error"], orient="row",
        schema_overrides=dict.fromkeys(("Parameter", "Says", "Estimate", "Standard error"), pl.String),
    )  # fmt: skip


def method(fitted: dict[str, Any]) -> str:
    """The method in its own terms."""
    if fitted["basis"] == "contract":
        return (
            "Contracts: what each spent in the last year, times the discounted expected days to come by the survival "
            "curve of tenure (Kaplan–Meier, late entry); ranges of groups by bootstrap."
        )
    settled = (
        f"Converged (gradient norm {fitted['gradient_norm']:.1e}, log-likelihood "
        f"{words.decimal(fitted['log_likelihood'], 1)})."
    )
    return (
        "Purchases by BG/NBD (Fader, Hardie and Lee 2005), money by Gamma-Gamma (Fader and Hardie 2013), fitted by "
        "maximum likelihood on one transaction per customer and day, refunds netted. "
        + settled
        + " Ranges of groups "
        "and customers: 2.5–97.5 % of simulated futures that also draw the parameters (parametric bootstrap). "
        "Hold-out: the same model fitted on the time before the split."
    )


def _had_bought(bucket: str) -> str:
    return {"0": "not again", "1": "once again"}.get(bucket, f"{bucket} times again")


def _off(share: float) -> str:
    return f"{words.of_100(abs(share))} too {'few' if share < 0 else 'many'}"
