import numpy as np
import polars as pl
import pytest

from pipelines.measures.league import shrink


def members(rows: list[tuple[int, ...]]) -> pl.DataFrame:
    return pl.DataFrame(
        [(f"m{place:02}", *row, *[0] * (3 - len(row))) for place, row in enumerate(rows)],
        schema=["member", "n", "successes", "opposites"],
        orient="row",
    )


def drawn(
    rng: np.random.Generator, chances: np.ndarray, sizes: np.ndarray, net: bool = False
) -> pl.DataFrame:
    against = (1 - chances) * 0.5 * net
    outcome = rng.multinomial(sizes, np.column_stack([chances, against, 1 - chances - against]))
    return members(np.column_stack([sizes, outcome[:, :2]]).tolist())


def test_a_small_group_is_drawn_to_the_middle_more_than_a_large_one():
    table = shrink(members([(1000, 900), (10, 9), (1000, 700), (1000, 800)])).sort("member")
    assert table["share"][:2].to_list() == [0.9, 0.9]
    assert table["shrunk"][0] == pytest.approx(0.9, abs=0.005)
    assert 0.8 < table["shrunk"][1] < 0.87


def test_every_estimate_lies_between_its_own_result_and_the_middle():
    table = shrink(members([(50, 30), (80, 60), (20, 8), (200, 130), (30, 22)]))
    middle = 250 / 380
    own, shrunk = table["share"].to_numpy(), table["shrunk"].to_numpy()
    assert (np.abs(shrunk - middle) < np.abs(own - middle) + 0.02).all()
    assert ((table["shrunk_low"] < table["shrunk"]) & (table["shrunk"] < table["shrunk_high"])).all()


def test_morris_draws_the_batters_of_1970_three_quarters_to_the_middle():
    """Efron and Morris (1975), JASA 70, 311-319: hits in the first 45 at bats, and the rest of the season."""
    hits = [18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7]
    season = np.array(
        [0.346, 0.298, 0.276, 0.222, 0.273, 0.270, 0.263, 0.210, 0.269, 0.230, 0.264, 0.256, 0.303, 0.264, 0.226,
         0.285, 0.316, 0.200]
    )  # fmt: skip
    table = shrink(members([(45, hit) for hit in hits])).sort("member")
    plain = ((table["share"].to_numpy() - season) ** 2).sum()
    drawn_in = ((table["shrunk"].to_numpy() - season) ** 2).sum()
    assert drawn_in < plain / 3
    kept = np.polyfit(table["share"], table["shrunk"], 1)[0]
    assert 0.15 < kept < 0.4
    assert (
        (table["shrunk_low"].to_numpy() <= season) & (season <= table["shrunk_high"].to_numpy())
    ).mean() > 0.85


def test_groups_that_are_alike_may_hold_any_rank():
    table = shrink(members([(100, 60), (100, 61), (100, 59), (100, 62), (100, 58)]))
    assert table["rank_low"].to_list() == [1] * 5
    assert table["rank_high"].to_list() == [5] * 5


def test_groups_far_apart_hold_their_ranks_and_for_some_numbers_low_is_good():
    rows = members([(2000, 1000), (2000, 1400), (2000, 1800)])
    for better, order in (("up", ["m02", "m01", "m00"]), ("down", ["m00", "m01", "m02"])):
        table = shrink(rows, better=better)
        assert table["member"].to_list() == order
        assert (
            table["rank"].to_list()
            == table["rank_low"].to_list()
            == table["rank_high"].to_list()
            == [1, 2, 3]
        )


def test_the_same_seed_gives_the_same_table_in_any_order():
    rows = members([(50, 30), (80, 60), (20, 8), (200, 130)])
    assert shrink(rows, seed=3).equals(shrink(rows.reverse(), seed=3))


def test_groups_where_all_or_none_succeed_have_a_range_within_0_and_1():
    table = shrink(members([(20, 20), (30, 30), (15, 15)]))
    assert ((table["shrunk_low"] >= 0) & (table["shrunk_high"] <= 1) & (table["shrunk"] > 0.9)).all()
    table = shrink(members([(20, 0, 20), (30, 0, 30), (15, 0, 15)]), net=True)
    assert ((table["shrunk_low"] >= -1) & (table["shrunk"] < -0.8)).all()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(10, 5), (10, 6)], "at least 3 members, found 2"),
        ([(10, 5), (10, 6), (0, 0)], "do not for \\['m02'\\]"),
        ([(10, 5), (10, 6), (10, 11)], "do not for \\['m02'\\]"),
    ],
)
def test_what_is_no_league_is_refused(rows, message):
    with pytest.raises(ValueError, match=message):
        shrink(members(rows))


def test_a_member_that_is_there_twice_is_refused():
    with pytest.raises(ValueError, match="each member once"):
        shrink(pl.concat([members([(10, 5), (10, 6)])] * 2))


@pytest.mark.parametrize("better", ["sideways", ""])
def test_a_direction_that_is_none_is_refused(better):
    with pytest.raises(ValueError, match="up or down"):
        shrink(members([(10, 5), (10, 6), (10, 7)]), better=better)


def league_seasons(seasons: int, size: int, spread: float, net: bool, seed: int) -> dict[str, float]:
    """How often ranges hold the truth, and squared errors against the plain table's."""
    rng = np.random.default_rng(seed)
    held = rank_held = error = plain_error = 0.0
    for _ in range(seasons):
        chances = rng.beta(0.6 / spread**2 * 0.24, 0.4 / spread**2 * 0.24, size).clip(0.01, 0.99)
        sizes = rng.integers(15, 200, size)
        truth = chances - (1 - chances) * 0.5 * net
        table = shrink(drawn(rng, chances, sizes, net), net=net).sort("member")
        held += (
            (table["shrunk_low"].to_numpy() <= truth) & (truth <= table["shrunk_high"].to_numpy())
        ).mean()
        rank = (-truth).argsort().argsort() + 1
        rank_held += ((table["rank_low"].to_numpy() <= rank) & (rank <= table["rank_high"].to_numpy())).mean()
        error += ((table["shrunk"].to_numpy() - truth) ** 2).mean()
        plain_error += ((table["share"].to_numpy() - truth) ** 2).mean()
    return {"held": held / seasons, "rank_held": rank_held / seasons, "error": error / plain_error}


@pytest.mark.parametrize("net", [False, True])
def test_shrunk_shares_are_nearer_the_truth_and_their_ranges_hold_it(net):
    season = league_seasons(60, 8, 0.05, net, seed=6)
    assert season["held"] > 0.9
    assert season["rank_held"] > 0.95
    assert season["error"] < 0.7


@pytest.mark.simulate
@pytest.mark.parametrize("net", [False, True])
@pytest.mark.parametrize(("size", "spread"), [(3, 0.05), (3, 0.15), (10, 0.05), (10, 0.15)])
def test_over_many_seasons_the_ranges_hold_the_truth_in_95_of_100(size, spread, net):
    season = league_seasons(200, size, spread, net, seed=7)
    assert 0.915 <= season["held"] <= 0.985
    assert season["rank_held"] >= 0.96
    assert season["error"] < 1.0
