from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipelines.measures.impact import cohort_sums, staggered_from_sums
from pipelines.measures.impact.second_opinion import honest_bounds, second_opinion
from tests.measures.impact.rollouts import COLUMNS, drifting_by_satisfaction, selected_by_level

COUNTIES = pl.read_csv(Path(__file__).parents[2] / "reference" / "mpdta.csv").with_columns(
    pl.col("first_treat").replace(0, None)
)
COUNTY_COLUMNS = ("countyreal", "year", "lemp", "first_treat")


def test_imputation_gives_the_published_effect_on_the_counties():
    found = second_opinion(COUNTIES, *COUNTY_COLUMNS, baseline_periods=6)
    assert found.estimate == pytest.approx(-0.0477, abs=5e-5)
    assert 0.0132 <= found.se <= 0.0135
    assert found.n_units == 500
    assert found.agrees


def test_a_selection_by_level_leaves_the_two_agreed():
    frame = selected_by_level(np.random.default_rng(1), customers=3000)
    assert second_opinion(frame, *COLUMNS, baseline_periods=6).agrees


def test_drifts_that_differ_split_the_two_and_strata_unite_them():
    frame = drifting_by_satisfaction(np.random.default_rng(1))
    plain, within = (
        second_opinion(frame, *COLUMNS, baseline_periods=6, strata=strata)
        for strata in (None, "satisfaction")
    )
    assert not plain.agrees
    assert within.agrees


def test_many_customers_are_drawn_from_the_same_for_the_same_seed():
    frame = selected_by_level(np.random.default_rng(2), customers=3000)
    first, again, other = (second_opinion(frame, *COLUMNS, most_units=1000, seed=seed) for seed in (1, 1, 2))
    assert 800 < first.n_units < 1200
    assert (first.estimate, first.n_units) == (again.estimate, again.n_units)
    assert first.estimate != other.estimate


def test_bounds_widen_by_the_largest_step_before_for_every_block_since():
    sums = cohort_sums(COUNTIES, *COUNTY_COLUMNS)
    found = honest_bounds(sums, magnitudes=(0.0, 0.5, 1.0))
    simple = staggered_from_sums(sums).simple
    nothing, half, whole = (row for row in found.bounds.iter_rows(named=True))
    assert (nothing["low"], nothing["high"]) == pytest.approx((simple.low, simple.high), abs=1e-3)
    assert nothing["low"] - half["low"] == pytest.approx(half["low"] - whole["low"], rel=1e-4)
    assert found.blocks_before == 4
    reach = whole["high"] - nothing["high"]
    assert found.breakdown == pytest.approx(-nothing["high"] / reach, abs=0.01)


def test_longer_blocks_rest_less_on_chance():
    sums = cohort_sums(selected_by_level(np.random.default_rng(3)), *COLUMNS)
    one, six = (honest_bounds(sums, baseline_periods=k) for k in (1, 6))
    assert six.breakdown > 3 * one.breakdown
    assert one.blocks_before == 16
    assert six.blocks_before == 3


def test_without_anything_before_the_baseline_there_are_no_bounds():
    assert honest_bounds(cohort_sums(COUNTIES, *COUNTY_COLUMNS), baseline_periods=6) is None
