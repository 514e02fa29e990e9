import math

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm

from pipelines.measures.impact import complier_effect, randomised
from tests.measures.impact.truth import gifts, record


def as_treated(frame: pl.DataFrame) -> float:
    return frame.filter("took")["margin"].mean() - frame.filter(~pl.col("took"))["margin"].mean()


def test_it_is_the_effect_by_the_lot_divided_by_the_uptake():
    frame = gifts(np.random.default_rng(1), 2.0)
    by_lot, uptake = randomised(frame, "margin", "drawn"), randomised(frame, "took", "drawn")
    found = complier_effect(frame, "margin", "drawn", "took")
    assert found.estimate == pytest.approx(by_lot.estimate / uptake.estimate)
    assert (found.n_treated, found.n_control) == (1000, 1000)


def test_the_error_is_that_of_two_stage_least_squares():
    frame = gifts(np.random.default_rng(2), 2.0)
    found = complier_effect(frame, "margin", "drawn", "took")
    drawn, took, margin = (frame[name].to_numpy().astype(float) for name in ("drawn", "took", "margin"))
    left = sm.OLS(margin - found.estimate * took, sm.add_constant(drawn)).fit(cov_type="HC2")
    assert found.se == pytest.approx(left.bse[1] / (took[drawn == 1].mean() - took[drawn == 0].mean()))


def test_the_range_holds_just_the_effects_that_the_lot_does_not_contradict():
    frame = gifts(np.random.default_rng(3), 2.0, n=300)
    found = complier_effect(frame, "margin", "drawn", "took")
    for end in (found.low, found.high):
        without = frame.with_columns(pl.col("margin") - end * pl.col("took"))
        assert randomised(without, "margin", "drawn").p_value == pytest.approx(0.05, abs=1e-6)
    assert found.p_value == pytest.approx(randomised(frame, "margin", "drawn").p_value, rel=1e-6)


def test_where_hardly_anybody_took_it_the_range_has_no_end():
    frame = gifts(np.random.default_rng(4), 2.0, n=60).with_columns(
        took=pl.col("drawn") & (pl.col("drawn").cum_sum() <= 3)
    )
    found = complier_effect(frame, "margin", "drawn", "took")
    assert (found.low, found.high) == (-math.inf, math.inf)
    assert found.p_value > 0.05


def test_strata_clusters_and_a_value_before_are_allowed_for_as_by_the_lot():
    rng = np.random.default_rng(5)
    frame = gifts(rng, 2.0, n=400).with_columns(
        before=pl.Series(rng.normal(size=400)),
        team=pl.int_range(400) // 10,
        region=pl.int_range(400) % 3,
    )
    columns = {"before": "before", "cluster": "team", "strata": "region"}
    by_lot = randomised(frame, "margin", "drawn", **columns)
    found = complier_effect(frame, "margin", "drawn", "took", **columns)
    uptake = randomised(frame, "took", "drawn", **columns)
    assert found.estimate == pytest.approx(by_lot.estimate / uptake.estimate)
    assert found.degrees_of_freedom == pytest.approx(by_lot.degrees_of_freedom)
    assert found.clusters == 40


def test_nobody_taking_it_leaves_nothing_to_divide_by():
    frame = gifts(np.random.default_rng(6), 2.0).with_columns(took=~pl.col("drawn"))
    with pytest.raises(ValueError, match="no more often"):
        complier_effect(frame, "margin", "drawn", "took")


def test_what_was_received_is_yes_or_no():
    frame = gifts(np.random.default_rng(6), 2.0).with_columns(took=pl.lit(3))
    with pytest.raises(ValueError, match="yes-or-no"):
        complier_effect(frame, "margin", "drawn", "took")


@pytest.mark.simulate
@pytest.mark.parametrize("effect", [0.0, 2.0])
@pytest.mark.parametrize("n", [200, 2000])
def test_gifts_that_some_do_not_take_are_judged_honestly(effect, n):
    def by_lot(rng):
        return randomised(gifts(rng, effect, n), "margin", "drawn")

    def compliers(rng):
        return complier_effect(gifts(rng, effect, n), "margin", "drawn", "took")

    intended = record(by_lot, 0.7 * effect, runs=200, seed=7)
    taken = record(compliers, effect, runs=200, seed=8)
    rng = np.random.default_rng(9)
    naive = np.mean([as_treated(gifts(rng, effect, n)) for _ in range(200)]) - effect
    assert intended.is_honest()
    assert taken.is_honest()
    assert effect > 0 or max(intended.works, taken.works) <= 0.06
    assert naive > 0.8
