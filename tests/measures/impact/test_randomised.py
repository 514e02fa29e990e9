import math

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from scipy.stats import ttest_ind

from pipelines.measures.impact import fair_draw, randomised, smallest_detectable_effect
from pipelines.measures.proportions import newcombe_difference

NOTE = pl.DataFrame({"returned": [1, 0, 1, 0], "drawn": [1, 1, 0, 0], "count": [330, 870, 271, 969]})


def alternately(rng, n: int, share: float = 0.5) -> np.ndarray:
    return rng.permutation(np.arange(n) < share * n)


def with_before(rng, n: int = 120, effect: float = 0.5) -> pl.DataFrame:
    drawn, before = alternately(rng, n), rng.normal(size=n)
    return pl.DataFrame({"y": before + effect * drawn + rng.normal(size=n), "drawn": drawn, "before": before})


def in_teams(rng, teams: int = 12, effect: float = 0.3) -> pl.DataFrame:
    """Teams drawn as a whole, of unequal size, whose customers are alike."""
    team = np.repeat(np.arange(teams), rng.integers(5, 40, teams))
    drawn = alternately(rng, teams)[team]
    y = rng.normal(0, 0.45, teams)[team] + effect * drawn + rng.normal(0, 0.9, len(team))
    return pl.DataFrame({"y": y, "drawn": drawn, "team": team})


def in_strata(rng, n: int = 240, effect: float = 0.4) -> pl.DataFrame:
    """Better customers were more likely to be drawn."""
    stratum = rng.integers(0, 5, n)
    drawn = rng.random(n) < np.array([0.2, 0.3, 0.5, 0.6, 0.8])[stratum]
    return pl.DataFrame(
        {"y": stratum + effect * drawn + rng.normal(size=n), "drawn": drawn, "stratum": stratum}
    )


def yes_or_no(rng, n: int = 200, base: float = 0.2, effect: float = 0.06) -> pl.DataFrame:
    drawn = alternately(rng, n)
    return pl.DataFrame({"y": (rng.random(n) < base + effect * drawn).astype(int), "drawn": drawn})


def coverage(make, truth, runs, seed, **columns) -> float:
    rng = np.random.default_rng(seed)
    effects = [randomised(make(rng), "y", "drawn", **columns) for _ in range(runs)]
    return sum(effect.low <= truth <= effect.high for effect in effects) / runs


DESIGNS = [
    pytest.param(yes_or_no, 0.06, {}, id="yes or no"),
    pytest.param(with_before, 0.5, {}, id="plain"),
    pytest.param(with_before, 0.5, {"before": "before"}, id="before"),
    pytest.param(in_teams, 0.3, {"cluster": "team"}, id="teams"),
    pytest.param(in_strata, 0.4, {"strata": "stratum"}, id="strata"),
]


def test_a_yes_or_no_outcome_gives_the_difference_of_shares_with_newcombes_range():
    effect = randomised(NOTE, "returned", "drawn")
    assert effect.estimate == pytest.approx(330 / 1200 - 271 / 1240)
    assert (effect.low, effect.high) == newcombe_difference(330, 1200, 271, 1240)
    assert (effect.n_treated, effect.n_control) == (1200, 1240)
    assert (effect.successes_treated, effect.successes_control) == (330, 271)
    assert effect.low < effect.estimate - 1.5 * effect.se < effect.estimate < effect.high


def test_two_arms_without_more_give_the_difference_of_means_with_welchs_error():
    frame = with_before(np.random.default_rng(1))
    effect = randomised(frame, "y", "drawn")
    arms = [frame.filter(pl.col("drawn") == arm)["y"].to_numpy() for arm in (True, False)]
    reference = ttest_ind(*arms, equal_var=False).confidence_interval()
    assert effect.estimate == pytest.approx(arms[0].mean() - arms[1].mean())
    assert (effect.low, effect.high) == pytest.approx(reference, abs=0.01)
    assert effect.successes_treated is None


def test_a_value_before_is_adjusted_for_as_in_a_regression_with_interaction():
    frame = with_before(np.random.default_rng(2))
    effect = randomised(frame, "y", "drawn", before="before")
    drawn, before = frame["drawn"].to_numpy().astype(float), frame["before"].to_numpy()
    centred = before - before.mean()
    design = np.column_stack([drawn, np.ones_like(drawn), centred, centred * drawn])
    reference = sm.OLS(frame["y"].to_numpy(), design).fit(cov_type="HC2")
    assert (effect.estimate, effect.se) == pytest.approx((reference.params[0], reference.bse[0]))
    assert effect.se < 0.8 * randomised(frame, "y", "drawn").se


def test_clusters_give_bell_and_mccaffreys_error_and_degrees_of_freedom():
    frame = in_teams(np.random.default_rng(3), teams=8).with_columns(before=pl.int_range(pl.len()) % 7)
    effect = randomised(frame, "y", "drawn", before="before", cluster="team")
    drawn, before = frame["drawn"].to_numpy().astype(float), frame["before"].to_numpy()
    centred = before - before.mean()
    design = np.column_stack([drawn, np.ones_like(drawn), centred, centred * drawn])
    inverse = np.linalg.inv(design.T @ design)
    hat = design @ inverse @ design.T
    residuals = (np.eye(len(hat)) - hat) @ frame["y"].to_numpy()
    variance, columns = 0.0, []
    for team in range(8):
        own = np.flatnonzero(frame["team"].to_numpy() == team)
        values, vectors = np.linalg.eigh(np.eye(len(own)) - hat[np.ix_(own, own)])
        weights = (vectors / np.sqrt(values)) @ vectors.T @ design[own] @ inverse[:, 0]
        variance += (weights @ residuals[own]) ** 2
        columns.append((np.eye(len(hat)) - hat)[:, own] @ weights)
    spread = np.array(columns) @ np.array(columns).T
    degrees_of_freedom = np.trace(spread) ** 2 / np.square(spread).sum()
    assert (effect.se, effect.degrees_of_freedom) == pytest.approx((math.sqrt(variance), degrees_of_freedom))
    assert effect.clusters == 8


def test_every_customer_a_cluster_of_one_is_no_cluster():
    frame = with_before(np.random.default_rng(4)).with_row_index("customer")
    alone = randomised(frame, "y", "drawn", before="before", cluster="customer")
    plain = randomised(frame, "y", "drawn", before="before")
    assert (alone.se, alone.degrees_of_freedom) == pytest.approx((plain.se, plain.degrees_of_freedom))


def test_strata_give_the_weighted_mean_of_the_differences_within():
    frame = in_strata(np.random.default_rng(5))
    differences, weights = [], []
    for _, part in frame.group_by("stratum", maintain_order=True):
        drawn = part.filter("drawn")["y"]
        others = part.filter(~pl.col("drawn"))["y"]
        differences.append(drawn.mean() - others.mean())
        weights.append(len(drawn) * len(others) / len(part))
    expected = np.average(differences, weights=weights)
    assert randomised(frame, "y", "drawn", strata="stratum").estimate == pytest.approx(expected)


def test_a_stratum_with_one_arm_only_says_nothing():
    frame = in_strata(np.random.default_rng(6)).select("y", "drawn", pl.col("stratum").cast(pl.String))
    alone = pl.DataFrame({"y": [99.0], "drawn": [True], "stratum": ["alone"]})
    with_it = randomised(pl.concat([frame, alone]), "y", "drawn", strata="stratum")
    without = randomised(frame, "y", "drawn", strata="stratum")
    assert (with_it.estimate, with_it.se) == pytest.approx((without.estimate, without.se))
    assert with_it.n_treated == without.n_treated + 1


@pytest.mark.parametrize("columns", [{}, {"before": "before"}, {"cluster": "team"}, {"strata": "team"}])
def test_a_count_stands_for_so_many_rows(columns):
    rng = np.random.default_rng(7)
    frame = pl.DataFrame(
        {
            "y": rng.integers(0, 3, 60),
            "drawn": np.arange(60) % 2,
            "before": rng.integers(0, 4, 60),
            "team": np.arange(60) // 6,
            "count": rng.integers(1, 5, 60),
        }
    )
    one_by_one = frame.select(pl.exclude("count").repeat_by("count")).explode("y", "drawn", "before", "team")
    counted, expanded = (randomised(each, "y", "drawn", **columns) for each in (frame, one_by_one))
    assert (counted.estimate, counted.se, counted.low) == pytest.approx(
        (expanded.estimate, expanded.se, expanded.low)
    )


def test_new_customers_without_a_past_are_still_counted():
    frame = with_before(np.random.default_rng(8)).with_columns(
        before=pl.when(pl.int_range(pl.len()) >= 20).then("before")
    )
    effect = randomised(frame, "y", "drawn", before="before")
    assert effect.n_treated + effect.n_control == frame.height
    assert effect.low < 0.5 < effect.high


@pytest.mark.parametrize(("make", "truth", "columns"), DESIGNS)
def test_the_range_covers_the_true_effect(make, truth, columns):
    assert 0.92 <= coverage(make, truth, runs=300, seed=9, **columns) <= 0.985


@pytest.mark.simulate
@pytest.mark.parametrize(("make", "truth", "columns"), DESIGNS)
def test_the_range_covers_the_true_effect_19_times_in_20(make, truth, columns):
    assert 0.935 <= coverage(make, truth, runs=3000, seed=10, **columns) <= 0.965


def test_ignoring_that_teams_were_drawn_would_make_us_overconfident():
    assert coverage(in_teams, 0.3, runs=200, seed=11) < 0.75


def test_a_fair_draw_is_likely_and_a_lopsided_one_is_not():
    assert fair_draw(1200, 1240, 0.5) == pytest.approx(0.43, abs=0.01)
    assert fair_draw(1000, 1240, 0.5) < 0.001
    assert fair_draw(300, 700, 0.3) == pytest.approx(1)


@pytest.mark.parametrize(
    ("n_treated", "n_control", "base"), [(1200, 1240, 0.22), (200, 200, 0.1), (100, 500, 0.5)]
)
def test_the_smallest_detectable_effect_is_detected_four_times_in_five(n_treated, n_control, base):
    rise = smallest_detectable_effect(n_treated, n_control, base)
    rng = np.random.default_rng(12)
    treated, control = rng.binomial(n_treated, base + rise, 2000), rng.binomial(n_control, base, 2000)
    draws = zip(treated.tolist(), control.tolist(), strict=True)
    detected = sum(newcombe_difference(x1, n_treated, x0, n_control)[0] > 0 for x1, x0 in draws)
    assert detected / 2000 == pytest.approx(0.8, abs=0.03)


def test_an_effect_beyond_any_reach_is_infinite():
    assert smallest_detectable_effect(4, 4, 0.7) == math.inf


@pytest.mark.parametrize(
    ("frame", "columns", "message"),
    [
        (NOTE.drop("drawn"), {}, "no column \\['drawn'\\]"),
        (NOTE.with_columns(returned=pl.lit(None, pl.Int64)), {}, "nulls in \\['returned'\\]"),
        (NOTE.with_columns(drawn=pl.lit(2)), {}, "yes-or-no"),
        (NOTE.filter(drawn=1), {}, "control arm needs at least two units"),
        (NOTE.with_columns(team="drawn"), {"cluster": "team"}, "treated arm needs at least two clusters"),
        (NOTE.with_columns(region="drawn"), {"strata": "region"}, "no stratum in region holds both arms"),
        (NOTE.with_columns(before=pl.lit(3)), {"before": "before"}, "same for everybody"),
    ],
)
def test_a_draw_that_cannot_be_judged_is_refused_in_plain_words(frame, columns, message):
    with pytest.raises(ValueError, match=message):
        randomised(frame, "returned", "drawn", **columns)
