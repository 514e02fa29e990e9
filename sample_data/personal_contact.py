"""One contact person for long-standing customers, offered in three waves: who has one orders more, by telephone.

Long-standing customers joined before the online shop opened. Staff offered it to the oldest first, and not to all of
them: how long somebody has been a customer, and nothing about ordering, says who is asked and when.
"""

from datetime import date

import numpy as np
import polars as pl

from sample_data.clock import DAY, HOUR, Clock, draw, epoch, to_utc
from sample_data.purchases import times_of_day

WAVES = (date(2025, 6, 2), date(2025, 10, 6), date(2026, 2, 2))
OFFERED_SHARE = (0.65, 0.30)
"""Of the older half of long-standing customers, of the other half."""
MONTHLY_EFFECT = (0.010, 0.020, 0.030)
"""More of 100 who order in a month, in the first, second and every later month since the offer."""
MINIMUM_AMOUNT = 6.0
FIRST_NTH = 1_000
NOTE_DAYS = 90


def offers(seed: int, people: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    """Long-standing customers who agreed to personal care, and whether and when they were offered a contact person.

    Returns:
        customer, arm, stratum (`wave 1` to `wave 3`, `not offered`), assigned_at (UTC seconds; the first wave's for
        those who were not offered it: the day on which the list was made).
    """
    rng = draw(seed, "contact person")
    old = people.filter((pl.col("joined_at") < epoch(clock.opens_on)) & pl.col("has_care_consent"))[
        "customer"
    ]
    n = len(old)
    older = np.arange(n) < n / 2  # customers are numbered in the order in which they joined
    offered = rng.random(n) < np.where(older, *OFFERED_SHARE)
    turn = np.argsort(np.argsort(np.arange(n) / n + rng.random(n)))  # the older, the sooner, more or less
    wave = 3 * turn // n
    starts = to_utc(np.array([epoch(day) + 7 * HOUR for day in WAVES]))
    return pl.DataFrame(
        {
            "customer": old,
            "arm": pl.Series(["control", "treated"]).gather(offered.astype(int)),
            "stratum": pl.Series([*(f"wave {k}" for k in (1, 2, 3)), "not offered"]).gather(
                np.where(offered, wave, 3)
            ),
            "assigned_at": np.where(offered, starts[wave], starts[0]),
        }
    )


def months_since(clock: Clock, starts: np.ndarray) -> np.ndarray:
    """The months from that of each start on: a row per start, a column per month since January 2025.

    Returns:
        The month's first midnight (naive seconds); -1 where the month was over before the start.
    """
    firsts = np.array([epoch(date(y, m, 1)) for y in (2025, 2026) for m in range(1, 13)])
    firsts = firsts[firsts < epoch(clock.drops[-1])]
    return np.where(firsts[None, :] + 31 * DAY > starts[:, None], firsts[None, :], -1)


def by_telephone(
    seed: int,
    offered: pl.DataFrame,
    orders: pl.DataFrame,
    basket: np.ndarray,
    note: pl.DataFrame,
    clock: Clock,
) -> pl.DataFrame:
    """One order more in some of the months in which somebody with a contact person would have ordered nothing.

    Nobody drawn for the note orders one while the note's effect is measured: that draw shows what it showed.

    Args:
        offered: of `offers`. orders: those that are placed anyway. basket: expected amount by customer.

    Returns:
        customer, nth (from FIRST_NTH), ordered_at, amount, ascending in time.
    """
    rng = draw(seed, "orders by telephone")
    asked = offered.filter(pl.col("arm") == "treated")
    customer, start = asked["customer"].to_numpy(), asked["assigned_at"].to_numpy()
    months = months_since(clock, start)
    person, column = np.nonzero(months >= 0)
    first, nth_month = months[person, column], column - np.argmax(months >= 0, axis=1)[person]
    planted = np.array(MONTHLY_EFFECT)[np.minimum(nth_month, len(MONTHLY_EFFECT) - 1)]

    month_of = pl.from_epoch(pl.col("ordered_at")).dt.truncate("1mo").dt.epoch("s")
    busy = orders.select("customer", month=month_of).unique().with_columns(buys=True)
    each = pl.DataFrame({"customer": customer[person], "month": first}).join(
        busy, on=["customer", "month"], how="left", maintain_order="left"
    )
    buys = each["buys"].fill_null(False).to_numpy()
    chance = planted / (1 - buys.mean())
    at = first + rng.integers(0, 28, len(first)) * DAY + times_of_day(rng, len(first))
    at = to_utc(np.maximum(at, start[person] + 2 * DAY))
    comes = (rng.random(len(first)) < chance) & ~buys & (at < clock.cuts[-1])

    amount = basket[customer[person]] * np.exp(0.45 * rng.standard_normal(len(first)) - 0.1)
    frame = pl.DataFrame(
        {
            "customer": customer[person],
            "nth": FIRST_NTH + np.arange(len(first)),
            "ordered_at": at,
            "amount": np.maximum(amount, MINIMUM_AMOUNT).round(2),
        }
    ).filter(pl.Series(comes))
    measured = note.select("customer", noted_at="assigned_at")
    known = frame.join(measured, on="customer", how="left", maintain_order="left")
    quiet = (pl.col("ordered_at") - pl.col("noted_at")).is_between(0, NOTE_DAYS * DAY).fill_null(False)
    return known.filter(~quiet).select(frame.columns).sort("ordered_at", "customer")
