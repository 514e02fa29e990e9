"""What customers spend per purchase, from what they spent: the gamma-gamma model.

Around her own mean, each purchase of a customer varies at random (gamma); the means differ between customers (gamma).
The model takes what one spends to have nothing to do with how often one buys: see `spend_correlation`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import digamma, gammaln

from pipelines.measures.maximum_likelihood import Fitted, Floats, maximise, weighted

_STARTS = ((1.5, 1.2, 1.0), (0.0, 1.0, 0.0), (2.5, 2.5, 2.5), (0.0, 3.0, 3.0))


@dataclass(frozen=True)
class GammaGamma(Fitted):
    """A fitted gamma-gamma model; amounts are in the unit of the frame it was fitted to."""

    NAMES = ("p", "q", "v")
    p: float
    q: float
    v: float

    @property
    def mean_spend(self) -> float:
        """Of the population, per purchase; not finite where q <= 1."""
        return self.p * self.v / (self.q - 1) if self.q > 1 else np.inf

    def expected_spend(self, x: npt.ArrayLike, mean_amount: npt.ArrayLike) -> Floats:
        """What a customer is expected to spend per purchase: between her own mean and that of all.

        Args:
            x: how many purchases the mean is over; 0 gives the mean of all.
            mean_amount: what she spent per purchase; anything where x = 0.

        Source: Fader and Hardie (2013), The gamma-gamma model of monetary value (note 025), equation 5.
        """
        x, mean_amount = np.asarray(x, dtype=float), np.asarray(mean_amount, dtype=float)
        spent = np.where(x > 0, x * mean_amount, 0.0)
        return self.p * (self.v + spent) / (self.p * x + self.q - 1)

    def future(self, bought: Floats, x: Floats, spent: Floats, rng: np.random.Generator) -> Floats:
        """One future of each customer: what she spends in so many purchases.

        Args:
            bought: purchases to come, 0 or more.
            x: purchases so far.
            spent: what she spent in them in all.
            rng: the chance.
        """
        inverse_scale = rng.gamma(self.q + self.p * x, 1 / (self.v + spent))
        return np.where(bought > 0, rng.gamma(self.p * np.maximum(bought, 1)), 0.0) / inverse_scale

    def basket(self, x: Floats, spent: Floats, rng: np.random.Generator) -> Floats:
        """What each customer may truly spend on average in a purchase: one draw, as for `future`."""
        return self.p * (self.v + spent) / rng.gamma(self.q + self.p * x)


def fit_spend(frame: pl.DataFrame) -> GammaGamma:
    """The parameters under which these mean amounts are most likely.

    Args:
        frame: one row per customer, or per distinct row with its `count`: `x` (how many purchases the mean is over,
            above 0), `mean_amount` (above 0). Who has neither is left out.

    Returns:
        A `GammaGamma`; ask `converged` before using it.

    Raises:
        ValueError: a column is missing, or nobody is left.

    Source: Fader and Hardie (2013), The gamma-gamma model of monetary value (note 025). Amounts are rescaled to a mean
        of 1 before the search.
    """
    rows = priced(frame)
    x, mean, count = (rows[name].to_numpy() for name in ("x", "mean_amount", "count"))
    n = count.sum()
    scale = float(count @ (x * mean) / (count @ x))
    xs, place = np.unique(x, return_inverse=True)
    weights = np.bincount(place, weights=count) / n
    logs_of_means = np.bincount(place, weights=count * np.log(mean / scale)) / n
    spent, share = x * mean / scale, count / n
    share_of_purchases = share * x

    def objective(logs: Floats) -> tuple[float, Floats]:
        p, q, v = np.exp(logs)
        log_total = np.log(spent + v)
        per_customer, per_purchase = weighted(share, log_total), weighted(share_of_purchases, log_total)
        value = weights @ (gammaln(p * xs + q) - gammaln(p * xs) - gammaln(q) + q * np.log(v))
        value += (p * xs - 1) @ logs_of_means + p * (weights * xs) @ np.log(xs)
        value -= p * per_purchase + q * per_customer
        both = digamma(p * xs + q)
        slopes = np.array(
            [
                (weights * xs) @ (both - digamma(p * xs) + np.log(xs)) + xs @ logs_of_means - per_purchase,
                weights @ (both - digamma(q)) + np.log(v) - per_customer,
                q / v - weighted(p * share_of_purchases + q * share, 1 / (spent + v)),
            ]
        )
        return float(value), slopes * np.exp(logs)

    best = maximise(objective, n, _STARTS)
    p, q, v = np.exp(best.logs)
    return GammaGamma(
        float(p), float(q), float(v * scale), log_likelihood=float(best.log_likelihood - n * np.log(scale)),
        gradient_norm=best.gradient_norm, converged=best.converged, covariance=best.covariance, customers=float(n),
    )  # fmt: skip


def spend_correlation(frame: pl.DataFrame) -> float | None:
    """How far those who buy often spend more, or less, per purchase: Pearson's correlation of x and mean amount.

    Args:
        frame: as for `fit_spend`.

    Returns:
        -1 to 1; None where all buy equally often or spend the same. Beyond ±0.3 the two must not be multiplied blindly.
    """
    x, mean, count = (priced(frame)[name].to_numpy() for name in ("x", "mean_amount", "count"))
    spread = np.cov(x, mean, aweights=count, ddof=0)
    product = spread[0, 0] * spread[1, 1]
    return float(spread[0, 1] / np.sqrt(product)) if product > 0 else None


def priced(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows that tell a mean amount, in a fixed order: x, mean_amount, count.

    Raises:
        ValueError: as for `fit_spend`.
    """
    missing = [name for name in ("x", "mean_amount") if name not in frame.columns]
    if missing:
        raise ValueError(f"spending needs the columns x and mean_amount, missing: {missing}")
    count = pl.col("count") if "count" in frame.columns else pl.lit(1)
    rows = (
        frame.select(
            pl.col("x").cast(pl.Float64), pl.col("mean_amount").cast(pl.Float64), count.cast(pl.Float64).alias("count")
        )
        .filter(pl.col("x") > 0, pl.col("mean_amount") > 0, pl.col("count") > 0)
        .sort("x", "mean_amount")
    )  # fmt: skip
    if rows.is_empty():
        raise ValueError("nobody has a purchase with a known amount above 0")
    return rows
