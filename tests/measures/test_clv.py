"""CDNOW (Fader, Hardie and Lee 2005; the sample of 2,357 customers from the package lifetimes, MIT), known truths."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy.integrate import quad
from scipy.special import hyp2f1

from pipelines.measures import clv
from pipelines.measures.bgnbd import BetaGeometric
from pipelines.measures.clv_check import hold_out

REFERENCE = Path(__file__).parent.parent / "reference"
CALIBRATED_UNTIL = date(1997, 9, 30)
PUBLISHED = BetaGeometric(0.242593, 4.413532, 0.792886, 2.425753)
SUMMARY = pl.read_csv(REFERENCE / "cdnow_summary.csv").rename({"frequency": "x", "recency": "t_x"})
LOG = pl.DataFrame(
    [
        (line[7:11], line[12:20], float(line[24:]))
        for line in (REFERENCE / "cdnow_sample.txt").read_text().splitlines()
    ],
    schema=["customer", "on", "amount"],
    orient="row",
).with_columns(pl.col("on").str.to_date("%Y%m%d"))


@pytest.fixture(scope="module")
def model() -> BetaGeometric:
    return clv.fit(SUMMARY)


@pytest.fixture(scope="module")
def from_log() -> BetaGeometric:
    return clv.fit(clv.summarise(LOG, CALIBRATED_UNTIL))


def per_customer(log: pl.DataFrame, end: date) -> pl.DataFrame:
    days = log.filter(pl.col("on") <= end).unique(["customer", "on"])
    return days.group_by("customer").agg(
        x=pl.len() - 1,
        t_x=(pl.col("on").max() - pl.col("on").min()).dt.total_days() / 7,
        T=(pl.lit(end) - pl.col("on").min()).dt.total_days() / 7,
    )


def test_cdnow_gives_the_published_parameters_errors_and_likelihood(model):
    found = [model.r, model.alpha, model.a, model.b]
    assert found == pytest.approx([0.243, 4.414, 0.793, 2.426], abs=0.001)
    assert found == pytest.approx([0.242593, 4.413532, 0.792886, 2.425753], abs=0.0005)
    assert model.log_likelihood == pytest.approx(-9582.4256, abs=0.0005)
    assert [*model.standard_errors.values()] == pytest.approx([0.0126, 0.378, 0.186, 0.705], rel=0.02)
    assert model.converged
    assert model.gradient_norm < 1e-7


def test_purchases_of_new_customers_are_those_of_hardies_sheet(model):
    t = np.array([0.1429, 1, 3, 31.8571, 32, 78])
    expected = [0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.858]
    assert model.expected_purchases_new(t) == pytest.approx(expected, abs=0.0005)


def test_what_is_expected_of_known_customers_is_as_published(model):
    assert model.expected_purchases(39, 2, 30.43, 38.86) == pytest.approx(1.226, abs=0.001)
    assert model.expected_purchases(52, 26, 30.86, 31) == pytest.approx(25.76, abs=0.01)
    assert model.probability_alive(26, 30.86, 31) == pytest.approx(0.9689, abs=0.001)
    assert (model.probability_alive([0, 0], [0, 0], [1, 500]) == 1).all()


def test_the_raw_log_gives_the_published_summary(from_log):
    ours, theirs = per_customer(LOG, CALIBRATED_UNTIL).sort("customer"), SUMMARY.sort("ID")
    assert ours["x"].to_list() == theirs["x"].to_list()
    assert np.abs(ours["t_x"].to_numpy() - theirs["t_x"].to_numpy()).max() <= 0.005
    assert np.abs(ours["T"].to_numpy() - theirs["T"].to_numpy()).max() <= 0.005
    assert from_log.log_likelihood == pytest.approx(-9582.4292, abs=0.0005)


def test_counted_rows_give_the_same_as_raw_ones_to_the_last_bit(from_log):
    raw = clv.fit(per_customer(LOG, CALIBRATED_UNTIL).sample(fraction=1.0, shuffle=True, seed=1))
    assert (raw.r, raw.alpha, raw.a, raw.b) == (from_log.r, from_log.alpha, from_log.a, from_log.b)
    assert raw.log_likelihood == from_log.log_likelihood


def test_another_unit_of_time_changes_alpha_alone(model):
    days = clv.fit(SUMMARY.with_columns(pl.col("t_x", "T") * 7))
    assert [days.r, days.alpha / 7, days.a, days.b] == pytest.approx(
        [model.r, model.alpha, model.a, model.b], rel=1e-5
    )
    assert days.log_likelihood == pytest.approx(
        model.log_likelihood - SUMMARY["x"].sum() * np.log(7), abs=1e-4
    )
    assert days.standard_errors["b"] == pytest.approx(model.standard_errors["b"], rel=1e-4)


def test_spend_is_as_published():
    spending = clv.summarise_spend(LOG, CALIBRATED_UNTIL)
    found = clv.fit_spend(spending)
    assert spending.height == 946
    assert (found.p, found.q, found.v) == pytest.approx((6.25, 3.74, 15.44), abs=0.01)
    assert found.log_likelihood == pytest.approx(-4055.92, abs=0.01)
    assert found.mean_spend == pytest.approx(35.17, abs=0.05)
    assert clv.spend_correlation(spending) == pytest.approx(0.114, abs=0.0005)
    by_hardie = clv.GammaGamma(6.25, 3.74, 15.44).expected_spend(
        [2, 1, 0, 0, 0, 7, 1, 0, 2, 0], [22.35, 11.77, 0, 0, 0, 73.74, 11.77, 0, 25.55, 0]
    )
    assert by_hardie == pytest.approx(
        [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17], abs=0.1
    )


def test_twelve_months_of_cdnow_are_worth_what_lifetimes_says(model):
    spending = clv.summarise_spend(LOG, CALIBRATED_UNTIL).select(
        "mean_amount", ID=pl.col("customer").cast(pl.Int64)
    )
    rows = (
        SUMMARY.join(spending, on="ID", how="left")
        .sort("ID")
        .with_columns(pl.col("mean_amount").fill_null(0))
    )
    purchases = clv.discounted_purchases(model, rows["x"], rows["t_x"], rows["T"], 4.345, 0.01)
    spend = clv.fit_spend(clv.summarise_spend(LOG, CALIBRATED_UNTIL))
    value = purchases * spend.expected_spend(rows["x"], rows["mean_amount"])
    assert value.sum() == pytest.approx(71_509.9, rel=0.005)
    assert value[:3] == pytest.approx([36.278, 4.637, 8.344], rel=0.005)


def test_the_hold_out_of_cdnow_shows_the_known_bias_and_lift(from_log):
    before = per_customer(LOG, CALIBRATED_UNTIL)
    after = (
        LOG.filter(pl.col("on") > CALIBRATED_UNTIL)
        .unique(["customer", "on"])
        .group_by("customer")
        .agg(y=pl.len())
    )
    y = pl.col("y").fill_null(0)
    cells = (
        before.join(after, on="customer", how="left")
        .group_by("x", "t_x", "T")
        .agg(count=pl.len(), bought=y.sum(), bought_squared=(y**2).sum())
    )
    found = hold_out(cells, from_log, 39)
    assert (found.n, found.actual) == (2357, 1882)
    assert found.predicted == pytest.approx(1653.4, abs=1)
    assert found.bias == pytest.approx(-0.12, abs=0.005)
    assert found.recalibration_low < found.recalibration < found.recalibration_high
    assert found.top_share_by_model == pytest.approx(0.470, abs=0.005)
    assert 0.44 <= found.top_share_by_count <= 0.46
    assert found.buckets["n"].sum() == 2357
    assert found.buckets["n"].min() >= 10
    assert found.buckets["recalibrated"].sum() == pytest.approx(1882)
    assert found.buckets.row(0)[:2] == ("0", 1411)


def test_most_of_cdnows_sales_come_from_few():
    spent = LOG.group_by("customer").agg(pl.col("amount").sum()).sort("amount", descending=True)["amount"]
    assert spent[:236].sum() / spent.sum() == pytest.approx(0.508, abs=0.001)
    assert spent[:471].sum() / spent.sum() == pytest.approx(0.674, abs=0.001)


parameters = st.builds(
    BetaGeometric, st.floats(0.1, 5), st.floats(1, 40), st.floats(0.2, 4), st.floats(0.6, 8)
)


@given(
    model=parameters,
    x=st.integers(1, 60),
    T=st.floats(1, 200),
    share=st.floats(0.05, 1),
    t=st.floats(0.1, 100),
)
@settings(max_examples=60)
def test_what_is_expected_never_falls_with_time_and_chances_stay_chances(model, x, T, share, t):
    t_x = share * T
    alive = model.probability_alive(x, t_x, T)
    assert 0 <= alive <= 1
    assert model.probability_alive(x, t_x, T + 1) <= alive
    first, second = (float(model.expected_purchases(length, x, t_x, T)) for length in (t, 2 * t))
    assert -1e-9 <= first <= second * (1 + 1e-9) + 1e-9
    assert second <= 2 * first * (1 + 1e-9) + 1e-9


@given(model=parameters, x=st.integers(0, 12), T=st.floats(5, 60), t=st.floats(1, 60))
@settings(max_examples=40)
def test_eulers_transform_is_the_published_formula(model, x, T, t):
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    assume(abs(a - 1) > 1e-3)
    z = t / (alpha + T + t)
    plain = 1 - ((alpha + T) / (alpha + T + t)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
    assert float(model.while_alive(t, float(x), T)) == pytest.approx(
        (a + b + x - 1) / (a - 1) * plain, rel=1e-6, abs=1e-8
    )


def test_nothing_breaks_where_a_is_one():
    beside = [BetaGeometric(0.8, 6.0, a, 2.0).expected_purchases(52, 3, 20, 30) for a in (0.99, 1.0, 1.01)]
    assert beside[0] > beside[1] > beside[2]
    assert beside[1] == pytest.approx((beside[0] + beside[2]) / 2, rel=1e-3)


def test_where_all_leave_with_one_chance_the_forecast_is_that_of_one_chance():
    x, T, t, q = np.array([0.0, 1, 5, 40]), np.array([5.0, 50, 60, 52]), 52, 0.25
    found = BetaGeometric(0.8, 6.0, 5e4, 1.5e5).while_alive(t, x, T)
    assert found == pytest.approx((1 - ((6 + T) / (6 + T + q * t)) ** (0.8 + x)) / q, rel=1e-3)


@given(
    logs=st.tuples(st.floats(-4, 5), st.floats(-2, 7), st.floats(-3, 6), st.floats(-3, 6)),
    x=st.integers(0, 500),
    t=st.floats(0.1, 600),
)
@settings(max_examples=200)
def test_however_a_fit_ends_nobody_is_expected_less_than_never_or_more_than_her_own_pace(logs, x, t):
    model = BetaGeometric(*(10.0**log for log in logs))
    found = float(model.while_alive(t, np.array([float(x)]), np.array([50.0]))[0])
    assert 0 <= found <= (model.r + x) * t / (model.alpha + 50) * 1.001


def test_frequent_buyers_over_a_long_time_do_not_overflow():
    found = clv.fit(
        pl.DataFrame(
            {"x": [900, 2, 400, 0, 1, 3], "t_x": [99.0, 9, 80, 0, 3, 50], "T": [100.0, 99, 100, 50, 80, 90]}
        )
    )
    assert np.isfinite([found.r, found.alpha, found.a, found.b, found.log_likelihood]).all()
    assert PUBLISHED.probability_alive(5000, 99, 100) == pytest.approx(0, abs=1e-9)
    assert np.isfinite(PUBLISHED.expected_purchases(52, 5000, 100, 100))


def test_the_discount_takes_what_the_integral_takes(model):
    rate = 0.1
    x, t_x, T = 2.0, 30.0, 38.0
    step = 365 / 7 / 12
    ours = float(clv.discounted_purchases(model, x, t_x, T, step, 1.1 ** (1 / 12) - 1))
    yearly = np.log(1 + rate) / (365 / 7)

    def expected(t: float) -> float:
        return float(model.expected_purchases(t, x, t_x, T))

    continuous = np.exp(-yearly * 365 / 7) * expected(365 / 7)
    continuous += yearly * quad(lambda t: np.exp(-yearly * t) * expected(t), 0, 365 / 7)[0]
    assert ours == pytest.approx(continuous * 1.1 ** (-1 / 24), rel=0.002)
    free = clv.discounted_purchases(model, x, t_x, T, step, 0.0)
    assert float(free) == pytest.approx(expected(365 / 7))


TRUE = BetaGeometric(0.9, 10.0, 0.9, 2.5)
SPEND = clv.GammaGamma(6.0, 4.0, 30.0)


def company(seed: int, n: int = 4000, weeks: float = 78.0) -> pl.DataFrame:
    """Customers of a known truth: what they bought in `weeks`, then in 52 more; found one purchase at a time."""
    rng = np.random.default_rng(seed)
    began = rng.uniform(0, 39, n)
    rate, leaving = rng.gamma(TRUE.r, 1 / TRUE.alpha, n), rng.beta(TRUE.a, TRUE.b, n)
    scale = rng.gamma(SPEND.q, 1 / SPEND.v, n)
    x, last, later = np.zeros(n), began.copy(), np.zeros(n)
    at, active, stays = began.copy(), np.ones(n, dtype=bool), np.ones(n, dtype=bool)
    while active.any():
        at = np.where(active, at + rng.exponential(1 / rate), np.inf)
        now, after = at <= weeks, (at > weeks) & (at <= weeks + 52)
        x, last, later = x + now, np.where(now, at, last), later + after
        goes = rng.random(n) < leaving
        stays &= ~(now & goes)
        active &= (at <= weeks + 52) & ~goes
    spent = rng.gamma(SPEND.p * (x + 1)) / scale
    return pl.DataFrame(
        {
            "x": x, "t_x": last - began, "T": weeks - began, "priced_days": x + 1, "spent_amount": spent,
            "later": later,
            "worth": stays * -np.expm1(-52 * rate * leaving) / leaving * SPEND.p / scale,
            "later_amount": np.where(later > 0, rng.gamma(SPEND.p * np.maximum(later, 1)) / scale, 0.0),
        }
    )  # fmt: skip


def spending(people: pl.DataFrame) -> pl.DataFrame:
    return people.select(x="priced_days", mean_amount=pl.col("spent_amount") / pl.col("priced_days"))


def test_the_truth_of_a_simulated_company_is_found():
    people = company(7, 8000)
    model, spend = clv.fit(people), clv.fit_spend(spending(people))
    for found, truth in ((model, TRUE), (spend, SPEND)):
        for name, error in found.standard_errors.items():
            assert abs(getattr(found, name) - getattr(truth, name)) < 3 * error
    expected = model.expected_purchases(52, people["x"], people["t_x"], people["T"])
    assert expected.sum() == pytest.approx(people["later"].sum(), rel=0.06)
    by_x = people.with_columns(expected=pl.Series(expected)).group_by(pl.col("x").clip(0, 6)).agg(
        pl.col("expected", "later").sum()
    )  # fmt: skip
    assert ((by_x["expected"] - by_x["later"]).abs() < 4 * by_x["later"].sqrt()).all()


def test_simulated_futures_hold_what_came_and_repeat_with_their_seed():
    people = company(11, 3000)
    model, spend = clv.fit(people), clv.fit_spend(spending(people))
    terms = clv.Terms(horizon_days=364, discount_rate=0.0)
    scored = people.hstack(clv.expected_value(model, spend, people, terms))
    values = clv.simulated_values(model, spend, scored, terms, draws=200, seed=3)
    again = clv.simulated_values(model, spend, scored, terms, draws=200, seed=3)
    assert (values == again).all()
    assert values.mean() == pytest.approx(scored["clv"].mean(), rel=0.05)
    low, high = clv.quantile_range(values)
    came = people["later_amount"].to_numpy()
    assert 0.93 <= np.mean((low <= came) & (came <= high)) <= 0.995
    first, last = clv.quantile_range(values.mean(axis=1, keepdims=True))
    assert first[0] * 0.97 <= came.mean() <= last[0] * 1.03


def test_ranges_of_ranks_hold_where_customers_who_stayed_truly_stand():
    people = company(13, 3000)
    model, spend = clv.fit(people), clv.fit_spend(spending(people))
    terms = clv.Terms(horizon_days=364, discount_rate=0.0)
    scored = people.hstack(clv.expected_value(model, spend, people, terms))
    first, last = clv.rank_ranges(model, spend, scored, terms, seed=5)
    truly = people["worth"].rank("average", descending=True).to_numpy()
    stayed = people["worth"].to_numpy() > 0
    held = (first <= truly) & (truly <= last)
    assert 0.92 <= held[stayed].mean() <= 0.98
    best = np.argsort(-scored["clv"].to_numpy())[:20]
    assert np.median((last - first)[best]) < 0.1 * people.height


def test_margin_and_discount_take_their_share():
    people = company(5, 500)
    values = {
        name: clv.expected_value(TRUE, SPEND, people, clv.Terms(**terms))["clv"].sum()
        for name, terms in {
            "sales": {"discount_rate": 0.0},
            "margin": {"discount_rate": 0.0, "margin_share": 0.45},
            "discounted": {"discount_rate": 0.1},
        }.items()
    }
    assert values["margin"] == pytest.approx(0.45 * values["sales"])
    assert 0.9 * values["sales"] < values["discounted"] < values["sales"]


def test_ranks_count_those_that_others_stand_for():
    values, alone = np.array([5.0, 3.0, 0.0, 0.0]), np.ones(4)
    assert clv.places(values, values, alone) == pytest.approx([1, 2, 3.5, 3.5])
    assert clv.places(values, values, np.array([1.0, 1, 4, 4])) == pytest.approx([1, 2, 6.5, 6.5])
    assert clv.places(np.array([5.0, 3.0, 4.0, 9.0]), values, alone) == pytest.approx([1, 2, 2, 1])


def test_several_purchases_of_a_day_are_one_and_those_after_the_end_none():
    bought = pl.DataFrame(
        {
            "customer": ["a", "a", "a", "a", "b", "b"],
            "on": [date(2026, month, day) for month, day in ((1, 1), (1, 1), (1, 8), (3, 1), (1, 1), (1, 8))],
            "amount": [5.0, 7.0, 9.0, 1.0, 3.0, 4.0],
        }
    )  # fmt: skip
    summary = clv.summarise(bought, date(2026, 1, 29))
    assert_frame_equal(
        summary, pl.DataFrame({"x": [1], "t_x": [1.0], "T": [4.0], "count": [2]}), check_dtypes=False
    )
    spent = clv.summarise_spend(bought, date(2026, 1, 29))
    assert spent.to_dicts() == [
        {"customer": "a", "x": 1, "mean_amount": 9.0},
        {"customer": "b", "x": 1, "mean_amount": 4.0},
    ]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ({"x": [1], "t_x": [1.0]}, "missing"),
        ({"x": [1, None], "t_x": [1.0, 1.0], "T": [2.0, 2.0]}, "nulls"),
        ({"x": [1, 2], "t_x": [3.0, 1.0], "T": [2.0, 2.0]}, "1 row"),
        ({"x": [0, 0], "t_x": [0.0, 0.0], "T": [2.0, 2.0]}, "nobody bought twice"),
    ],
)
def test_a_summary_that_can_not_be_is_refused(rows, says):
    with pytest.raises(ValueError, match=says):
        clv.fit(pl.DataFrame(rows))


def test_spending_without_anything_spent_is_refused():
    with pytest.raises(ValueError, match="known amount"):
        clv.fit_spend(pl.DataFrame({"x": [1, 0], "mean_amount": [0.0, 3.0]}))
    with pytest.raises(ValueError, match="missing"):
        clv.fit_spend(pl.DataFrame({"x": [1]}))


def test_of_a_fit_that_did_not_settle_nothing_is_drawn():
    regular = pl.DataFrame({"x": [10] * 30, "t_x": [50.0] * 30, "T": [51.0] * 30})
    found = clv.fit(regular)
    assert not found.converged
    with pytest.raises(ValueError, match="converged"):
        found.drawn(np.random.default_rng(0))


@pytest.mark.simulate
def test_ranges_of_the_parameters_hold_the_truth_as_often_as_they_say():
    inside = []
    for seed in range(120):
        found = clv.fit(company(seed, 2000))
        if found.converged:
            for place, name in enumerate(("r", "alpha", "a", "b")):
                distance = np.log(getattr(found, name) / getattr(TRUE, name))
                inside.append(abs(distance) <= 1.96 * np.sqrt(found.covariance[place, place]))
    assert len(inside) > 4 * 110
    assert 0.91 <= np.mean(inside) <= 0.985
