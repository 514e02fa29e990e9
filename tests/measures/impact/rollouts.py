"""Companies that cared for some customers or teams earlier than for others, with the effect known."""

import numpy as np
import polars as pl

MONTHS = np.arange(1, 25)
STARTS = np.array([9, 13, 17])
EFFECTS = np.array([0.06, 0.04, 0.03])
NEVER = 99

COLUMNS = ("customer", "month", "bought", "start")


def true_effect(scale: float = 1.0) -> float:
    """On average over the months since the start, the cohorts being of equal size."""
    since = STARTS[:, None] <= MONTHS
    return float(_ramp(STARTS, scale * EFFECTS).sum() / since.sum())


def selected_by_level(rng: np.random.Generator, scale: float = 1.0, customers: int = 4000) -> pl.DataFrame:
    """Scenario A: the happy buy more and are cared for less often; all move alike."""
    happy = np.arange(customers) < customers / 2
    start, size = _starts(rng, rng.random(customers) >= np.where(happy, 0.70, 0.20), scale)
    share = np.where(happy, 0.50, 0.36) + rng.normal(0, 0.05, customers)
    return _months(rng, share[:, None] - 0.006 * MONTHS + _ramp(start, size), start, satisfaction=happy)


def drifting_by_satisfaction(
    rng: np.random.Generator, scale: float = 1.0, customers: int = 4000
) -> pl.DataFrame:
    """Scenario B: the unhappy are cared for more often, and leave faster whatever is done."""
    satisfaction = rng.integers(1, 6, customers)
    start, size = _starts(rng, rng.random(customers) < 0.75 - 0.15 * (satisfaction - 1), scale)
    drift = np.interp(satisfaction, [1, 5], [-0.0105, -0.0010])
    share = 0.50 + rng.normal(0, 0.05, customers)
    return _months(
        rng, share[:, None] + drift[:, None] * MONTHS + _ramp(start, size), start, satisfaction=satisfaction
    )


def in_teams(
    rng: np.random.Generator, teams: int = 30, starting: int = 15, effect: float = 0.05
) -> pl.DataFrame:
    """Teams of unequal size that start as a whole; what else happens to a team lasts, and its customers share it."""
    start = np.full(teams, NEVER)
    start[rng.permutation(teams)[:starting]] = STARTS[np.arange(starting) % 3]
    shock = np.empty((teams, len(MONTHS)))
    new = rng.normal(0, 0.04, shock.shape)
    shock[:, 0] = new[:, 0]
    for month in range(1, len(MONTHS)):
        shock[:, month] = 0.6 * shock[:, month - 1] + 0.8 * new[:, month]
    share = 0.45 + rng.normal(0, 0.06, teams)[:, None] - 0.004 * MONTHS + shock
    share += effect * (start[:, None] <= MONTHS)
    team = np.repeat(np.arange(teams), rng.integers(30, 90, teams))
    return _months(rng, share[team], start[team], team=team)


def _starts(rng: np.random.Generator, treated: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    cohort = rng.integers(0, len(STARTS), len(treated))
    return np.where(treated, STARTS[cohort], NEVER), scale * EFFECTS[cohort]


def _ramp(start: np.ndarray, size: np.ndarray) -> np.ndarray:
    """The effect, reached in five months."""
    return size[:, None] * np.clip((MONTHS - start[:, None] + 1) / 5, 0, 1)


def _months(
    rng: np.random.Generator, share: np.ndarray, start: np.ndarray, **of_customer: np.ndarray
) -> pl.DataFrame:
    """One row per customer and month, with the season."""
    share = share + 0.02 * np.sin(2 * np.pi * MONTHS / 12)
    customers, months = share.shape
    return pl.DataFrame(
        {
            "customer": np.repeat(np.arange(customers), months),
            "month": np.tile(MONTHS, customers),
            "bought": (rng.random(share.shape) < share).astype(float).ravel(),
            "start": np.repeat(start, months),
            **{name: np.repeat(values, months) for name, values in of_customer.items()},
        }
    ).with_columns(pl.col("start").replace(NEVER, None))
