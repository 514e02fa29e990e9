from itertools import combinations

import numpy as np
import polars as pl
import pytest

from pipelines.measures.impact import permuted_clusters
from tests.measures.impact.truth import record


def teams(rng, effect: float = 0.0, drawn: int = 4, others: int = 4) -> pl.DataFrame:
    """Whole teams drawn, of unequal size, with a mood of their own that has heavy tails."""
    number = drawn + others
    team = np.repeat(np.arange(number), rng.integers(5, 40, number))
    is_drawn = rng.permutation(np.arange(number) < drawn)[team]
    y = rng.standard_t(3, number)[team] + effect * is_drawn + rng.normal(0, 1, len(team))
    return pl.DataFrame({"y": y, "drawn": is_drawn, "team": team})


def by_teams(frame, **columns):
    return permuted_clusters(frame, "y", "drawn", "team", **columns)


def test_the_p_value_counts_the_draws_that_would_have_shown_as_much():
    frame = teams(np.random.default_rng(1), effect=1.0)
    found = by_teams(frame)
    made = frame.filter("drawn")["y"].mean() - frame.filter(~pl.col("drawn"))["y"].mean()
    as_much = 0
    for chosen in combinations(range(8), 4):
        arm = frame["team"].is_in(list(chosen))
        as_much += abs(frame.filter(arm)["y"].mean() - frame.filter(~arm)["y"].mean()) >= abs(made) - 1e-12
    assert found.estimate == pytest.approx(made)
    assert found.p_value == pytest.approx(as_much / 70)
    assert found.clusters == 8


def test_the_range_ends_where_the_draws_begin_to_contradict():
    frame = teams(np.random.default_rng(2), effect=1.0, drawn=5, others=5)
    found = by_teams(frame)
    for inside in (found.low + 1e-6, found.high - 1e-6):
        assert by_teams(frame.with_columns(pl.col("y") - inside * pl.col("drawn"))).p_value > 0.05
    for outside in (found.low - 1e-6, found.high + 1e-6):
        assert by_teams(frame.with_columns(pl.col("y") - outside * pl.col("drawn"))).p_value <= 0.05


def test_too_few_teams_for_any_call_have_no_end_to_their_range():
    found = by_teams(teams(np.random.default_rng(3), effect=50.0, drawn=2, others=3))
    assert (found.low, found.high) == (-np.inf, np.inf)
    assert found.p_value == pytest.approx(0.1)


def test_many_teams_are_drawn_at_random_and_reproducibly():
    frame = teams(np.random.default_rng(4), effect=1.0, drawn=12, others=14)
    first, second, other = by_teams(frame, seed=1), by_teams(frame, seed=1), by_teams(frame, seed=2)
    assert "5000 draws" in first.method
    assert (first.low, first.high) == (second.low, second.high)
    assert first.low == pytest.approx(other.low, abs=0.2)


def test_a_team_in_both_arms_is_refused():
    frame = teams(np.random.default_rng(5)).with_columns(drawn=pl.int_range(pl.len()) % 2)
    with pytest.raises(ValueError, match="same for everybody of a team"):
        by_teams(frame)


@pytest.mark.parametrize("effect", [0.0, 1.0])
def test_the_range_of_eight_teams_holds_the_truth(effect):
    found = record(lambda rng: by_teams(teams(rng, effect)), effect, runs=100, seed=6)
    assert found.coverage >= 0.9


@pytest.mark.simulate
@pytest.mark.parametrize("effect", [0.0, 1.0])
@pytest.mark.parametrize(("drawn", "others"), [(4, 4), (3, 9), (7, 7)])
def test_a_few_teams_are_judged_honestly(effect, drawn, others):
    found = record(lambda rng: by_teams(teams(rng, effect, drawn, others)), effect, runs=200, seed=7)
    assert found.is_honest()
    assert effect > 0 or found.works <= 0.06
