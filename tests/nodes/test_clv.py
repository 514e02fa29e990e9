"""What the build tells of customers' future value: from counts to one row per customer, group and check."""

import numpy as np
import polars as pl
import pytest

from pipelines.measures import clv as measure
from pipelines.measures.bgnbd import BetaGeometric
from pipelines.nodes import care_equity, clv

TRUTH = BetaGeometric(0.9, 10.0, 0.7, 2.5)
TERMS = {
    "horizon_days": 365,
    "discount_rate": 0.1,
    "margin_share": 0.45,
    "has_contracts": False,
    "minimum_n": 10,
}
BEFORE_DAYS, PERIOD_DAYS = 546, 182
ALL_DAYS = BEFORE_DAYS + PERIOD_DAYS


def people(seed: int, n: int = 3000) -> pl.DataFrame:
    """One row per customer and day with a purchase (day 0 to 727), from a company in which nothing changes."""
    rng = np.random.default_rng(seed)
    began = rng.integers(0, 365, n)
    rate = rng.gamma(TRUTH.r, 1 / TRUTH.alpha, n) / 7
    leaving = rng.beta(TRUTH.a, TRUTH.b, n)
    parts, who, at = [(np.arange(n), began)], np.arange(n), began.astype(float)
    while len(who):
        at = at + rng.exponential(1 / rate[who])
        inside = at < ALL_DAYS
        who, at = who[inside], at[inside]
        parts.append((who, np.floor(at).astype(int)))
        stays = rng.random(len(who)) >= leaving[who]
        who, at = who[stays], at[stays]
    who, day = (np.concatenate(column) for column in zip(*parts, strict=True))
    return pl.DataFrame({"who": who, "day": day}).unique().sort("who", "day")


def rhythm_of(days: pl.DataFrame, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    day = pl.col("day")
    counted = days.group_by("who").agg(
        repeat_days=pl.len() - 1,
        recency_days=day.max() - day.min(),
        age_days=ALL_DAYS - 1 - day.min(),
        priced_days=pl.len(),
    )
    scale = rng.gamma(4.0, 1 / 30.0, counted.height)
    spent = rng.gamma(6.0 * counted["priced_days"].to_numpy()) / scale
    return counted.sort("who").select(
        pl.format("customer-{}", "who").alias("customer_key"),
        *("repeat_days", "recency_days", "age_days", "priced_days"),
        spent_amount=pl.Series(spent),
        margin_amount=pl.Series(spent * 0.45),
        is_left_truncated=pl.col("who") % 10 == 0,
        is_gone=pl.col("who") == 1,
        segment=pl.when(pl.col("who") % 3 == 0).then(pl.lit("Business")).otherwise(pl.lit("Private")),
        rfm_segment=pl.lit("loyal"),
        value_band=pl.when(pl.col("repeat_days") >= 3).then(pl.lit("top")).otherwise(pl.lit("low")),
        spent_365d_amount=pl.Series(spent / 2),
    )


def before_cells(days: pl.DataFrame) -> pl.DataFrame:
    before, after = pl.col("day") < BEFORE_DAYS, pl.col("day") >= BEFORE_DAYS
    in_period = before & (pl.col("day") >= BEFORE_DAYS - PERIOD_DAYS)
    known = (
        days.group_by("who")
        .agg(
            repeat_days=before.sum().cast(pl.Int64) - 1,
            recency_days=pl.col("day").filter(before).max() - pl.col("day").min(),
            age_days=BEFORE_DAYS - 1 - pl.col("day").min(),
            bought_before=in_period.sum(),
            bought_after=after.sum().cast(pl.Int64),
        )
        .filter(pl.col("repeat_days") >= 0)
        .sort(["bought_before", "age_days", "who"], descending=[True, True, False])
    )
    top = round(known.filter(pl.col("bought_before") > 0).height / 10)
    return (
        known.with_row_index("place")
        .with_columns(is_top=pl.col("place") < top)
        .group_by("is_top", "repeat_days", "recency_days", "age_days")
        .agg(
            pl.col("bought_before", "bought_after").sum(),
            customers=pl.len(),
            bought_after_squared=(pl.col("bought_after") ** 2).sum(),
        )
    )


def made(days: pl.DataFrame, **terms: object) -> dict[str, pl.DataFrame]:
    rhythm = rhythm_of(days)
    cells = rhythm.group_by("repeat_days", "recency_days", "age_days").agg(customers=pl.len())
    tenures = rhythm.select(
        "customer_key", tenure_days="age_days", has_left=pl.col("repeat_days") == 0
    ).with_columns(entered_days=pl.lit(0))
    return clv.MEASURE.compute(
        {
            "value_terms": pl.DataFrame([TERMS | terms]),
            "customer_rhythm": rhythm,
            "value_cell": cells,
            "value_before_cell": before_cells(days),
            "value_span": pl.DataFrame({"period_days": [PERIOD_DAYS]}),
            "customer_tenure": tenures,
        }
    )


@pytest.fixture(scope="module")
def company() -> pl.DataFrame:
    return people(1)


@pytest.fixture(scope="module")
def value(company: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return made(company)


def test_one_time_buyers_read_too_early_to_say(value):
    early = value["customer_clv"].filter(pl.col("value_basis") == "too early to say")
    others = value["customer_clv"].filter(pl.col("value_basis") == "orders")
    assert early.height
    for unknown in ("probability_alive", "clv_rank", "rank_low", "rank_high"):
        assert early[unknown].null_count() == early.height
    assert others["probability_alive"].is_between(0, 1).all()
    assert early.height + others.height == value["customer_clv"].height


def test_who_is_gone_has_no_future_value(value):
    assert "customer-1" not in value["customer_clv"]["customer_key"]
    assert value["clv_group"].filter(pl.col("dimension") == "all")["n"].item() == 2999


def test_ranges_hold_their_estimate_and_ranks_their_rank(value):
    rows = value["customer_clv"]
    assert (rows["clv_low"] <= rows["clv"]).all()
    assert (rows["clv"] <= rows["clv_high"]).all()
    ranked = rows.filter(pl.col("value_basis") == "orders").sort(
        "clv", "customer_key", descending=[True, False]
    )
    assert (ranked["rank_low"] <= ranked["clv_rank"]).all()
    assert (ranked["clv_rank"] <= ranked["rank_high"]).all()
    assert ranked["clv_rank"].to_list() == list(range(1, ranked.height + 1))
    assert ranked["rank_high"].max() <= ranked.height


def test_groups_add_up_and_their_range_is_narrower_than_a_customers(value):
    groups, rows = value["clv_group"], value["customer_clv"]
    everyone = groups.filter(pl.col("dimension") == "all").row(0, named=True)
    assert everyone["clv"] == pytest.approx(rows["clv"].mean())
    assert everyone["clv_low"] < everyone["clv"] < everyone["clv_high"]
    assert everyone["clv_high"] - everyone["clv_low"] < 0.3 * everyone["clv"]
    by_segment = groups.filter(pl.col("dimension") == "segment")
    assert (by_segment["n"] * by_segment["clv"]).sum() == pytest.approx(rows["clv"].sum())
    top, low = (groups.filter(pl.col("member") == band)["clv"].item() for band in ("top", "low"))
    assert top > 2 * low


def test_the_fit_tells_its_terms_its_errors_and_who_may_have_been_there_before(value):
    fit = value["clv_fit"].row(0, named=True)
    assert (fit["status"], fit["converged"], fit["basis"]) == ("fitted", True, "orders")
    for name in ("r", "alpha", "a", "b"):
        assert abs(fit[name] - getattr(TRUTH, name)) < 4 * fit[f"{name}_se"] + 0.05 * getattr(TRUTH, name)
    assert fit["left_truncated_share"] == pytest.approx(0.1)
    assert (fit["horizon_days"], fit["discount_rate"], fit["margin_share"]) == (365, 0.1, 0.45)
    assert fit["kept_share"] == pytest.approx(0.45)
    assert fit["clv_total"] == pytest.approx(value["customer_clv"]["clv"].sum())
    assert abs(fit["spend_correlation"]) < 0.1


def test_without_a_margin_value_is_sales(company, value):
    rhythm = rhythm_of(company).with_columns(margin_amount=pl.lit(None, dtype=pl.Float64))
    model, spend = clv._fits(
        rhythm.group_by("repeat_days", "recency_days", "age_days").agg(customers=pl.len()), rhythm
    )
    assert clv._kept_share(rhythm) is None
    scored = measure.expected_value(model, spend, clv._in_weeks(rhythm), measure.Terms())
    gone = rhythm["is_gone"].to_numpy()
    assert scored["clv"].to_numpy()[~gone].sum() * 0.45 == pytest.approx(value["customer_clv"]["clv"].sum())


def test_what_was_held_out_is_told_by_bucket_and_in_all(company, value):
    fit, buckets = value["clv_fit"].row(0, named=True), value["clv_bucket"]
    seen = company.filter(pl.col("day") >= BEFORE_DAYS).join(
        company.filter(pl.col("day") < BEFORE_DAYS).select("who").unique(), on="who"
    )
    assert fit["holdout_actual"] == seen.height
    assert fit["recalibration_low"] < 1 < fit["recalibration_high"]
    assert buckets["actual"].sum() == seen.height
    assert buckets["predicted"].sum() == pytest.approx(fit["holdout_predicted"])
    assert buckets["recalibrated"].sum() == pytest.approx(seen.height)
    assert buckets["n"].min() >= TERMS["minimum_n"]
    assert 0.1 < fit["top_share_by_count"] <= fit["top_share_by_model"] + 0.03


def test_the_top_cools_down_by_itself_and_nothing_is_left_to_explain(value):
    row = value["top_cooled_sum"].row(0, named=True)
    assert row["bought_after"] < 0.8 * row["bought_before"]
    assert row["rest_low"] < 0 < row["rest_high"]
    assert row["expected_after_low"] < row["expected_after"] < row["expected_after_high"]


def test_a_real_cooling_of_the_top_is_seen(company):
    before = before_cells(company)
    halved = before.with_columns(
        bought_after=pl.when("is_top").then(pl.col("bought_after") // 2).otherwise("bought_after")
    )
    cells = clv._in_weeks(halved).with_columns(
        count=pl.col("customers"),
        bought=pl.col("bought_after"),
        bought_squared=pl.col("bought_after_squared"),
    )
    top, others = (cells.filter(who).sort("x", "t_x", "T") for who in (pl.col("is_top"), ~pl.col("is_top")))
    row = clv._cooled(top, others, measure.fit(cells), PERIOD_DAYS / 7)
    assert row["rest_high"] < 0


def test_the_same_data_give_the_same_ranges(company, value):
    again = made(company)
    for name, frame in value.items():
        assert frame.equals(again[name]), name


def test_of_few_customers_nothing_is_reckoned(company):
    few = made(company.filter(pl.col("who") < 100))
    fit = few["clv_fit"].row(0, named=True)
    assert (fit["status"], fit["customers"], fit["r"], fit["clv_total"]) == (
        "too few customers",
        100,
        None,
        None,
    )
    assert few["customer_clv"].is_empty()
    assert few["customer_clv"].schema == made(company.head(0))["customer_clv"].schema


def test_of_nobody_there_is_no_row(company):
    nobody = made(company.head(0))
    assert all(frame.is_empty() for frame in nobody.values())


def test_a_large_company_is_simulated_in_part_and_stands_for_all(company, value, monkeypatch):
    monkeypatch.setattr(clv, "SIMULATED", 600)
    part, whole = (
        tables["customer_clv"].sort("clv", "customer_key", descending=[True, False])
        for tables in (made(company), value)
    )
    assert part["clv"].equals(whole["clv"])
    assert part["clv_low"].head(600).null_count() == 0
    assert 0 < part["clv_low"].null_count() < part.height - 1100
    share = (part["rank_low"].head(50) / whole["rank_low"].head(50)).mean()
    assert share == pytest.approx(1, abs=0.3)


def test_under_contract_value_goes_by_how_long_customers_stay(company):
    kept = made(company, has_contracts=True)
    rows, fit = kept["customer_clv"], kept["clv_fit"].row(0, named=True)
    assert (fit["basis"], fit["status"], fit["r"]) == ("contract", "fitted", None)
    assert set(rows["value_basis"]) == {"contract"}
    assert rows["probability_alive"].null_count() == rows.height
    yearly = rhythm_of(company).select("customer_key", most=pl.col("spent_365d_amount") * 0.45)
    assert (rows.join(yearly, on="customer_key").select(pl.col("clv") <= pl.col("most"))["clv"]).all()
    everyone = kept["clv_group"].filter(pl.col("dimension") == "all").row(0, named=True)
    assert everyone["clv_low"] < everyone["clv"] < everyone["clv_high"]


def test_each_group_has_its_share_of_care_with_its_range():
    cells = pl.DataFrame(
        [("segment", "Private", 200, 50), ("segment", "Business", 20, 0)],
        schema=["dimension", "member", "customers", "with_care"],
        orient="row",
    )
    business, private = care_equity.MEASURE.compute({"care_cell": cells})["care_equity"].to_dicts()
    assert (private["care_share"], business["care_share"], business["care_share_low"]) == (0.25, 0, 0)
    assert private["care_share_low"] < 0.25 < private["care_share_high"]
    assert business["care_share_high"] == pytest.approx(0.1611, abs=5e-5)
