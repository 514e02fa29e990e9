"""What customers will probably be worth: purchases to come, times what each brings, less for what comes later.

For business without contracts (BG/NBD and gamma-gamma); with contracts, what remains by survival.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.measures.bgnbd import BetaGeometric, fit
from pipelines.measures.gamma_gamma import GammaGamma, fit_spend, spend_correlation
from pipelines.measures.maximum_likelihood import Floats

__all__ = [
    "BetaGeometric",
    "GammaGamma",
    "Terms",
    "discounted_purchases",
    "expected_value",
    "fit",
    "fit_spend",
    "places",
    "quantile_range",
    "rank_ranges",
    "simulated_values",
    "spend_correlation",
    "summarise",
    "summarise_spend",
]

WEEK_DAYS = 7
STEPS = 12


@dataclass(frozen=True)
class Terms:
    """By what a customer's value is reckoned; all three belong beside every value that is shown."""

    horizon_days: int = 365
    discount_rate: float = 0.1
    """A year."""
    margin_share: float | None = None
    """What is left of each amount spent; None: the value is sales, not margin."""

    @property
    def horizon(self) -> float:
        """In weeks."""
        return self.horizon_days / WEEK_DAYS

    @property
    def kept_share(self) -> float:
        """The factor from sales to value."""
        return 1.0 if self.margin_share is None else self.margin_share

    @property
    def discount_per_step(self) -> float:
        """For each twelfth of the horizon."""
        return float((1 + self.discount_rate) ** (self.horizon_days / 365 / STEPS) - 1)


def summarise(transactions: pl.DataFrame, end: date) -> pl.DataFrame:
    """What the BG/NBD model needs to know of each customer, counted per distinct row.

    Args:
        transactions: one row per purchase: `customer`, `on` (a date). Several on one day count once; those after
            `end` not at all.
        end: the last day that the data reach.

    Returns:
        `x` (days with a purchase after the first), `t_x` and `T` (weeks from the first to the last, and to the end),
        `count` (customers), in a fixed order.
    """
    of_customers = _days(transactions, end).agg(
        x=pl.len() - 1, t_x=_weeks(pl.col("on").max()), T=_weeks(pl.lit(end))
    )
    return of_customers.group_by("x", "t_x", "T").agg(count=pl.len()).sort("x", "t_x", "T")


def summarise_spend(transactions: pl.DataFrame, end: date) -> pl.DataFrame:
    """What customers spent on each day with a purchase after their first.

    Args:
        transactions: as for `summarise`, with `amount`; those of one day are summed.
        end: as for `summarise`.

    Returns:
        One row per customer who came back: `customer`, `x` (such days), `mean_amount`.
    """
    return (
        _days(transactions, end)
        .agg(x=pl.len() - 1, mean_amount=pl.col("amount").sort_by("on").slice(1).mean())
        .filter(pl.col("x") > 0)
        .sort("customer")
    )


def _days(transactions: pl.DataFrame, end: date) -> "pl.dataframe.group_by.GroupBy":
    sums = [pl.col("amount").sum()] if "amount" in transactions.columns else []
    days = transactions.filter(pl.col("on") <= end).group_by("customer", "on").agg(*sums)
    return days.group_by("customer")


def _weeks(until: pl.Expr) -> pl.Expr:
    return (until - pl.col("on").min()).dt.total_days() / WEEK_DAYS


def discounted_purchases(
    model: BetaGeometric,
    x: npt.ArrayLike,
    t_x: npt.ArrayLike,
    T: npt.ArrayLike,
    step: float,
    rate: float,
    steps: int = STEPS,
) -> Floats:
    """Expected purchases of the next `steps` stretches of time, those of the k-th divided by (1 + rate)^k.

    Args:
        model: fitted to the same unit of time.
        x, t_x, T: as for `BetaGeometric.probability_alive`.
        step: length of a stretch, above 0.
        rate: the discount per stretch, 0 or more.
        steps: how many stretches.
    """
    alive = model.probability_alive(x, t_x, T)
    x, T = np.asarray(x, dtype=float), np.asarray(T, dtype=float)
    total: Floats = np.zeros(x.shape)
    before: Floats = np.zeros(x.shape)
    for k in range(1, steps + 1):
        until = model.while_alive(step * k, x, T)
        total += (until - before) / (1 + rate) ** k
        before = until
    return total * alive


def expected_value(
    model: BetaGeometric, spend: GammaGamma, customers: pl.DataFrame, terms: Terms
) -> pl.DataFrame:
    """What each customer will probably be worth over the horizon.

    Args:
        model: fitted in weeks.
        spend: fitted to amounts per day with a purchase.
        customers: one row each: `x`, `t_x`, `T` as in `summarise`; `priced_days` (days with a purchase of known
            amount) and `spent_amount` (what was spent on them in all).
        terms: horizon, discount and margin.

    Returns:
        One row each, in the order given: `expected_purchases_365d`, `probability_alive`, `expected_spend` (per
        purchase), `discount_factor` (of a purchase of the horizon, on average) and `clv`.
    """
    cells = customers.select("x", "t_x", "T").unique(maintain_order=True)
    x, t_x, T = (cells[name].to_numpy().astype(float) for name in ("x", "t_x", "T"))
    alive = model.probability_alive(x, t_x, T)
    discounted = discounted_purchases(model, x, t_x, T, terms.horizon / STEPS, terms.discount_per_step)
    in_year = model.while_alive(365 / WEEK_DAYS, x, T) * alive
    in_horizon = model.while_alive(terms.horizon, x, T) * alive
    scored = cells.with_columns(
        expected_purchases_365d=in_year,
        probability_alive=alive,
        discounted=discounted,
        discount_factor=np.divide(discounted, in_horizon, out=np.ones_like(x), where=in_horizon > 0),
    )
    rows = customers.join(scored, on=["x", "t_x", "T"], how="left", maintain_order="left")
    days, spent = (rows[name].to_numpy().astype(float) for name in ("priced_days", "spent_amount"))
    per_purchase = spend.expected_spend(days, spent / np.maximum(days, 1))
    return rows.select(
        "expected_purchases_365d",
        "probability_alive",
        pl.Series("expected_spend", per_purchase),
        "discount_factor",
        clv=pl.col("discounted") * per_purchase * terms.kept_share,
    )


def simulated_values(
    model: BetaGeometric,
    spend: GammaGamma,
    customers: pl.DataFrame,
    terms: Terms,
    *,
    draws: int = 200,
    seed: int = 0,
) -> Floats:
    """Possible futures of each customer: parameters drawn from what the data leave open, then chance (parametric
    bootstrap).

    Args:
        model, spend, terms: as for `expected_value`; both fits must have converged.
        customers: as for `expected_value`, with its `discount_factor`: every purchase of a customer is discounted
            by it, instead of by its own day.
        draws: how many futures.
        seed: of the chance; the same seed, model and rows give the same futures.

    Returns:
        Values, one row per draw and one column per customer.
    """
    rng = np.random.default_rng(seed)
    x, t_x, T, days, spent, factor = (
        customers[name].to_numpy().astype(float)
        for name in ("x", "t_x", "T", "priced_days", "spent_amount", "discount_factor")
    )
    values: Floats = np.empty((draws, len(x)))
    for draw in range(draws):
        bought = model.drawn(rng).future(terms.horizon, x, t_x, T, rng)
        values[draw] = spend.drawn(rng).future(bought, days, spent, rng) * factor * terms.kept_share
    return values


def quantile_range(draws: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """The range that holds this share of the draws (rows), for each column."""
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high


def rank_ranges(
    model: BetaGeometric,
    spend: GammaGamma,
    customers: pl.DataFrame,
    terms: Terms,
    weights: npt.ArrayLike = 1.0,
    *,
    draws: int = 200,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[Floats, Floats]:
    """Between which ranks (1 is the most valuable) each customer truly is, if she is still with us.

    A rank is of what a customer may be expected to bring; the luck of one year is no merit. Others may have left. That
    she has left herself is told by `probability_alive`: with it in the range, nearly every range would end last.

    Args:
        model, spend, customers, terms, draws, seed: as for `simulated_values`.
        weights: for how many customers each row stands.
        level: coverage of the range.

    Returns:
        `(low, high)`, one each per row; among equals the middle rank counts.
    """
    rng = np.random.default_rng(seed)
    x, t_x, T, days, spent, factor = (
        customers[name].to_numpy().astype(float)
        for name in ("x", "t_x", "T", "priced_days", "spent_amount", "discount_factor")
    )
    stands_for = np.broadcast_to(np.asarray(weights, dtype=float), x.shape)
    ranks: Floats = np.empty((draws, len(x)))
    for draw in range(draws):
        buys, spends = model.drawn(rng), spend.drawn(rng)
        worth = buys.rhythm(terms.horizon, x, T, rng) * spends.basket(days, spent, rng) * factor
        is_there = rng.random(x.shape) < buys.probability_alive(x, t_x, T)
        ranks[draw] = places(worth, np.where(is_there, worth, 0.0), stands_for)
    return quantile_range(ranks, level)


def places(worth: Floats, values: Floats, weights: Floats) -> Floats:
    """The rank that each `worth` has among the `values` of the others; among equals the middle one.

    Args:
        worth, values: one per customer. weights: for how many customers each stands.
    """
    order = np.argsort(-values, kind="stable")
    reached = np.append(0.0, np.cumsum(weights[order]))
    above, upto = (reached[np.searchsorted(-values[order], -worth, side=side)] for side in ("left", "right"))
    own = np.where(worth == values, weights, 0.0)
    rank: Floats = above + np.maximum(upto - above - own, 0.0) / 2 + np.where(own > 0, (own + 1) / 2, 1.0)
    return rank
