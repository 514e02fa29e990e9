from importlib.resources import files

import numpy as np
import polars as pl
import pytest

from pipelines.measures.ordinal import NotIdentifiedError, fit


@pytest.fixture(scope="module")
def applications() -> pl.DataFrame:
    """400 students who are unlikely, somewhat likely or very likely to apply (UCLA)."""
    path = files("statsmodels.miscmodels.tests.results") / "ologit_ucla.csv"
    levels = {"unlikely": 0, "somewhat likely": 1, "very likely": 2}
    return pl.read_csv(str(path)).with_columns(pl.col("apply").replace_strict(levels))


def test_ucla_s_applications_give_the_published_fit(applications):
    columns = applications.select("pared", "public", "gpa").to_numpy()
    found = fit(columns, applications["apply"].to_numpy(), np.ones(400))
    assert found.slopes == pytest.approx([1.0477, -0.0587, 0.6157], abs=0.001)
    assert found.standard_errors == pytest.approx([0.2658, 0.2979, 0.2606], abs=0.001)
    assert found.cuts == pytest.approx([2.2039, 4.2994], abs=0.001)
    assert found.log_likelihood == pytest.approx(-358.512, abs=0.001)


def test_a_count_stands_for_so_many_rows(applications):
    counted = applications.group_by("pared", "public", "gpa", "apply").len("count").sort(pl.all())
    columns = counted.select("pared", "public", "gpa").to_numpy()
    found = fit(columns, counted["apply"].to_numpy(), counted["count"].to_numpy())
    assert found.slopes == pytest.approx([1.04766, -0.05868, 0.61575], abs=1e-4)


def test_a_column_that_tells_the_outcome_for_certain_is_refused():
    outcome = np.repeat([1, 2, 3], 30)
    with pytest.raises(NotIdentifiedError, match="for certain"):
        fit(outcome[:, None].astype(float), outcome, np.ones(90))


def test_a_column_that_repeats_another_is_refused():
    rng = np.random.default_rng(1)
    column = rng.normal(size=200)
    outcome = np.digitize(column + rng.normal(size=200), [-1, 0, 1])
    with pytest.raises(NotIdentifiedError, match="repeats"):
        fit(np.column_stack([column, column]), outcome, np.ones(200))


def test_one_answer_only_is_refused():
    with pytest.raises(NotIdentifiedError, match="at least two"):
        fit(np.arange(5.0)[:, None], np.ones(5), np.ones(5))
