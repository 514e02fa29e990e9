"""What a customer is in with us for a while: a reminder, hardship, a complaint, a mailing, a promise of ours.

The list says that, and until when; never why.
"""

from datetime import date

import numpy as np
import polars as pl

from sample_data.clock import DAY, NEVER, Clock, draw, epoch, text
from sample_data.vendors.careful import TIMES

SHARES = {"dunning": 0.020, "hardship": 0.004, "complaint": 0.015}
LASTS_DAYS = {"dunning": 38, "hardship": 150, "complaint": 16}
SINCE_DAYS = 300
STILL_OPEN_SHARE = 0.15
MAILED_ON = (date(2026, 3, 10), date(2026, 9, 15), date(2026, 11, 12))
MAILED_SHARE, MAILED_DAYS = 0.12, 10
PROMISED_SHARE, PROMISED_WITHIN_DAYS = 0.005, 60
END_IS_KNOWN = ("marketing_send", "promise")


def states(seed: int, people: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    """customer, state, from_at, until_at (UTC seconds; NEVER = open), in order of from_at."""
    rng = draw(seed, "contact states")
    ends = clock.cuts[-1]
    parts = []
    for state, share in SHARES.items():
        n = max(round(share * people.height), 3)
        who = rng.choice(people.height, n, replace=False)
        begins = ends - rng.integers(1, SINCE_DAYS * DAY, n)
        over = begins + (rng.exponential(LASTS_DAYS[state], n) * DAY).astype(np.int64) + DAY
        stays = rng.random(n) < STILL_OPEN_SHARE
        parts.append((who, [state] * n, begins, np.where(stays | (over >= ends), NEVER, over)))
    for day in MAILED_ON:
        mailed = np.flatnonzero(
            (rng.random(people.height) < MAILED_SHARE) & ~people["is_unsubscribed"].to_numpy()
        )
        at = np.full(len(mailed), epoch(day) + 8 * 3_600)
        parts.append((mailed, ["marketing_send"] * len(mailed), at, at + MAILED_DAYS * DAY))
    promised = rng.choice(people.height, max(round(PROMISED_SHARE * people.height), 3), replace=False)
    at = ends - rng.integers(DAY, PROMISED_WITHIN_DAYS * DAY, len(promised))
    due = at + rng.integers(3, 15, len(promised)) * DAY
    parts.append((promised, ["promise"] * len(promised), at, due))
    frame = pl.concat(
        [
            pl.DataFrame({"customer": who, "state": state, "from_at": begins, "until_at": over})
            for who, state, begins, over in parts
        ]
    )
    joined = people["joined_at"].gather(frame["customer"])
    return frame.filter((pl.col("from_at") > joined) & (pl.col("from_at") < ends)).sort(
        "from_at", "customer", "state"
    )


def rows(known: pl.DataFrame, people: pl.DataFrame, cut: int, since: int) -> pl.DataFrame:
    """States that began, or ended, after `since`, as they stood at `cut`; some ends are known from the start."""
    planned = pl.col("state").is_in(END_IS_KNOWN)
    ended = pl.when(planned | (pl.col("until_at") < cut)).then("until_at").otherwise(pl.lit(NEVER))
    seen = known.filter(pl.col("from_at") < cut).with_columns(until_at=ended)
    seen = seen.filter(
        (pl.col("from_at") >= since)
        | (~planned & (pl.col("until_at") >= since) & (pl.col("until_at") < NEVER))
    )
    return pl.DataFrame(
        {
            "customer_kind": pl.Series(["customer_id"] * seen.height, dtype=pl.String),
            "customer_id": people["customer_number"].gather(seen["customer"]),
            "state": seen["state"],
            "from_at": text(seen["from_at"].to_numpy(), TIMES),
            "until_at": text(seen["until_at"].to_numpy(), TIMES),
        }
    )
