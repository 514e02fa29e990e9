"""A voucher for regular customers, drawn by lot: it changes nothing they do, and gives margin away.

Everybody drawn may take 15 % off each order for half a year. Most do; nobody orders more, or more often.
"""

from datetime import date

import numpy as np
import polars as pl

from sample_data.clock import DAY, HOUR, draw, epoch, to_utc

DRAWN_ON = date(2026, 4, 20)
REGULAR_ORDERS = 2
HORIZON_DAYS = 180
DISCOUNT_SHARE = 0.15
REDEEMED_SHARE = 0.95
CODE = "DANKE15"
SPENT = {0: "spent least", 1: "spent more", 2: "spent most"}


def lot(seed: int, orders: pl.DataFrame) -> pl.DataFrame:
    """Half of those with REGULAR_ORDERS or more by the day of the draw, in blocks of four inside strata.

    Returns:
        customer, arm, stratum (how often they had ordered, and which third of what was spent), assigned_at (UTC
        seconds).
    """
    rng = draw(seed, "voucher draw")
    at = to_utc(np.array([epoch(DRAWN_ON) + 6 * HOUR + 1800]))[0]
    before = orders.filter(pl.col("ordered_at") < at).group_by("customer")
    often = before.agg(n=pl.len(), spent=pl.col("amount").sum()).sort("customer")
    regular = often.filter(pl.col("n") >= REGULAR_ORDERS)
    third = (pl.col("spent").rank("ordinal") - 1) * 3 // pl.len()
    stratum = (
        pl.when(pl.col("n") > REGULAR_ORDERS).then(pl.lit("3 orders or more")).otherwise(pl.lit("2 orders"))
    )
    eligible = regular.select(
        "customer",
        stratum=stratum + " · " + third.replace_strict(SPENT, return_dtype=pl.String),
        ticket=pl.Series(rng.random(regular.height)),
    )
    block = pl.int_range(pl.len()).over("stratum") // 4
    drawn = eligible.select(pl.col("ticket").rank("ordinal").over("stratum", block) <= 2).to_series()
    return eligible.select(
        "customer",
        "stratum",
        arm=pl.Series(["control", "treated"]).gather(drawn.cast(pl.Int64)),
        assigned_at=pl.lit(at, dtype=pl.Int64),
    )


def redeemed(seed: int, orders: pl.DataFrame, drawn: pl.DataFrame) -> pl.DataFrame:
    """The orders with `discount_share`: DISCOUNT_SHARE of the list price where the voucher was used, else 0."""
    used = pl.Series(draw(seed, "voucher used").random(orders.height) < REDEEMED_SHARE)
    valid_from = drawn.filter(pl.col("arm") == "treated").select("customer", valid_from="assigned_at")
    known = orders.join(valid_from, on="customer", how="left", maintain_order="left")
    since = pl.col("ordered_at") - pl.col("valid_from")
    applies = since.is_between(1, HORIZON_DAYS * DAY).fill_null(False) & used
    return known.select(*orders.columns, discount_share=pl.when(applies).then(DISCOUNT_SHARE).otherwise(0.0))
