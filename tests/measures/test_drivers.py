from pathlib import Path

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm

from pipelines.measures.drivers import (
    importance,
    importance_of_moments,
    johnson,
    johnson_weights,
    lmg,
    logistic_weights,
)

SWISS = pl.read_csv(Path(__file__).parent.parent / "reference" / "swiss.csv")
PROVINCE = ["Agriculture", "Examination", "Education", "Catholic", "Infant.Mortality"]
NAMES = ["a", "b", "c"]


def simulated(rng, n, effects, correlation=0.5, noise=1.0) -> pl.DataFrame:
    """Drivers a, b, c … of variance 1 and one correlation, and an outcome that is their sum, weighted, and noise."""
    k = len(effects)
    root = np.linalg.cholesky(np.full((k, k), correlation) + (1 - correlation) * np.eye(k))
    drivers = rng.normal(size=(n, k)) @ root.T
    outcome = drivers @ np.array(effects) + noise * rng.normal(size=n)
    names = [chr(ord("a") + i) for i in range(k)]
    return pl.DataFrame(drivers, schema=names).with_columns(y=outcome)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        (lmg, [0.0570912, 0.1711730, 0.2601347, 0.1055702, 0.1127659]),
        (johnson, [0.0484169, 0.1547083, 0.2719641, 0.1146800, 0.1169657]),
    ],
)
def test_the_swiss_provinces_give_the_published_shares(weights, expected):
    found = weights(SWISS, "Fertility", PROVINCE)
    assert found == pytest.approx(dict(zip(PROVINCE, expected, strict=True)), abs=5e-7)
    assert sum(found.values()) == pytest.approx(0.7067350, abs=5e-7)


@pytest.mark.parametrize("weights", [lmg, johnson])
def test_shares_do_not_depend_on_units_order_or_on_how_rows_are_counted(weights):
    frame = simulated(np.random.default_rng(1), 80, (0.2, 0.5, 0.1)).with_columns(pl.all().round(0))
    other = frame.with_columns(1000 - 7 * pl.col("b")).group_by("a", "b", "c", "y").len("count")
    expected, found = weights(frame, "y", NAMES), weights(other, "y", NAMES[::-1])
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("weights", [lmg, johnson])
def test_drivers_without_correlation_get_their_squared_correlations(weights):
    both = np.array([(a, b) for a in (-1, 1) for b in (-1, 1)] * 10)
    frame = pl.DataFrame(both, schema=["a", "b"]).with_columns(y=2.0 * pl.col("a") + pl.col("b"))
    assert weights(frame, "y", ["a", "b"]) == pytest.approx({"a": 0.8, "b": 0.2})


@pytest.mark.parametrize("weights", [lmg, johnson])
def test_two_drivers_that_are_one_and_the_same_share_alike(weights):
    frame = simulated(np.random.default_rng(2), 200, (0.6, 0.2)).with_columns(c="a")
    found = weights(frame, "y", NAMES)
    assert found["a"] == pytest.approx(found["c"], rel=1e-3)


def test_lmg_goes_through_the_subsets_of_twelve_drivers_and_no_more():
    frame = simulated(np.random.default_rng(3), 300, [0.1] * 13)
    names = frame.columns[:13]
    assert len(lmg(frame, "y", names[:12])) == 12
    with pytest.raises(ValueError, match="at most 12, found 13"):
        lmg(frame, "y", names)


def test_logistic_weights_sum_to_what_the_regression_explains():
    frame = simulated(np.random.default_rng(4), 1500, (0.9, 0.3, 0.0)).with_columns(
        yes=(pl.col("y") > 0.4).cast(pl.Int64)
    )
    found = logistic_weights(frame, "yes", NAMES)
    fitted = sm.Logit(frame["yes"].to_numpy(), sm.add_constant(frame.select(NAMES).to_numpy())).fit(disp=0)
    explained = np.corrcoef(fitted.predict(), frame["yes"].to_numpy())[0, 1] ** 2
    assert sum(found.values()) == pytest.approx(explained, abs=1e-9)
    assert found["a"] > found["b"] > found["c"]


def test_a_driver_that_tells_the_outcome_for_certain_is_refused_by_name():
    frame = pl.DataFrame(
        {"score": [1, 2, 3, 3, 4, 5] * 30, "other": [1, 2, 1, 2, 2, 1] * 30, "gone": [1, 1, 1, 0, 0, 0] * 30}
    )
    with pytest.raises(ValueError, match="score separates yes from no in gone perfectly"):
        logistic_weights(frame, "gone", ["other", "score"])


def test_drivers_that_together_tell_the_outcome_for_certain_are_refused_by_name():
    frame = simulated(np.random.default_rng(5), 300, (1.0, 1.0), noise=0).with_columns(
        yes=(pl.col("y") > 0).cast(pl.Int64)
    )
    with pytest.raises(ValueError, match=r"together separate yes from no in yes perfectly, [ab] most of all"):
        logistic_weights(frame, "yes", ["a", "b"])


def test_an_outcome_that_is_not_yes_or_no_has_no_logistic_weights():
    with pytest.raises(ValueError, match="expected y to be 0 or 1"):
        logistic_weights(simulated(np.random.default_rng(6), 50, (1.0, 1.0)), "y", ["a", "b"])


def test_importance_gives_the_shares_with_ranges_ranks_and_r_squared():
    frame = simulated(np.random.default_rng(7), 2000, (0.8, 0.4, 0.0), correlation=0.2)
    found = importance(frame, "y", NAMES, draws=300)
    assert dict(found.select("driver", "weight").iter_rows()) == pytest.approx(johnson(frame, "y", NAMES))
    assert found["weight"].sum() == pytest.approx(found["r_squared"][0])
    assert found.select(pl.col("weight").is_between("weight_low", "weight_high").all()).item()
    assert list(found.select("rank_low", "rank_high").iter_rows()) == [(1, 1), (2, 2), (3, 3)]
    assert found["tied_with"].to_list() == ["", "", ""]
    assert found["direction"].to_list() == ["up", "up", "not clear"]


def test_drivers_that_can_not_be_told_apart_are_tied_though_a_third_leads():
    found = importance(simulated(np.random.default_rng(8), 2000, (0.3, 0.3, 0.8)), "y", NAMES, draws=300)
    assert found["tied_with"].to_list() == ["b", "a", ""]
    assert list(found.select("rank_low", "rank_high").iter_rows()) == [(2, 3), (2, 3), (1, 1)]


def test_a_tie_rests_on_the_difference_and_not_on_ranges_that_overlap():
    rng = np.random.default_rng(9)
    twin = rng.normal(size=3000)
    frame = pl.DataFrame({"a": twin + 0.35 * rng.normal(size=3000), "b": twin}).with_columns(
        y=pl.Series(twin + 2 * rng.normal(size=3000))
    )
    found = importance(frame, "y", ["a", "b"], draws=300)
    assert found["weight_high"][0] > found["weight_low"][1], "the ranges overlap"
    assert found["tied_with"].to_list() == ["", ""]


def test_a_driver_that_works_against_its_own_correlation_is_a_suppressor():
    found = importance(
        simulated(np.random.default_rng(10), 3000, (0.8, -0.2), correlation=0.6), "y", ["a", "b"], draws=200
    )
    assert found["caution"].to_list() == [None, "suppressor"]
    assert found["direction"].to_list() == ["up", "down"]


def test_drivers_that_nearly_repeat_each_other_are_named():
    rng = np.random.default_rng(11)
    frame = simulated(rng, 800, (0.5, 0.5)).with_columns(
        c=pl.col("a") + pl.Series(0.2 * rng.normal(size=800))
    )
    found = importance(frame, "y", NAMES, draws=200)
    assert found["caution"].to_list() == ["nearly the same as c", None, "nearly the same as a"]


def test_a_driver_that_the_others_add_up_to_is_named():
    rng = np.random.default_rng(12)
    frame = simulated(rng, 800, (0.5, 0.5, 0.5), correlation=0.2).with_columns(
        d=pl.col("a") + pl.col("b") + pl.col("c") + pl.Series(0.3 * rng.normal(size=800))
    )
    assert importance(frame, "y", [*NAMES, "d"], draws=200)["caution"][3] == "mostly repeats the others"


def test_the_common_factor_of_the_drivers_is_told():
    apart = simulated(np.random.default_rng(13), 4000, (0.5, 0.5, 0.5), correlation=0.0)
    alike = simulated(np.random.default_rng(13), 4000, (0.5, 0.5, 0.5), correlation=0.7)
    shares = [importance(frame, "y", NAMES, draws=20)["halo_share"][0] for frame in (apart, alike)]
    assert shares == pytest.approx([1 / 3, (1 + 2 * 0.7) / 3], abs=0.03)


def test_sums_of_products_say_the_same_as_the_rows_they_were_made_of():
    frame = simulated(np.random.default_rng(14), 500, (0.5, 0.3, 0.1))
    z = np.column_stack([np.ones(500), frame.select(*NAMES, "y").to_numpy() + 3])
    groups = np.stack([part.T @ part for part in np.array_split(z, 50)])
    drawn = np.random.default_rng(1).multinomial(50, np.full(50, 0.02), 300).astype(float)
    found = importance_of_moments(NAMES, z.T @ z, np.tensordot(drawn, groups, axes=1), johnson_weights)
    expected = importance(frame, "y", NAMES, draws=300)
    assert found["weight"].to_list() == pytest.approx(expected["weight"].to_list())
    width = [(each["weight_high"] - each["weight_low"]).to_numpy() for each in (found, expected)]
    assert width[0] == pytest.approx(width[1], rel=0.35)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame.head(99), "not enough data: 99 complete answers, and 3 drivers need 100"),
        (lambda frame: frame.with_columns(b=pl.lit(4)), "b is the same in every row"),
        (lambda frame: frame.with_columns(y=pl.lit(4)), "y is the same in every row"),
        (lambda frame: frame.drop("c"), "missing: \\['c'\\]"),
        (lambda frame: frame.with_columns(c=pl.lit("high")), "expected numbers"),
        (lambda frame: frame.clear(), "not enough data: 0"),
    ],
)
def test_what_can_not_be_answered_is_refused_in_plain_words(change, message):
    frame = change(simulated(np.random.default_rng(15), 120, (0.5, 0.5, 0.5)))
    with pytest.raises(ValueError, match=message):
        importance(frame, "y", NAMES, draws=10)


def test_eleven_drivers_need_a_hundred_and_ten_answers():
    frame = simulated(np.random.default_rng(16), 109, [0.1] * 11)
    with pytest.raises(ValueError, match="11 drivers need 110"):
        importance(frame, "y", frame.columns[:11], draws=10)


@pytest.mark.simulate
def test_in_three_hundred_surveys_equal_drivers_are_tied_and_unequal_ones_ranked():
    rng = np.random.default_rng(31)
    tied = ranked = covered = 0
    truth = johnson(simulated(np.random.default_rng(32), 400_000, (0.4, 0.4, 0.1)), "y", NAMES)["a"]
    for run in range(300):
        found = importance(simulated(rng, 1000, (0.4, 0.4, 0.1)), "y", NAMES, draws=300, seed=run)
        tied += found["tied_with"][0] == "b"
        ranked += found["rank_low"][2] == 3
        covered += found["weight_low"][0] <= truth <= found["weight_high"][0]
    assert tied / 300 >= 0.92
    assert ranked / 300 >= 0.95
    assert covered / 300 >= 0.91
