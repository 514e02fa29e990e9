"""The unfinished week against the same weekdays of the weeks before."""

import polars as pl

from pipelines.nodes.so_far import MEASURE

DEFINITION = pl.DataFrame(
    {"kpi": ["emotion", "nps", "trust"], "interval": ["wilson", "nps", "wilson"], "minimum_n": [10, 10, 20]}
)


def so_far(kpi: str, *weeks: tuple[int, int, int], days: int = 3) -> pl.DataFrame:
    """n, successes and opposites of weeks 40 and on; the last one is not over."""
    frame = pl.DataFrame(
        [
            (kpi, f"2026-W{40 + i}", f"2026-W{39 + len(weeks)}", days, *counts)
            for i, counts in enumerate(weeks)
        ],
        schema={
            "kpi": pl.String, "iso_week": pl.String, "this_week": pl.String, "days": pl.Int64, "n": pl.Int64,
            "successes": pl.Int64, "opposites": pl.Int64,
        },
        orient="row",
    )  # fmt: skip
    return MEASURE.compute({"kpi_to_date": frame, "definition": DEFINITION})["kpi_so_far"]


def test_a_week_that_falls_to_half_says_so_before_it_is_over() -> None:
    told = so_far("emotion", *[(300, 210, 30)] * 8, (300, 105, 120)).row(0, named=True)
    assert (told["kpi"], told["iso_week"], told["days"], told["n"]) == ("emotion", "2026-W48", 3, 300)
    assert told["verdict"] == "down"
    assert round(told["change"], 9) == -0.35
    assert told["change_low"] < -0.35 < told["change_high"] < 0


def test_a_week_like_those_before_says_so() -> None:
    assert so_far("emotion", *[(300, 210, 30)] * 8, (300, 204, 30))["verdict"].to_list() == ["no real change"]


def test_a_fall_of_the_weeks_before_is_not_laid_on_this_week() -> None:
    weeks = [*[(300, 210, 30)] * 9, *[(300, 120, 100)] * 3, (300, 189, 50)]
    told = so_far("emotion", *weeks).row(0, named=True)
    before = (9 * 210 + 3 * 120) / (12 * 300)
    assert told["verdict"] == "no real change"
    assert round(told["change"], 9) == round(189 / 300 - before, 9)


def test_a_net_score_is_judged_as_one() -> None:
    told = so_far("nps", *[(300, 150, 60)] * 8, (300, 150, 60 + 90)).row(0, named=True)
    assert told["verdict"] == "down"
    assert round(told["change"], 9) == -0.3


def test_a_week_with_too_few_so_far_is_not_told_and_one_without_a_past_is_not_judged() -> None:
    assert so_far("emotion", *[(300, 210, 30)] * 8, (9, 9, 0)).is_empty()
    assert so_far("emotion", (300, 210, 30))["verdict"].to_list() == ["too few"]
    nothing = so_far("emotion")
    assert nothing.is_empty()
    assert nothing.columns == [
        "kpi", "iso_week", "days", "n", "successes", "opposites", "verdict", "change", "change_low", "change_high",
    ]  # fmt: skip


def test_fewer_than_the_number_s_own_minimum_are_not_told_nor_is_a_number_that_nobody_defines() -> None:
    assert so_far("trust", *[(300, 210, 30)] * 8, (19, 9, 0)).is_empty()
    assert so_far("trust", *[(300, 210, 30)] * 8, (20, 9, 0))["n"].to_list() == [20]
    assert so_far("unknown", *[(300, 210, 30)] * 9).is_empty()
