"""What people say against what they do: what the build tells, and keeps to itself."""

from decimal import Decimal

import polars as pl
import pytest

from pipelines.nodes import behaviour

CAME_BACK = pl.DataFrame(
    [("emotion", "low", 180, 40, 10), ("emotion", "high", 180, 100, 60)],
    schema=["item", "level", "horizon_days", "customers", "came_back"],
    orient="row",
)
BUCKETS = pl.DataFrame(
    [(bucket, 10, 2, 1, 5, 2) for bucket in range(200)],
    schema=["bucket", "asked", "bad", "bad_cut", "good", "good_cut"],
    orient="row",
)
SALES = pl.DataFrame({"currency": ["EUR"], "sales_amount": [Decimal("100000.0000")]})


def made(buckets: pl.DataFrame = BUCKETS, sales: pl.DataFrame = SALES) -> dict[str, pl.DataFrame]:
    return behaviour.MEASURE.compute(
        {"came_back_cell": CAME_BACK, "spend_bucket": buckets, "sales_year": sales}
    )


def test_each_level_has_its_share_with_its_range():
    high, low = made()["intent_behaviour"].to_dicts()
    assert (high["level"], high["share"], low["share"]) == ("high", 0.6, 0.25)
    assert low["share_low"] < 0.25 < low["share_high"] < high["share_low"]


def test_the_share_at_risk_is_told_of_a_years_sales_and_beside_it_what_would_not_have_gone_anyway():
    (row,) = made()["sales_at_risk"].to_dicts()
    assert (row["basis"], row["n"], row["currency"]) == ("emotion", 2000, "EUR")
    assert (row["at_risk_share"], row["excess_share"]) == pytest.approx((0.1, 0.02))
    assert (row["at_risk_amount"], row["excess_amount"]) == pytest.approx((10_000, 2_000))


def test_without_known_sales_there_are_shares_and_no_amounts():
    (row,) = made(sales=SALES.clear())["sales_at_risk"].to_dicts()
    assert row["at_risk_share"] == pytest.approx(0.1)
    assert (row["sales_amount"], row["at_risk_amount"], row["currency"]) == (None, None, None)


def test_too_few_have_neither_share_nor_amount():
    (row,) = made(buckets=BUCKETS.head(9))["sales_at_risk"].to_dicts()
    assert row["n"] == 90
    assert (row["bad_share"], row["at_risk_share"], row["at_risk_amount_high"]) == (None, None, None)


def test_nobody_asked_gives_no_row():
    assert made(buckets=BUCKETS.clear())["sales_at_risk"].is_empty()
