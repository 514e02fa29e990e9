"""Empathy training, two teams at a time: after it, customers feel understood and listened to more often.

Teams differ from month to month anyway: shocks that last (AR(1)) and that all teams share in part.
"""

from datetime import date

import numpy as np
import polars as pl

from sample_data.clock import DAY, Clock, draw, epoch, to_local

TRAINED_ON = {
    "Limmat": date(2026, 1, 5),
    "Thur": date(2026, 1, 5),
    "Sihl": date(2026, 3, 2),
    "Linth": date(2026, 3, 2),
    "Reuss": date(2026, 5, 4),
    "Inn": date(2026, 5, 4),
    "Aare": date(2026, 7, 6),
    "Doubs": date(2026, 7, 6),
}
TRAINED_ITEMS = ("understood", "listened")
LATENT_EFFECT = 0.25
"""On how much somebody feels understood, and listened to, after a contact with a trained team (standard deviations)."""
TEAM_SHOCK, COMMON_SHOCK, LASTS = 0.06, 0.05, 0.6
AFTER_DAYS = 90


def last_talk(contacts: pl.DataFrame, customer: np.ndarray, at: np.ndarray) -> pl.DataFrame:
    """With which agent each customer last talked in the AFTER_DAYS before a moment, and when (opened_at); -1 = none."""
    talks = contacts.filter((pl.col("agent") >= 0) & (pl.col("customer") >= 0)).select(
        "customer", "agent", "opened_at", at="opened_at"
    )
    moments = pl.DataFrame({"row": np.arange(len(at)), "customer": customer, "at": at}).sort("at")
    found = moments.join_asof(
        talks.sort("at"), on="at", by="customer", strategy="backward", tolerance=AFTER_DAYS * DAY,
        check_sortedness=False,
    )  # fmt: skip
    return found.sort("row").select(pl.col("agent", "opened_at").fill_null(-1))


def shocks(seed: int, teams: int, clock: Clock) -> np.ndarray:
    """How much better or worse each team is heard in each month of the history (teams x months, latent)."""
    rng = draw(seed, "team shocks")
    months = clock.months + 3
    kick = TEAM_SHOCK * rng.standard_normal((teams, months)) + COMMON_SHOCK * rng.standard_normal(months)
    state = np.zeros((teams, months))
    for month in range(months):
        before = state[:, month - 1] if month else 0.0
        state[:, month] = LASTS * before + np.sqrt(1 - LASTS**2) * kick[:, month]
    return state


def heard_better(
    seed: int,
    agent_team: list[str],
    contacts: pl.DataFrame,
    customer: np.ndarray,
    at: np.ndarray,
    clock: Clock,
) -> np.ndarray:
    """What the last talk adds to how understood somebody feels when asked at a moment (standard deviations)."""
    talk = last_talk(contacts, customer, at)
    agent, opened = talk["agent"].to_numpy(), talk["opened_at"].to_numpy()
    teams = list(dict.fromkeys(agent_team))
    team = np.array([teams.index(name) for name in agent_team])[agent]
    trained = np.array([epoch(TRAINED_ON[name]) if name in TRAINED_ON else np.inf for name in teams])
    local = to_local(np.maximum(opened, 0))
    day = pl.from_epoch(pl.Series(local)).dt
    since = (day.year() - clock.opens_on.year) * 12 + day.month() - clock.opens_on.month
    shock = shocks(seed, len(teams), clock)[team, np.clip(since.to_numpy(), 0, clock.months + 2)]
    return np.where(agent >= 0, shock + LATENT_EFFECT * (local >= trained[team]), 0.0)
