"""The loyalty and drivers nodes on tables as SQL hands them over."""

import numpy as np
import polars as pl
import pytest

from pipelines.measures.drivers import johnson
from pipelines.measures.joint_answers import BEHAVIOURS, DRIVERS, QUESTIONS, pairs_of
from pipelines.measures.loyalty import loyalty_table
from pipelines.nodes import drivers, loyalty

ITEMS = [*DRIVERS, *BEHAVIOURS]


def people(n: int, seed: int = 1) -> pl.DataFrame:
    """Answers that rest on one factor, emotion a little more than the rest."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n)
    cuts = [-1.8, -1.3, -0.9, -0.5, 0.0, 0.8]
    return pl.DataFrame(
        {item: 1 + np.searchsorted(cuts, 0.8 * common + 0.6 * rng.normal(size=n)) for item in ITEMS}
    ).with_columns(bucket=pl.Series(rng.integers(0, 200, n)), count=pl.lit(1))


def counted(answers: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """What queries/core counts of such answers."""
    alike = pl.all_horizontal(pl.col(item) == pl.col("success") for item in ITEMS)
    pairs = pl.concat(
        answers.with_columns(alike=alike).group_by(
            "bucket",
            first_value=pl.col(items[i]).cast(pl.Float64),
            second_value=pl.col(items[j]).cast(pl.Float64),
        ).agg(count=pl.len(), alike=pl.col("alike").sum())
        .with_columns(behaviour=pl.lit(name), first_item=pl.lit(items[i]), second_item=pl.lit(items[j]))
        for name, items in QUESTIONS.items()
        for i, j in pairs_of(items)
    )  # fmt: skip
    cells = pl.concat(
        answers.group_by(*DRIVERS, pl.col(b).alias("value")).len("count").with_columns(behaviour=pl.lit(b))
        for b in BEHAVIOURS
    )
    return {"answer_pair": pairs, "answer_combination": cells}


def moments(answers: pl.DataFrame, items: list[str]) -> pl.DataFrame:
    loyal = (12 * pl.mean_horizontal(*BEHAVIOURS)).alias("loyalty")
    z = answers.select(
        "bucket", *(pl.col(item).cast(pl.Float64) for item in items), loyal, people=pl.lit(1.0)
    )
    names = [*items, "loyalty", "people"]
    return pl.concat(
        z.group_by("bucket")
        .agg(product=(pl.col(a) * pl.col(b)).sum(), tops=((pl.col(a) >= 6) & (pl.col(b) >= 6)).sum())
        .with_columns(first_item=pl.lit(a), second_item=pl.lit(b))
        for a in names
        for b in names
        if a <= b
    )


def test_the_tables_of_the_build_say_what_the_answers_themselves_say():
    answers = people(1200)
    made = loyalty.MEASURE.compute(counted(answers))
    table, expected = made["loyalty_table"], loyalty_table(answers)
    keys = ["driver", "behaviour", "view", "level"]
    both = table.join(expected, on=keys, validate="1:1")
    assert both.height == 84
    assert both["share"].to_list() == pytest.approx(both["share_right"].to_list())
    assert both["n"].equals(both["n_right"].alias("n"))
    assert made["loyalty_verdict"]["n"].to_list() == [1200] * 5


def test_groups_under_ten_people_are_not_published():
    answers = people(60).with_columns(effort=pl.when(pl.int_range(60) < 9).then(2).otherwise(6))
    made = loyalty.MEASURE.compute(counted(answers))
    assert made["loyalty_table"]["n"].min() >= 10
    low_effort = made["loyalty_table"].filter(driver="effort", view="as counted", level="low")
    assert low_effort.is_empty()
    assert made["loyalty_verdict"]["alike_share"].null_count() == 5, (
        "fewer than ten gave one answer to everything"
    )


def test_answers_off_the_scale_are_refused():
    frames = counted(people(120))
    frames["answer_pair"] = frames["answer_pair"].with_columns(second_value=pl.lit(8.0))
    with pytest.raises(ValueError, match="second_value as a whole number from 1 to 7, found 8"):
        loyalty.MEASURE.compute(frames)


def test_importance_of_the_build_is_that_of_the_answers_with_performance_beside_it():
    answers = people(900)
    found = drivers.MEASURE.compute({"driver_moment": moments(answers, list(DRIVERS))})["driver_importance"]
    expected = johnson(answers.with_columns(y=pl.mean_horizontal(*BEHAVIOURS)).drop("count"), "y", DRIVERS)
    assert dict(found.select("driver", "weight").iter_rows()) == pytest.approx(expected)
    emotion = found.row(by_predicate=pl.col("driver") == "emotion", named=True)
    assert emotion["performance"] == pytest.approx((answers["emotion"] >= 6).mean())
    assert emotion["performance_low"] < emotion["performance"] < emotion["performance_high"]
    assert (emotion["outcome"], emotion["n"]) == ("loyalty", 900)


def test_an_item_all_answered_alike_is_left_out_of_the_importance():
    answers = people(300).with_columns(effort=pl.lit(6))
    found = drivers.MEASURE.compute({"driver_moment": moments(answers, list(DRIVERS))})["driver_importance"]
    assert set(found["driver"]) == {"success", "emotion"}


@pytest.mark.parametrize("n", [0, 99])
def test_under_a_hundred_answers_there_is_no_importance(n):
    found = drivers.MEASURE.compute({"driver_moment": moments(people(n), list(DRIVERS))})["driver_importance"]
    assert found.is_empty()


def test_loyalty_that_all_answered_alike_has_no_importance():
    answers = people(200).with_columns(pl.lit(6).alias(behaviour) for behaviour in BEHAVIOURS)
    found = drivers.MEASURE.compute({"driver_moment": moments(answers, list(DRIVERS))})["driver_importance"]
    assert found.is_empty()


def test_a_model_of_a_few_people_is_not_shown_but_what_was_counted_is():
    views = loyalty.MEASURE.compute(counted(people(60)))["loyalty_table"]["view"].unique()
    assert set(views) == {"as counted", "same-size groups"}
    assert set(loyalty.MEASURE.compute(counted(people(400)))["loyalty_table"]["view"]) >= set(
        loyalty.MODELLED
    )
