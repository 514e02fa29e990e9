import math

import numpy as np
import polars as pl
import pytest
from scipy.special import ndtri

from pipelines.measures.loyalty import BEHAVIOURS, DRIVERS, loyalty_table, verdict
from pipelines.measures.proportions import wilson

ITEMS = [*DRIVERS, *BEHAVIOURS]
EQUAL, EMOTION_AHEAD = (0.3, 0.3, 0.3), (0.30, 0.30, 0.45)

# Upper cuts of the answers 1 to 6. "High" starts at the fifth: the top 60, 58 and 40 % of the drivers.
ONLY_HIGH_DIFFERS = [
    [-2.0, -1.5, -1.1, -0.7, ndtri(0.40), 0.6],
    [-2.0, -1.5, -1.1, -0.7, ndtri(0.42), 0.6],
    [-2.0, -1.5, -1.1, -0.7, ndtri(0.60), 0.6],
]
EMOTION_RATED_HARSHLY = [
    [-2.6, -2.2, -1.8, -1.2, ndtri(0.40), 0.2],
    [-2.6, -2.2, -1.8, -1.2, ndtri(0.42), 0.2],
    [-1.2, -0.7, -0.3, 0.0, ndtri(0.60), 1.0],
]
BEHAVIOUR_CUTS = [-1.8, -1.3, -0.9, -0.5, 0.0, 0.8]


def simulated(rng, n, effects, cuts=ONLY_HIGH_DIFFERS, correlation=0.5) -> pl.DataFrame:
    """Answers of n people whose four loyalty behaviours rest on three correlated drivers and on noise."""
    root = np.linalg.cholesky(np.full((3, 3), correlation) + (1 - correlation) * np.eye(3))
    drivers = rng.normal(size=(n, 3)) @ root.T
    behaviours = (drivers @ effects)[:, None] + rng.normal(size=(n, 4))
    behaviours /= math.sqrt(np.square(effects @ root).sum() + 1)
    answers = [np.searchsorted(cut, driver) + 1 for cut, driver in zip(cuts, drivers.T, strict=True)]
    answers += [np.searchsorted(BEHAVIOUR_CUTS, behaviour) + 1 for behaviour in behaviours.T]
    return pl.DataFrame(dict(zip(ITEMS, answers, strict=True)))


def said(answers: pl.DataFrame, draws: int = 150) -> dict[str, str]:
    return dict(verdict(answers, seed=1, draws=draws).select("behaviour", "verdict").iter_rows())


def share_saying(statement, behaviour, runs, seed, *simulation) -> float:
    rng = np.random.default_rng(seed)
    return sum(said(simulated(rng, *simulation))[behaviour] == statement for _ in range(runs)) / runs


def high_share(table: pl.DataFrame, driver: str) -> float:
    rows = table.filter(pl.col("driver") == driver, pl.col("level") == "high")
    return rows["share"].mean()


def test_a_small_table_counts_what_people_answered():
    answers = pl.DataFrame(
        [(7, 7, 7, 6, 1, 1, 1), (6, 5, 2, 7, 1, 1, 1), (6, 1, 1, 5, 1, 1, 1), (3, 1, 1, 7, 1, 1, None)],
        schema=ITEMS,
        orient="row",
    ).with_columns(count=pl.Series([4, 3, 2, 1]))
    rows = loyalty_table(answers).rows_by_key(["driver", "behaviour", "level"], named=True, unique=True)
    high = rows["success", "purchase_more", "high"]
    assert (high["share"], high["n"], high["view"]) == (pytest.approx(7 / 9), 9, "as counted")
    assert (high["share_low"], high["share_high"]) == pytest.approx(wilson(7, 9))
    assert rows["success", "purchase_more", "low"]["n"] == 1
    assert rows["success", "trust", "low"] == rows["success", "trust", "low"] | {"n": 0, "share": None}
    assert rows["emotion", "purchase_more", "low"]["n"] == 6


def test_the_table_alone_would_be_fooled_by_where_high_begins():
    table = loyalty_table(simulated(np.random.default_rng(2), 20_000, EQUAL))
    assert high_share(table, "emotion") > high_share(table, "success") + 0.04


def test_where_high_begins_does_not_make_a_leader():
    assert share_saying("emotion leads", "overall", 34, 3, 1500, EQUAL) <= 0.03


def test_a_harshly_used_scale_does_not_make_a_leader_even_among_many_answers():
    assert share_saying("tied", "overall", 6, 4, 8_000, EQUAL, EMOTION_RATED_HARSHLY) >= 0.8


def test_a_true_leader_is_named():
    assert share_saying("emotion leads", "overall", 15, 5, 1500, EMOTION_AHEAD) >= 0.8


def test_the_leader_may_be_another_driver_than_emotion():
    answers = simulated(np.random.default_rng(6), 6000, (0.2, 0.6, 0.2), EMOTION_RATED_HARSHLY)
    assert set(said(answers).values()) == {"effort leads"}


def test_a_driver_that_goes_with_less_loyalty_never_leads():
    answers = simulated(np.random.default_rng(7), 5000, (-0.5, -0.5, 0.0))
    assert set(said(answers).values()) == {"tied"}


def test_relabelling_an_answer_scale_changes_nothing():
    answers = simulated(np.random.default_rng(8), 800, EMOTION_AHEAD).with_columns(
        pl.col("emotion").clip(1, 5)
    )
    stretched = answers.with_columns(pl.col("emotion").replace({4: 6, 5: 7}))
    assert verdict(stretched, seed=1).equals(verdict(answers, seed=1))


def test_a_count_stands_for_so_many_people_and_their_order_does_not_matter():
    answers = simulated(np.random.default_rng(9), 600, EMOTION_AHEAD)
    counted = answers.group_by(ITEMS).len("count").sample(fraction=1, shuffle=True, seed=1)
    assert verdict(counted, seed=4).equals(verdict(answers, seed=4))
    assert loyalty_table(counted).equals(loyalty_table(answers))


def test_unanswered_items_cost_only_the_behaviour_they_belong_to():
    answers = simulated(np.random.default_rng(10), 400, EQUAL)
    with_gaps = answers.with_columns(trust=pl.when(pl.int_range(400) < 90).then("trust"))
    judged = verdict(with_gaps)
    assert judged["n"].to_list() == [400, 400, 400, 90, 90]
    assert judged["verdict"].to_list()[3:] == ["not enough data"] * 2


def test_an_item_all_answer_alike_is_not_enough_data():
    answers = simulated(np.random.default_rng(11), 400, EQUAL).with_columns(effort=pl.lit(6))
    assert set(said(answers).values()) == {"not enough data"}


def test_drivers_that_are_one_and_the_same_are_tied():
    answers = simulated(np.random.default_rng(12), 2000, EMOTION_AHEAD).with_columns(
        effort="emotion", success="emotion"
    )
    assert set(said(answers).values()) == {"tied"}


def test_nobody_asked_gives_an_empty_answer_and_no_error():
    nobody = simulated(np.random.default_rng(13), 10, EQUAL).clear()
    assert set(said(nobody).values()) == {"not enough data"}
    assert loyalty_table(nobody)["n"].to_list() == [0] * 24


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda answers: answers.drop("trust"), "missing: \\['trust'\\]"),
        (
            lambda answers: answers.with_columns(effort=pl.lit(8)),
            "effort as a whole number from 1 to 7, found 8",
        ),
        (
            lambda answers: answers.with_columns(effort=pl.lit(3.5)),
            "effort as a whole number from 1 to 7, found 3.5",
        ),
    ],
)
def test_answers_that_cannot_be_are_refused_in_plain_words(change, message):
    answers = change(simulated(np.random.default_rng(14), 10, EQUAL))
    with pytest.raises(ValueError, match=message):
        verdict(answers)


@pytest.mark.simulate
@pytest.mark.parametrize(
    "cuts", [ONLY_HIGH_DIFFERS, EMOTION_RATED_HARSHLY], ids=["only high differs", "harsh"]
)
def test_in_a_thousand_surveys_where_high_begins_does_not_make_emotion_lead(cuts):
    rng = np.random.default_rng(21)
    overall = any_behaviour = 0
    for _ in range(1000):
        sayings = said(simulated(rng, 1500, EQUAL, cuts))
        overall += sayings.pop("overall") == "emotion leads"
        any_behaviour += "emotion leads" in sayings.values()
    assert overall / 1000 <= 0.03
    assert any_behaviour / 1000 <= 0.03


@pytest.mark.simulate
def test_in_a_thousand_surveys_two_leaders_of_equal_strength_are_rarely_told_apart():
    rng = np.random.default_rng(22)
    false = np.zeros(2)
    for _ in range(1000):
        sayings = said(simulated(rng, 1500, (0.45, 0.2, 0.45), EMOTION_RATED_HARSHLY))
        false += sayings.pop("overall") != "tied", set(sayings.values()) != {"tied"}
    assert (false / 1000 <= 0.065).all()


@pytest.mark.simulate
def test_in_a_thousand_surveys_a_true_leader_is_named_in_four_of_five():
    assert share_saying("emotion leads", "overall", 1000, 23, 1500, EMOTION_AHEAD) >= 0.8
