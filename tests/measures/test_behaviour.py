import numpy as np
import polars as pl
import pytest

from pipelines.measures.behaviour import came_back_shares, sales_at_risk

COLUMNS = ["asked", "bad", "bad_cut", "good", "good_cut"]


def buckets(rng: np.random.Generator, people: int, bad: float, cut: float, anyway: float) -> pl.DataFrame:
    felt = rng.choice(3, people, p=[bad, 0.6, 0.4 - bad])
    has_cut = rng.random(people) < np.array([cut, anyway, anyway])[felt]
    bucket = rng.integers(0, 200, people)
    sums = np.column_stack(
        [
            np.bincount(bucket, chosen, 200)
            for chosen in (felt >= 0, felt == 0, (felt == 0) & has_cut, felt == 1, (felt == 1) & has_cut)
        ]
    )
    return pl.DataFrame(sums, schema=COLUMNS)


def test_the_share_that_came_back_has_the_wilson_range():
    frame = pl.DataFrame({"level": ["high"], "customers": [263], "came_back": [81]})
    assert came_back_shares(frame).row(0)[3:] == pytest.approx((81 / 263, 0.2553, 0.3662), abs=5e-5)


def test_nobody_asked_gives_no_rows_and_no_error():
    empty = pl.DataFrame(schema={"customers": pl.Int64, "came_back": pl.Int64})
    assert came_back_shares(empty).is_empty()


def test_at_risk_is_the_product_and_the_excess_what_did_not_happen_anyway():
    found = sales_at_risk(pl.DataFrame([(1000, 200, 120, 500, 200)] * 50, schema=COLUMNS, orient="row"))
    assert found["n"] == 50_000
    assert found["bad_share"] == pytest.approx(0.2)
    assert found["cut_share"] == pytest.approx(0.6)
    assert found["cut_anyway_share"] == pytest.approx(0.4)
    assert found["at_risk_share"] == pytest.approx(0.12)
    assert found["excess_share"] == pytest.approx(0.04)
    assert found["excess_share_low"] == pytest.approx(0.04, abs=1e-4)


def test_who_feels_bad_but_spends_as_the_others_puts_nothing_more_at_risk():
    found = sales_at_risk(buckets(np.random.default_rng(8), 20_000, bad=0.1, cut=0.6, anyway=0.6))
    assert found["at_risk_share"] == pytest.approx(0.06, abs=0.01)
    assert found["excess_share_low"] < 0 < found["excess_share_high"]


@pytest.mark.parametrize(("cut", "low", "high"), [(0, 0, (0.15, 0.35)), (12, (0.65, 0.85), 1)])
def test_none_or_all_of_a_handful_is_not_taken_as_certain(cut, low, high):
    people = [(1, 1, int(i < cut), 0, 0) for i in range(12)] + [(1, 0, 0, 1, 0)] * 60 + [(1, 0, 0, 0, 0)] * 48
    found = sales_at_risk(pl.DataFrame(people, schema=COLUMNS, orient="row"))
    assert found["cut_share"] == cut / 12
    for end, allowed in (("low", low), ("high", high)):
        told = found[f"cut_share_{end}"]
        assert told == allowed if isinstance(allowed, int) else allowed[0] < told < allowed[1]
    assert found["at_risk_share_low"] < found["at_risk_share_high"]
    assert found["cut_anyway_share_high"] > 0.02


@pytest.mark.parametrize(
    ("counts", "known", "unknown"),
    [
        ((99, 50, 20, 40, 10), (), ("bad_share", "at_risk_share", "excess_share")),
        ((500, 9, 5, 300, 10), (), ("bad_share", "at_risk_share", "excess_share")),
        ((500, 50, 5, 9, 1), ("bad_share", "at_risk_share"), ("cut_anyway_share", "excess_share")),
    ],
)
def test_of_too_few_nothing_is_said(counts, known, unknown):
    found = sales_at_risk(pl.DataFrame([counts], schema=COLUMNS, orient="row"))
    assert found["n"] == counts[0]
    for name in unknown:
        assert found[name] is found[f"{name}_low"] is found[f"{name}_high"] is None
    for name in known:
        assert found[f"{name}_low"] <= found[name] <= found[f"{name}_high"]


def test_the_same_seed_gives_the_same_ranges():
    sums = buckets(np.random.default_rng(9), 2000, bad=0.1, cut=0.7, anyway=0.5)
    assert sales_at_risk(sums, seed=4) == sales_at_risk(sums, seed=4)
    assert sales_at_risk(sums, seed=4) != sales_at_risk(sums, seed=5)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pl.DataFrame([(10, 5, 6, 2, 1)], schema=COLUMNS, orient="row"), "do not add up"),
        (pl.DataFrame([(10, 5, 1, 6, 1)], schema=COLUMNS, orient="row"), "do not add up"),
        (pl.DataFrame({"asked": [1]}), "missing: \\['bad'"),
    ],
)
def test_counts_that_can_not_be_are_refused(frame, message):
    with pytest.raises(ValueError, match=message):
        sales_at_risk(frame)


def test_the_ranges_hold_the_truth_where_few_felt_bad_and_hardly_any_of_them_cut():
    rng = np.random.default_rng(3)
    truth = {"cut_share": 0.03, "cut_anyway_share": 0.02, "at_risk_share": 0.0018, "excess_share": 0.0006}
    held, told = dict.fromkeys(truth, 0), 0
    for seed in range(100):
        found = sales_at_risk(buckets(rng, 300, bad=0.06, cut=0.03, anyway=0.02), seed=seed)
        told += found["bad_share"] is not None
        for name, true in truth.items():
            held[name] += found[name] is not None and found[f"{name}_low"] <= true <= found[f"{name}_high"]
    assert all(times >= 0.91 * told for times in held.values()), held


@pytest.mark.simulate
@pytest.mark.parametrize("people", [500, 5000])
def test_the_ranges_hold_the_truth_in_95_of_100_samples(people):
    rng = np.random.default_rng(10)
    truth = {
        "bad_share": 0.12,
        "cut_share": 0.7,
        "cut_anyway_share": 0.6,
        "at_risk_share": 0.084,
        "excess_share": 0.012,
    }
    held = dict.fromkeys(truth, 0)
    for seed in range(300):
        found = sales_at_risk(buckets(rng, people, bad=0.12, cut=0.7, anyway=0.6), seed=seed)
        for name, true in truth.items():
            held[name] += found[f"{name}_low"] <= true <= found[f"{name}_high"]
    assert all(0.91 <= times / 300 <= 0.98 for times in held.values()), held
