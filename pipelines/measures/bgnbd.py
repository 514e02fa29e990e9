"""How often customers will buy again, from how often and how lately they did: the BG/NBD model.

While a customer is with us, purchases come at random at a rate of her own (gamma over customers); after each purchase
she may leave for good, with a chance of her own (beta over customers). For business without contracts.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import betaincinv, digamma, expit, gammaln, hyp2f1

from pipelines.measures.maximum_likelihood import Fitted, Floats, maximise, weighted

_LONGEST = 40.0
_STARTS = ((-1.0, 2.0, 0.0, 1.0), (0.0, 2.0, -1.0, 1.0), (-1.0, 1.0, -2.0, 0.0), (1.0, 3.0, 1.0, 3.0))
_NEAR_ONE = 1e-4
_RAREST = 1e-9
_ALIKE = 100.0  # from an a or r of this on customers hardly differ, and the closed form cancels or overflows
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)


@dataclass(frozen=True)
class BetaGeometric(Fitted):
    """A fitted BG/NBD model; times are in the unit of the summary it was fitted to."""

    NAMES = ("r", "alpha", "a", "b")
    r: float
    alpha: float
    a: float
    b: float

    def probability_alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Floats:
        """The chance that a customer is still one; 1 where x = 0, which is a property of the model, not knowledge.

        Args:
            x: purchases after the first.
            t_x: time from the first to the last purchase.
            T: time from the first purchase to the end of the data.

        Source: Fader, Hardie and Lee (2008), Computing P(alive) using the BG/NBD model.
        """
        x, t_x, T = (np.asarray(each, dtype=float) for each in (x, t_x, T))
        with np.errstate(divide="ignore"):
            odds = np.log(self.b + np.maximum(x, 1) - 1) - np.log(self.a)
            odds -= (self.r + x) * (np.log(self.alpha + T) - np.log(self.alpha + t_x))
        return np.where(x > 0, expit(odds), 1.0)

    def expected_purchases(self, t: float, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Floats:
        """How many purchases of a customer are expected in the time `t` to come.

        Args:
            t: a length of time, 0 or more.
            x, t_x, T: as for `probability_alive`.

        Source: Fader, Hardie and Lee (2005), Marketing Science 24, 275-284, equation 10, with Euler's transform of
            the hypergeometric function, which neither overflows nor cancels for frequent buyers. Where customers hardly
            differ, as the fit of a small company often has it, the mean over the chance of leaving by quadrature.
        """
        x, T = np.asarray(x, dtype=float), np.asarray(T, dtype=float)
        return self.while_alive(t, x, T) * self.probability_alive(x, t_x, T)

    def expected_purchases_new(self, t: npt.ArrayLike) -> Floats:
        """How many purchases after the first are expected of a new customer in the time `t`."""
        t = np.asarray(t, dtype=float)
        return self.while_alive(t, np.zeros_like(t), np.zeros_like(t))

    def while_alive(self, t: npt.ArrayLike, x: Floats, T: Floats) -> Floats:
        """`expected_purchases` of somebody known to be a customer still."""
        if abs(self.a - 1) < _NEAR_ONE:  # 0 / 0 at a = 1: the middle of both sides
            sides = (replace(self, a=1 + 2 * sign * _NEAR_ONE) for sign in (-1, 1))
            return np.mean([side.while_alive(t, x, T) for side in sides], axis=0)
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        t = np.asarray(t, dtype=float)
        if max(a, r) > _ALIKE:
            return self._mean_over_leaving(t, x, T)
        passing = t / (alpha + T + t)
        with np.errstate(all="ignore"):
            still = (1 - passing) ** (a - 1) * hyp2f1(a + b - 1 - r, a - 1, a + b + x - 1, passing)
            expected: Floats = (a + b + x - 1) / (a - 1) * (1 - still)
        possible = (expected >= 0) & (expected <= (r + x) * t / (alpha + T) * (1 + _NEAR_ONE))
        return expected if possible.all() else np.where(possible, expected, self._mean_over_leaving(t, x, T))

    def _mean_over_leaving(self, t: Floats, x: Floats, T: Floats) -> Floats:
        """`while_alive` as the mean of (1 - (1 + p t / (alpha + T))^-(r + x)) / p over p from beta(a, b + x)."""
        often, which = np.unique(x, return_inverse=True)
        in_all = np.zeros(np.broadcast(t, x, T).shape)
        for node, weight in zip((_NODES + 1) / 2, _WEIGHTS / 2, strict=True):
            p = np.maximum(betaincinv(self.a, self.b + often, node), _RAREST)[which].reshape(x.shape)
            in_all -= weight * np.expm1(-(self.r + x) * np.log1p(p * t / (self.alpha + T))) / p
        return in_all

    def future(self, t: float, x: Floats, t_x: Floats, T: Floats, rng: np.random.Generator) -> Floats:
        """One future of each customer: how many purchases she makes in the time `t` to come.

        Args:
            t: a length of time, 0 or more.
            x, t_x, T: as for `probability_alive`.
            rng: the chance.

        Source: the posterior of a customer's rate and chance of leaving, given that she is alive, is gamma(r + x,
            alpha + T) and beta(a, b + x): Fader, Hardie and Lee (2005), appendix.
        """
        rate = rng.gamma(self.r + x, 1 / (self.alpha + T))
        leaving = np.clip(rng.beta(self.a, self.b + x), _RAREST, 1.0)
        bought = np.minimum(rng.poisson(rate * t), rng.geometric(leaving))
        return np.where(rng.random(x.shape) < self.probability_alive(x, t_x, T), bought, 0).astype(float)

    def rhythm(self, t: float, x: Floats, T: Floats, rng: np.random.Generator) -> Floats:
        """What each customer may truly be like, if she is still there: the purchases to expect in the time `t` to come.

        One draw of her rate and her chance of leaving, as for `future`, without the chance of when she happens to buy.
        """
        rate = rng.gamma(self.r + x, 1 / (self.alpha + T))
        leaving = np.clip(rng.beta(self.a, self.b + x), _RAREST, 1.0)
        expected: Floats = -np.expm1(-rate * leaving * t) / leaving
        return expected


def fit(summary: pl.DataFrame) -> BetaGeometric:
    """The parameters under which these purchases are most likely.

    Args:
        summary: one row per customer, or per distinct row with its `count`: `x` (purchases after the first, one a
            day at most), `t_x` (time from the first to the last), `T` (time from the first to the end of the data).

    Returns:
        A `BetaGeometric`; ask `converged` before using it. Raw and counted rows give the same, to the last bit.

    Raises:
        ValueError: a column is missing, holds nulls, or 0 <= t_x <= T does not hold; nobody bought twice.

    Source: Fader and Hardie (2013), Overcoming the BG/NBD model's #NUM! error problem (note 027): the likelihood in
        logs, so that nothing overflows. Time is rescaled to a longest T of 40 before the search.
    """
    rows = _checked(summary)
    x, t_x, T, count = (rows[name].to_numpy() for name in ("x", "t_x", "T", "count"))
    scale = _LONGEST / T.max()
    n = count.sum()
    objective = _Likelihood(x, t_x * scale, T * scale, count)
    best = maximise(objective, n, _STARTS)
    r, alpha, a, b = np.exp(best.logs)
    # A stretch of time multiplies the density of every repeat purchase.
    log_likelihood = best.log_likelihood + float(count @ x) * np.log(scale)
    return BetaGeometric(
        float(r), float(alpha / scale), float(a), float(b), log_likelihood=float(log_likelihood),
        gradient_norm=best.gradient_norm, converged=best.converged, covariance=best.covariance, customers=float(n),
    )  # fmt: skip


class _Likelihood:
    """Mean log-likelihood and gradient; what depends on one column alone is worked out once per distinct value."""

    def __init__(self, x: Floats, t_x: Floats, T: Floats, count: Floats) -> None:
        weight = count / count.sum()
        self.xs, self.x = np.unique(x, return_inverse=True)
        self.weights = np.bincount(self.x, weights=weight)
        self.Ts, place = np.unique(T, return_inverse=True)
        self.weights_by_T = np.bincount(place, weights=weight)
        self.purchases_by_T = np.bincount(place, weights=weight * x)
        again = x > 0
        self.again, self.x, self.T, self.repeats = weight[again], self.x[again], place[again], x[again]
        self.ts, self.t_x = np.unique(t_x[again], return_inverse=True)

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        r, alpha, a, b = np.exp(logs)
        xs, weights = self.xs, self.weights
        together = digamma(a + b) - digamma(a + b + xs)
        log_T, log_t = np.log(alpha + self.Ts), np.log(alpha + self.ts)
        lasting = self.purchases_by_T + r * self.weights_by_T  # (r + x) summed per T
        since_last = log_T[self.T] - log_t[self.t_x]
        least = b + np.maximum(xs, 1) - 1
        odds = (logs[2] - np.log(least))[self.x] + (r + self.repeats) * since_last
        tail = np.exp(-np.abs(odds))
        left = self.again * np.where(odds > 0, 1.0, tail) / (1 + tail)
        value = weights @ (
            gammaln(r + xs) - gammaln(r) + r * logs[1]
            + gammaln(a + b) + gammaln(b + xs) - gammaln(b) - gammaln(a + b + xs)
        )  # fmt: skip
        value += weighted(self.again, np.maximum(odds, 0) + np.log1p(tail)) - lasting @ log_T
        shift = 1 / (alpha + self.ts)[self.t_x] - 1 / (alpha + self.Ts)[self.T]
        slopes = np.array(
            [
                weights @ (digamma(r + xs) - digamma(r))
                + logs[1]
                - self.weights_by_T @ log_T
                + weighted(left, since_last),
                r / alpha - lasting @ (1 / (alpha + self.Ts)) - weighted(left, (r + self.repeats) * shift),
                weights @ together + left.sum() / a,
                weights @ (together + digamma(b + xs) - digamma(b)) - weighted(left, (1 / least)[self.x]),
            ]
        )
        return float(value), slopes * np.exp(logs)


def _checked(summary: pl.DataFrame) -> pl.DataFrame:
    """The distinct rows with their count, in a fixed order."""
    missing = [name for name in ("x", "t_x", "T") if name not in summary.columns]
    if missing:
        raise ValueError(f"a summary needs the columns x, t_x and T, missing: {missing}")
    count = pl.col("count") if "count" in summary.columns else pl.lit(1)
    rows = summary.select(
        *(pl.col(name).cast(pl.Float64) for name in ("x", "t_x", "T")), count.cast(pl.Float64).alias("count")
    )
    if any(rows.null_count().row(0)):
        raise ValueError("a summary must not hold nulls: every customer has a first purchase")
    wrong = rows.filter(
        (pl.col("x") < 0) | (pl.col("t_x") < 0) | (pl.col("t_x") > pl.col("T")) | (pl.col("count") < 0)
    ).height
    if wrong:
        raise ValueError(f"expected x >= 0 and 0 <= t_x <= T, found {wrong} row(s) that do not hold to it")
    rows = rows.filter(pl.col("count") > 0)
    if rows.filter(pl.col("x") > 0).is_empty():
        raise ValueError("nobody bought twice: how often people come back can not be told")
    return rows.group_by("x", "t_x", "T").agg(pl.col("count").sum()).sort("x", "t_x", "T")
