import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures.weights import (
    OTHERS,
    TargetsConflict,
    collapse,
    effective_n,
    largest_gap,
    r_indicator,
    rake,
    weighted_score,
    worst_case,
)

TARGETS = {"segment": {"a": 0.5, "b": 0.3, "c": 0.2}, "region": {"north": 0.6, "south": 0.4}}
KINDS = pl.DataFrame(
    [(segment, region) for segment in "abc" for region in ("north", "south")],
    schema=["segment", "region"],
    orient="row",
)
ANSWER_RATES = np.array([0.15, 0.05, 0.08])
"""Of promoters, passives and detractors, 35, 30 and 35 in 100: true net promoter score 0, +26 as heard."""
POPULATION = np.array([0.35, 0.30, 0.35])
LEANING = np.array([[0.80, 0.15, 0.05], [0.05, 0.85, 0.10], [0.05, 0.15, 0.80]])
"""In which of three groups of the frame promoters, passives and detractors are."""

counts = st.lists(st.integers(1, 400), min_size=6, max_size=6)


def kinds(number: list[int]) -> pl.DataFrame:
    return KINDS.with_columns(count=pl.Series(number))


def shares(frame: pl.DataFrame, column: str) -> dict[str, float]:
    held = pl.col("weight") * pl.col("count")
    return dict(frame.group_by(column).agg(held.sum() / frame.select(held.sum()).item()).iter_rows())


@given(counts)
def test_weighted_groups_have_their_share_of_the_base_and_the_mean_weight_is_one(number):
    raked = rake(kinds(number), TARGETS, largest_weight=1e9)
    for column, wanted in TARGETS.items():
        assert shares(raked, column) == pytest.approx(wanted, abs=1e-6)
    assert (raked["weight"] * raked["count"]).sum() == pytest.approx(sum(number))
    assert largest_gap(raked, TARGETS) < 1e-6


@given(counts)
def test_no_weight_is_more_than_the_cap_and_what_it_costs_is_told(number):
    raked = rake(kinds(number), TARGETS, largest_weight=1.5)
    spelt_out = np.sort(np.repeat(raked["weight"], raked["count"]))
    assert (raked["weight"] > 0).all()
    assert raked["weight"].max() <= 1.5 * spelt_out[math.ceil(len(spelt_out) / 2) - 1] * (1 + 1e-6)
    told = max(
        abs(shares(raked, column)[level] - share)
        for column, wanted in TARGETS.items()
        for level, share in wanted.items()
    )
    assert largest_gap(raked, TARGETS) == pytest.approx(told)


@given(counts)
def test_a_kind_with_its_count_weighs_as_its_people_one_by_one(number):
    small = [1 + n % 7 for n in number]
    raked = rake(kinds(small), TARGETS)
    one_by_one = rake(KINDS.select(pl.all().repeat_by(pl.Series(small)).explode()), TARGETS)
    assert one_by_one["weight"].to_list() == pytest.approx(np.repeat(raked["weight"], small).tolist())


@given(counts, st.permutations(range(6)))
def test_the_order_of_the_rows_changes_nothing(number, order):
    raked = rake(kinds(number), TARGETS)
    shuffled = rake(kinds(number)[order], TARGETS)
    assert shuffled["weight"].to_list() == pytest.approx(raked[order]["weight"].to_list())


def test_who_answers_as_the_base_is_weighs_one():
    frame = kinds([30, 20, 18, 12, 12, 8])
    assert rake(frame, TARGETS)["weight"].to_list() == pytest.approx([1.0] * 6)


def test_one_column_gives_the_textbook_weights():
    frame = pl.DataFrame({"segment": ["a", "b", "c"], "count": [100, 50, 50]})
    raked = rake(frame, {"segment": TARGETS["segment"]})
    assert raked["weight"].to_list() == pytest.approx([1.0, 1.2, 0.8])


def test_two_columns_give_the_weights_of_the_equations():
    frame = kinds([20, 30, 10, 20, 5, 15])
    weight = rake(frame, TARGETS)["weight"].to_numpy().reshape(3, 2)
    odds = weight[:, 0] / weight[:, 1]
    assert odds == pytest.approx([odds[0]] * 3)


def test_without_targets_everybody_weighs_one():
    assert rake(kinds([1, 2, 3, 4, 5, 6]), {})["weight"].to_list() == [1.0] * 6


@pytest.mark.parametrize(
    ("frame", "targets", "message"),
    [
        (kinds([1] * 6), {"language": {"de": 1.0}}, "lack: \\['language'\\]"),
        (kinds([1] * 6), {"segment": {"a": 0.5, "b": 0.5}}, "no share for segment: c"),
        (
            kinds([1, 1, 1, 1, 0, 0]),
            TARGETS,
            "nobody answered in segment: c. Merge rare levels with collapse",
        ),
        (kinds([1] * 6), {"segment": {"a": 0.5, "b": 0.3, "c": 0.1}}, "sum to 1"),
        (kinds([1] * 6), {"segment": {"a": 1.5, "b": -0.7, "c": 0.2}}, "0 or more"),
        (kinds([0] * 6), TARGETS, "nobody answered"),
        (kinds([1] * 6).with_columns(region=pl.lit(None, pl.String)), TARGETS, "region is null"),
    ],
)
def test_what_can_not_be_weighted_is_refused_by_name(frame, targets, message):
    with pytest.raises(ValueError, match=message):
        rake(frame, targets)


def test_levels_that_only_occur_together_can_not_meet_different_targets():
    frame = pl.DataFrame({"segment": ["a", "b"], "region": ["north", "south"], "count": [10, 10]})
    with pytest.raises(TargetsConflict, match="segment, region can not be met together"):
        rake(frame, {"segment": {"a": 0.5, "b": 0.5}, "region": {"north": 0.7, "south": 0.3}})


def test_rare_levels_are_merged_until_they_are_not_rare():
    frame, targets = collapse(kinds([40, 40, 6, 6, 2, 1]), TARGETS, smallest=10)
    assert targets["segment"] == pytest.approx({"a": 0.5, OTHERS: 0.5})
    assert targets["region"] == TARGETS["region"]
    assert largest_gap(rake(frame, targets), targets) < 1e-6


def test_a_level_nobody_answered_in_joins_the_next_rarest():
    frame, targets = collapse(kinds([40, 40, 0, 0, 20, 20]), TARGETS)
    assert targets["segment"] == pytest.approx({"a": 0.5, OTHERS: 0.5})
    assert set(frame["segment"]) == {"a", OTHERS}


def test_a_column_with_one_level_left_is_no_target():
    _, targets = collapse(kinds([4, 4, 0, 0, 0, 0]), TARGETS)
    assert targets == {}


def test_levels_that_enough_answered_in_stay_as_they_are():
    frame = kinds([10, 10, 10, 10, 10, 10])
    merged, targets = collapse(frame, TARGETS)
    assert merged.equals(frame)
    assert targets == TARGETS


@pytest.mark.parametrize(
    ("weights", "number", "expected"),
    [
        ([1, 1, 1, 1], None, 4),
        ([2, 2], [10, 30], 40),
        ([1, 3], None, 1.6),
        ([1, 3], [50, 50], 80),
        ([], None, 0),
    ],
)
def test_unequal_weights_say_as_much_as_fewer_answers(weights, number, expected):
    assert effective_n(weights, number) == pytest.approx(expected)


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match="0 or more"):
        effective_n([1, -1])


def test_equal_weights_give_the_plain_ranges():
    frame = pl.DataFrame({"weight": [1.0], "n": [263], "successes": [81], "opposites": [100]})
    assert weighted_score(frame) == pytest.approx((81 / 263, 0.2553, 0.3662, 263), abs=5e-5)
    share, low, high, n = weighted_score(frame, net=True)
    assert (share, n) == pytest.approx((-19 / 263, 263))
    assert low < share < high


def test_a_group_that_is_heard_too_rarely_counts_for_more():
    frame = pl.DataFrame({"weight": [0.5, 1.5], "n": [50, 50], "successes": [50, 0], "opposites": [0, 50]})
    assert weighted_score(frame)[0] == pytest.approx(0.25)
    assert weighted_score(frame, net=True)[0] == pytest.approx(-0.5)


@given(st.integers(0, 100), st.integers(0, 100), st.integers(1, 500), st.integers(0, 500))
def test_the_worst_case_holds_the_truth_whatever_the_silent_think(happy, other, silent, silent_happy):
    answered = happy + other
    if not answered:
        return
    asked, all_happy = answered + silent, happy + min(silent, silent_happy)
    low, high = worst_case(happy / answered, answered / asked)
    assert low - 1e-9 <= all_happy / asked <= high + 1e-9
    net = (happy - other) / answered
    low, high = worst_case(net, answered / asked, net=True)
    assert low - 1e-9 <= (2 * all_happy - asked) / asked <= high + 1e-9


def test_the_worst_case_of_a_third_answering_is_two_thirds_wide():
    assert worst_case(0.6, 1 / 3) == pytest.approx((0.2, 0.2 + 2 / 3))
    assert worst_case(0.2, 1.0) == (0.2, 0.2)


@pytest.mark.parametrize("arguments", [(1.1, 0.5), (-0.1, 0.5), (0.5, 1.1)])
def test_an_impossible_share_is_refused(arguments):
    with pytest.raises(ValueError, match="expected a score from 0 to 1"):
        worst_case(*arguments)


def test_groups_that_answer_alike_are_representative():
    asked = pl.DataFrame({"invited": [1000, 500], "answered": [300, 150]})
    r, low, high = r_indicator(asked)
    assert (r, high) == (1, 1)
    assert 0.9 < low < 1


def test_two_groups_of_which_one_always_answers_are_not_representative():
    asked = pl.DataFrame({"invited": [10_000, 10_000], "answered": [10_000, 0]})
    assert r_indicator(asked) == pytest.approx((0, 0, 0), abs=0.01)


def test_small_groups_count_as_one():
    merged = pl.DataFrame({"invited": [100, 12], "answered": [30, 9]})
    small = pl.DataFrame({"invited": [100, 4, 4, 4], "answered": [30, 4, 4, 1]})
    assert r_indicator(small) == r_indicator(merged)


@pytest.mark.parametrize(
    "asked", [{"invited": [100], "answered": [30]}, {"invited": [10, 10], "answered": [11, 1]}]
)
def test_one_group_or_more_answers_than_people_are_refused(asked):
    with pytest.raises(ValueError, match="at least two groups"):
        r_indicator(pl.DataFrame(asked))


@pytest.mark.parametrize(("rates", "size"), [((0.3, 0.3), 25), ((0.2, 0.4), 60), ((0.1, 0.5), 200)])
def test_chance_differences_between_groups_are_taken_out_and_the_range_holds_the_truth(rates, size):
    rng = np.random.default_rng(1)
    answering = np.linspace(*rates, 20)
    truth = 1 - 2 * answering.std()
    found = np.array(
        [
            r_indicator(pl.DataFrame({"invited": [size] * 20, "answered": rng.binomial(size, answering)}))
            for _ in range(400)
        ]
    )
    assert found[:, 0].mean() == pytest.approx(truth, abs=0.04)
    assert ((found[:, 1] <= truth + 1e-9) & (truth <= found[:, 2] + 1e-9)).mean() > 0.93


def survey(rng: np.random.Generator, people: int, leaning: np.ndarray, rates: np.ndarray):
    """People and answers by kind (promoter, passive, detractor) and group of the frame."""
    asked = rng.multinomial(people, (POPULATION[:, None] * leaning).ravel()).reshape(3, -1)
    return asked, rng.binomial(asked, rates)


def weighted(answered: np.ndarray, share_of_group: np.ndarray) -> tuple[float, float, float, float]:
    names = [f"group {number}" for number in range(len(share_of_group))]
    frame = pl.DataFrame(
        {
            "group": names,
            "count": answered.sum(axis=0),
            "n": answered.sum(axis=0),
            "successes": answered[0],
            "opposites": answered[2],
        }
    )
    raked = rake(frame, {"group": dict(zip(names, share_of_group, strict=True))})
    return weighted_score(raked, net=True)


def test_where_the_frame_explains_who_answers_a_score_of_26_is_seen_to_be_0():
    rng = np.random.default_rng(2)
    rates = np.linalg.solve(LEANING, ANSWER_RATES)
    assert ((rates > 0) & (rates < 1)).all()
    heard, found, held, bounds_held = [], [], 0, 0
    for _ in range(200):
        asked, answered = survey(rng, 20_000, LEANING, rates)
        net = (answered[0].sum() - answered[2].sum()) / answered.sum()
        heard.append(net)
        score, low, high, _ = weighted(answered, POPULATION @ LEANING)
        found.append(score)
        held += low <= 0 <= high
        truth = (asked[0].sum() - asked[2].sum()) / asked.sum()
        bound_low, bound_high = worst_case(net, answered.sum() / asked.sum(), net=True)
        bounds_held += bound_low <= truth <= bound_high
    assert np.mean(heard) == pytest.approx(0.257, abs=0.01)
    assert abs(np.mean(found)) <= 0.01
    assert held >= 190
    assert bounds_held == 200


def test_where_the_frame_explains_nothing_weights_repair_nothing_and_the_bounds_still_hold():
    rng = np.random.default_rng(3)
    even = np.full((3, 2), 0.5)
    for _ in range(200):
        asked, answered = survey(rng, 20_000, even, ANSWER_RATES[:, None])
        net = (answered[0].sum() - answered[2].sum()) / answered.sum()
        truth = (asked[0].sum() - asked[2].sum()) / asked.sum()
        assert weighted(answered, np.array([0.5, 0.5]))[0] == pytest.approx(net, abs=0.03)
        bound_low, bound_high = worst_case(net, answered.sum() / asked.sum(), net=True)
        assert bound_low <= truth <= bound_high


@pytest.mark.simulate
@pytest.mark.parametrize("people", [1_000, 20_000])
def test_the_range_at_the_effective_n_holds_the_truth_in_95_of_100_surveys(people):
    rng = np.random.default_rng(4)
    unrelated = np.tile([0.5, 0.3, 0.2], (3, 1))
    rates = np.array([0.4, 0.1, 0.2])
    held = 0
    for _ in range(1500):
        _, answered = survey(rng, people, unrelated, rates)
        _, low, high, _ = weighted(answered, unrelated[0])
        held += low <= 0 <= high
    assert 0.935 <= held / 1500 <= 0.97
