from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipelines.measures.impact import NotIdentifiable, doubly_robust, staggered

COUNTIES = pl.read_csv(Path(__file__).parents[2] / "reference" / "mpdta.csv").with_columns(
    pl.col("first_treat").replace(0, None)
)
COUNTY_COLUMNS = ("countyreal", "year", "lemp", "first_treat")


@pytest.mark.parametrize(
    ("control", "effect", "se"), [("never_treated", -0.0418, 0.0115), ("not_yet_treated", -0.0414, 0.0114)]
)
def test_counties_alike_in_population_give_the_published_effect(control, effect, se):
    found = doubly_robust(COUNTIES, *COUNTY_COLUMNS, ["lpop"], control)
    assert found.estimate == pytest.approx(effect, abs=5e-5)
    assert found.se == pytest.approx(se, abs=1e-4)


def test_a_covariate_that_says_nothing_changes_nothing():
    rows = COUNTIES.with_columns(nothing=pl.lit(1.0))
    found, plain = doubly_robust(rows, *COUNTY_COLUMNS, ["nothing"]), staggered(rows, *COUNTY_COLUMNS).simple
    assert found.estimate == pytest.approx(plain.estimate, abs=1e-9)
    assert found.se == pytest.approx(plain.se, rel=1e-6)
    assert (found.n_treated, found.n_control) == (plain.n_treated, plain.n_control)


def growing(rng: np.random.Generator, n: int = 600) -> pl.DataFrame:
    """Large units grow faster and start oftener; the start itself does nothing."""
    size = rng.normal(0, 1, n)
    starts = np.where(rng.random(n) < 1 / (1 + np.exp(-size)), rng.integers(4, 7, n), 99)
    outcome = size[:, None] * np.arange(8) * 0.3 + rng.normal(0, 1, (n, 8))
    return pl.DataFrame(
        {
            "unit": np.repeat(np.arange(n), 8),
            "month": np.tile(np.arange(8), n),
            "y": outcome.ravel(),
            "start": np.repeat(starts, 8),
            "size": np.repeat(size, 8),
        }
    ).with_columns(pl.col("start").replace(99, None))


def test_units_that_grow_with_their_size_are_compared_with_their_like():
    rows = growing(np.random.default_rng(1))
    plain = staggered(rows, "unit", "month", "y", "start").simple
    found = doubly_robust(rows, "unit", "month", "y", "start", ["size"])
    assert plain.low > 0, "the plain comparison is fooled"
    assert found.low < 0 < found.high


def test_who_was_certain_to_start_has_nobody_alike():
    rows = growing(np.random.default_rng(2))
    apart = pl.when(pl.col("start").is_null()).then(pl.col("unit") % 7).otherwise(10 + pl.col("unit") % 5)
    stray = (
        pl.when(pl.col("unit") == rows.filter(pl.col("start").is_null())["unit"][0]).then(30).otherwise(apart)
    )
    with pytest.raises(NotIdentifiable, match="as good as certain"):
        doubly_robust(rows.with_columns(size=stray), "unit", "month", "y", "start", ["size"], "never_treated")


@pytest.mark.parametrize("size", [pl.col("month"), pl.when(pl.col("unit") > 0).then("size")])
def test_a_covariate_that_changes_or_is_not_known_is_refused(size):
    rows = growing(np.random.default_rng(3)).with_columns(size=size)
    with pytest.raises(ValueError, match="one known value"):
        doubly_robust(rows, "unit", "month", "y", "start", ["size"])
