import math

import numpy as np
import polars as pl
import pytest
from scipy.special import ndtri

from pipelines.measures.drivers import lmg
from pipelines.measures.joint_answers import BEHAVIOURS, DRIVERS
from pipelines.measures.loyalty import loyalty_table, verdict
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


def simulated(rng, n, effects, cuts=ONLY_HIGH_DIFFERS, noise=None, alike=0.0) -> pl.DataFrame:
    """Answers of n people whose four loyalty behaviours rest on three drivers, correlated at 0.5, and on noise.

    The effects are standardised: drivers and behaviours have variance 1, the noise what the drivers leave of it;
    or the noise has the variance given, and the effects are not. `alike`: who gives one answer to everything.
    """
    root = np.linalg.cholesky(np.full((3, 3), 0.5) + 0.5 * np.eye(3))
    explained = np.square(effects @ root).sum()
    noise = 1 - explained if noise is None else noise
    drivers = rng.normal(size=(n, 3)) @ root.T
    behaviours = (drivers @ effects)[:, None] + math.sqrt(noise) * rng.normal(size=(n, 4))
    behaviours /= math.sqrt(explained + noise)
    answers = [np.searchsorted(cut, driver) + 1 for cut, driver in zip(cuts, drivers.T, strict=True)]
    answers += [np.searchsorted(BEHAVIOUR_CUTS, behaviour) + 1 for behaviour in behaviours.T]
    table = np.column_stack(answers)
    if alike:
        who = rng.random(n) < alike
        table[who] = (np.searchsorted(BEHAVIOUR_CUTS, rng.normal(size=who.sum())) + 1)[:, None]
    return pl.DataFrame(table, schema=ITEMS)


def said(answers: pl.DataFrame, draws: int = 150) -> dict[str, str]:
    return dict(verdict(answers, seed=1, draws=draws).select("behaviour", "verdict").iter_rows())


def share_saying(statement, behaviour, runs, seed, *simulation) -> float:
    rng = np.random.default_rng(seed)
    return sum(said(simulated(rng, *simulation))[behaviour] == statement for _ in range(runs)) / runs


def mean_share(table: pl.DataFrame, driver: str, view: str, level: str = "high") -> float:
    return table.filter(driver=driver, view=view, level=level)["share"].mean()


def test_a_small_table_counts_what_people_answered():
    answers = pl.DataFrame(
        [(7, 7, 7, 6, 1, 1, 1), (6, 5, 2, 7, 1, 1, 1), (6, 1, 1, 5, 1, 1, 1), (3, 1, 1, 7, 1, 1, None)],
        schema=ITEMS,
        orient="row",
    ).with_columns(count=pl.Series([4, 3, 2, 1]))
    counted = loyalty_table(answers).filter(view="as counted")
    rows = counted.rows_by_key(["driver", "behaviour", "level"], named=True, unique=True)
    high = rows["success", "purchase_more", "high"]
    assert (high["share"], high["n"]) == (pytest.approx(7 / 9), 9)
    assert (high["share_low"], high["share_high"]) == pytest.approx(wilson(7, 9))
    assert rows["success", "purchase_more", "low"]["n"] == 1
    assert rows["success", "trust", "low"] == rows["success", "trust", "low"] | {"n": 0, "share": None}
    assert rows["emotion", "purchase_more", "low"]["n"] == 6


def test_counting_alone_is_fooled_by_where_high_begins_and_groups_of_one_size_are_not():
    table = loyalty_table(simulated(np.random.default_rng(2), 20_000, EQUAL), draws=20)
    assert mean_share(table, "emotion", "as counted") > mean_share(table, "success", "as counted") + 0.04
    same_size = [mean_share(table, driver, "same-size groups") for driver in DRIVERS]
    assert max(same_size) - min(same_size) < 0.02


def test_groups_of_one_size_share_out_those_on_the_border():
    rows = [(7, 7, 6, 7), (7, 5, 6, 7), (6, 5, 5, 7), (6, 5, 5, 1), (5, 5, 4, 1), (1, 5, 3, 1)]
    answers = pl.DataFrame(rows, schema=[*DRIVERS, "trust"], orient="row").with_columns(
        count=pl.lit(5), purchase_more=None, recommend=None, forgive=None
    )
    table = loyalty_table(answers).filter(behaviour="trust", level="high")
    counted, same_size = (
        {row["driver"]: (row["share"], row["n"]) for row in table.filter(view=view).iter_rows(named=True)}
        for view in ("as counted", "same-size groups")
    )
    # High are 20, 5 and 10 people: 35 / 3 each. Of those rating effort 5, 20 / 3 of 25 belong to the highest.
    assert counted == {"success": (0.75, 20), "effort": (1.0, 5), "emotion": (1.0, 10)}
    assert same_size["effort"] == (pytest.approx((5 + 20 / 3 * 10 / 25) / (35 / 3)), 12)
    assert same_size["emotion"] == (pytest.approx((10 + 5 / 3 * 5 / 10) / (35 / 3)), 12)
    assert same_size["success"] == (pytest.approx((10 + 5 / 3 * 5 / 10) / (35 / 3)), 12)


def test_a_driver_that_does_nothing_of_its_own_shows_none_once_the_others_are_held_equal():
    table = loyalty_table(simulated(np.random.default_rng(3), 20_000, (0.5, 0.3, 0.0)), draws=20)
    gap = {
        view: mean_share(table, "emotion", view) - mean_share(table, "emotion", view, "low")
        for view in ("as counted", "others held equal")
    }
    assert gap["as counted"] > 0.3
    assert abs(gap["others held equal"]) < 0.03


def test_shares_explained_are_lmg_shares_of_the_answers():
    answers = simulated(np.random.default_rng(4), 900, EMOTION_AHEAD)
    explained = loyalty_table(answers).filter(view="share explained", behaviour="forgive")
    assert dict(explained.select("driver", "share").iter_rows()) == pytest.approx(
        lmg(answers, "forgive", DRIVERS)
    )
    assert (explained["share_low"] < explained["share"]).all()
    assert (explained["share"] < explained["share_high"]).all()


def test_every_share_lies_in_its_range_of_about_the_expected_width():
    table = loyalty_table(simulated(np.random.default_rng(5), 2_000, EQUAL))
    assert table.select((pl.col("share").is_between("share_low", "share_high")).all()).item()
    for row in table.filter(view="as counted").iter_rows(named=True):
        low, high = wilson(row["share"] * row["n"], row["n"])
        assert row["share_high"] - row["share_low"] == pytest.approx(high - low, rel=0.2)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("others", [1, 9])
def test_one_low_rater_among_a_handful_stops_nothing(others):
    items = [*DRIVERS, "purchase_more", "recommend", "forgive", "trust"]
    happy = [{item: 5 + (place + k) % 3 for k, item in enumerate(items)} for place in range(others)]
    table = loyalty_table(pl.DataFrame([dict.fromkeys(items, 4) | {"effort": 2}, *happy]), draws=1000)
    low = table.filter(view="same-size groups", level="low", behaviour="trust")
    assert low["n"].to_list() == [0, 0, 0]
    assert low["share"].null_count() == 3
    assert not table.select(pl.col("share", "share_low", "share_high").is_nan().any()).row(0).count(True)


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
    found = [
        verdict(each, seed=1).select("behaviour", "n", "leader", "lead") for each in (stretched, answers)
    ]
    assert found[0].equals(found[1])


def test_a_count_stands_for_so_many_people_and_their_order_does_not_matter():
    answers = simulated(np.random.default_rng(9), 600, EMOTION_AHEAD)
    counted = answers.group_by(ITEMS).len("count").sample(fraction=1, shuffle=True, seed=1)
    assert verdict(counted, seed=4).equals(verdict(answers, seed=4))
    assert loyalty_table(counted).equals(loyalty_table(answers))


def test_a_leader_is_named_just_where_its_whole_lead_is_above_zero():
    rng = np.random.default_rng(16)
    for effects in (EQUAL, EMOTION_AHEAD, (0.3, 0.3, 0.38), (0.4, 0.3, 0.2)):
        judged = verdict(simulated(rng, 1200, effects), draws=150)
        names = judged.select((pl.col("leader") + " leads").alias("verdict"))["verdict"]
        assert ((judged["verdict"] == names) == (judged["lead_low"] > 0)).all()
        assert judged.select(pl.col("lead").is_between("lead_low", "lead_high").all()).item()


def test_behaviours_that_agree_support_each_other():
    answers = simulated(np.random.default_rng(17), 1500, (0.3, 0.3, 0.42))
    alone = answers.with_columns(pl.lit(None, pl.Int64).alias(each) for each in BEHAVIOURS[1:])
    low, unsupported = (verdict(each)["lead_low"][0] for each in (answers, alone))
    assert low == pytest.approx(unsupported, abs=0.01), "no price for asking four behaviours that agree"


def test_one_answer_to_everything_does_not_make_a_leader():
    answers = simulated(np.random.default_rng(18), 3000, EQUAL, EMOTION_RATED_HARSHLY, alike=0.25)
    judged = verdict(answers)
    assert set(judged["verdict"]) == {"tied"}
    assert judged["alike_share"].min() > 0.25
    assert judged["caution"].str.contains("one answer to everything").all()


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
    table = loyalty_table(nobody)
    assert (set(table["n"]), set(table["share"]), table.height) == ({0}, {None}, 84)


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
        sayings = said(simulated(rng, 1500, (0.45, 0.2, 0.45), EMOTION_RATED_HARSHLY, noise=1))
        false += sayings.pop("overall") != "tied", set(sayings.values()) != {"tied"}
    assert (false / 1000 <= 0.065).all()


@pytest.mark.simulate
def test_in_a_thousand_surveys_a_true_leader_is_named_in_four_of_five_for_every_behaviour():
    rng = np.random.default_rng(23)
    named = np.zeros(5)
    covered = 0
    for _ in range(1000):
        judged = verdict(simulated(rng, 1500, EMOTION_AHEAD), seed=1, draws=150)
        named += (judged["verdict"] == "emotion leads").to_numpy()
        covered += judged["lead_low"][4] <= 0.15 <= judged["lead_high"][4]
    assert (named / 1000 >= 0.8).all()
    assert covered / 1000 >= 0.93


@pytest.mark.simulate
def test_in_five_hundred_noisier_surveys_the_overall_leader_is_named_in_four_of_five():
    rng = np.random.default_rng(24)
    named = sum(
        said(simulated(rng, 1500, EMOTION_AHEAD, noise=1))["overall"] == "emotion leads" for _ in range(500)
    )
    assert named / 500 >= 0.8


@pytest.mark.simulate
@pytest.mark.parametrize("noise", [None, 1])
def test_in_five_hundred_surveys_with_a_quarter_of_careless_answers_emotion_does_not_lead(noise):
    rng = np.random.default_rng(25)
    false = np.zeros(2)
    for _ in range(500):
        sayings = said(simulated(rng, 1500, EQUAL, EMOTION_RATED_HARSHLY, noise, alike=0.25))
        false += sayings.pop("overall") == "emotion leads", "emotion leads" in sayings.values()
    assert (false / 500 <= 0.03).all()
