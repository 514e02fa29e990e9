"""Companies whose true effect is known, and how well a method finds it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl

from pipelines.measures.impact import verdict


class Found(Protocol):
    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Record:
    """Of many runs: shares of ranges that hold the truth and of calls that it works, and the mean error."""

    coverage: float
    works: float
    bias: float
    sd: float
    runs: int

    def is_honest(self) -> bool:
        return 0.91 <= self.coverage <= 0.985 and self.is_unbiased()

    def is_unbiased(self) -> bool:
        return abs(self.bias) <= 3 * self.sd / self.runs**0.5 + 0.001


def record(
    method: Callable[[np.random.Generator], Found], truth: float, runs: int, seed: int, worth: float = 0.0
) -> Record:
    rng = np.random.default_rng(seed)
    found = [method(rng) for _ in range(runs)]
    estimates = np.array([each.estimate for each in found])
    return Record(
        coverage=float(np.mean([each.low <= truth <= each.high for each in found])),
        works=float(
            np.mean([verdict(each.estimate, each.low, each.high, worth) == "works" for each in found])
        ),
        bias=float(estimates.mean() - truth),
        sd=float(estimates.std(ddof=1)),
        runs=runs,
    )


def complaints(rng: np.random.Generator, effect: float, customers: int = 1500) -> pl.DataFrame:
    """Incidents of a year. Whoever has a bad month complains; the worse, the likelier is a call; most recover unaided.

    One row per complaint: customer, month, severity, value_band, called, felt (that month), felt_later.
    """
    mood = rng.normal(0, 1, customers)
    value_band = (mood + rng.normal(0, 1, customers) > 0).astype(int)
    months = np.arange(12)
    market = 0.3 * np.sin(months) - 0.05 * months
    felt = mood[:, None] + market + rng.normal(0, 1, (customers, 12))
    who, month = np.nonzero(felt < -1.6)
    dip = felt[who, month]
    severity = np.digitize(dip, [-2.6, -2.0])
    called = rng.random(len(who)) < np.array([0.7, 0.5, 0.3])[severity] * np.where(month < 6, 0.8, 1.0)
    felt_later = mood[who] + market[month] + effect * called + rng.normal(0, 1, len(who))
    return pl.DataFrame(
        {
            "customer": who,
            "month": month,
            "severity": severity,
            "value_band": value_band[who],
            "called": called,
            "felt": dip,
            "felt_later": felt_later,
        }
    )


def gifts(rng: np.random.Generator, effect: float, n: int = 2000) -> pl.DataFrame:
    """A gift drawn by lot: 7 in 10 of those drawn take it, and who takes it buys more anyway. drawn, took, margin."""
    drawn = rng.permutation(np.arange(n) < n // 2)
    takes = rng.random(n) < 0.7
    took = drawn & takes
    return pl.DataFrame(
        {"drawn": drawn, "took": took, "margin": 5 + 2 * takes + effect * took + rng.normal(0, 4, n)}
    )


def regions(rng: np.random.Generator, effect: float, treated: int = 2, others: int = 30) -> pl.DataFrame:
    """A launch in some regions, those that shared waves move most with. region, month, rate, start."""
    months, start = 30, 22
    units = treated + others
    waves = 1.4 * lasting(rng, months, 2, 0.7)
    pull = rng.uniform(0, 1, (units, 2))
    pull[:treated] = rng.uniform(0.5, 1, (treated, 2))
    rate = 40 + rng.normal(0, 3, (units, 1)) + pull @ waves.T + rng.normal(0, 1, (units, months))
    rate[:treated, start:] += effect
    return pl.DataFrame(
        {
            "region": np.repeat(np.arange(units), months),
            "month": np.tile(np.arange(months), units),
            "rate": rate.ravel(),
            "start": pl.Series([start] * (treated * months) + [None] * (others * months), dtype=pl.Int64),
        }
    )


def company(rng: np.random.Generator, effect: float, before: int = 60, after: int = 20) -> pl.DataFrame:
    """A launch for everybody: week, answered, and outside figures f0 ... f14 that share its waves and its season.

    What each has of its own lasts a little, too.
    """
    weeks = before + after
    waves = 1.7 * lasting(rng, weeks, 2, 0.8)
    season = 2 * np.sin(2 * np.pi * np.arange(weeks) / 12)
    pull, seasonal = rng.uniform(0.3, 1.7, (15, 2)), rng.uniform(0.5, 1.5, 15)
    own = 0.7 * lasting(rng, weeks, 16, 0.2)
    figures = 50 + waves @ pull.T + season[:, None] * seasonal + own[:, :15]
    answered = 60 + waves @ pull[:5].mean(axis=0) + season * seasonal[:5].mean() + own[:, 15]
    answered[before:] += effect
    columns = {f"f{number}": figures[:, number] for number in range(15)}
    return pl.DataFrame({"week": np.arange(weeks), "answered": answered, **columns})


def lasting(rng: np.random.Generator, periods: int, series: int, share: float) -> np.ndarray:
    """Noise of variance 1 of which a share lasts from one period to the next; periods × series."""
    noise = rng.normal(0, 1, (periods, series))
    for period in range(1, periods):
        noise[period] = share * noise[period - 1] + (1 - share**2) ** 0.5 * noise[period]
    return noise
