"""Who is on top, in several ways: what agrees, what moved, what would have happened anyway, and who is left out."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from dashboard import attention, on_top
from dashboard.charts import amounts, portion

COOLED: dict[str, Any] = {
    "split_on": date(2025, 11, 4), "customers": 248, "period_days": 365, "bought_before": 4.0,
    "expected_after": 1.7, "expected_after_low": 1.3,
    "expected_after_high": 2.1, "expected_by_model": 1.5, "others_factor": 1.13,
}  # fmt: skip


def agreeing(*rows: tuple[str, int]) -> pl.DataFrame:
    return pl.DataFrame(
        [{"definitions": name, "customers": n, "of_customers": 500} for name, n in rows],
        schema={"definitions": pl.String, "customers": pl.Int64, "of_customers": pl.Int64},
    )


def cooled(after: float) -> dict[str, Any]:
    return COOLED | {
        "bought_after": after, "rest": after - 1.7, "rest_low": after - 2.1,
        "rest_high": after - 1.3,
    }  # fmt: skip


def test_three_ways_agree_as_far_as_is_counted_and_what_is_hidden_is_said() -> None:
    found = agreeing(
        ("spend", 500),
        ("clv", 500),
        ("relationship", 500),
        ("spend + clv", 413),
        ("spend + relationship", 67),
    )
    assert on_top.overlap_in_words(found) == (
        "Of those who spent most, 413 of 500 will probably also be worth most and 67 of 500 are also closest to us."
    )
    drawn = on_top.overlap(found)
    assert drawn["says"].to_list() == ["413 of 500", "67 of 500", "too few to show", "too few to show"]
    assert on_top.hidden_in_words(drawn, 10).startswith("2 of 4 figures hidden")
    assert not on_top.hidden_in_words(drawn.head(2), 10)


def test_without_a_forecast_two_ways_stand_side_by_side() -> None:
    found = agreeing(("spend", 500), ("relationship", 500), ("spend + relationship", 67))
    assert on_top.overlap(found)["label"].to_list() == ["Spent most and closest to us"]
    assert "Worth most ahead" not in on_top.definitions(found)


def test_closest_to_us_says_whether_referrals_are_known() -> None:
    found = agreeing(("relationship", 500))
    assert "sent us others (not shown in your data)" in on_top.definitions(found)
    assert "sent us others (told of 1,779 customers)" in on_top.definitions(found, 1779)


def test_one_way_alone_is_not_compared() -> None:
    assert on_top.overlap(agreeing(("spend", 500))).is_empty()


def test_a_hidden_part_has_an_empty_bar_and_says_so() -> None:
    drawn = on_top.overlap(agreeing(("spend", 500), ("clv", 500)))
    spec = portion.portion(drawn).to_dict()
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["bar", "bar", "text", "text"]
    assert next(iter(spec["datasets"].values()))[0]["says"] == "too few to show"


@pytest.mark.parametrize(
    ("after", "verdict", "rest"),
    [
        (2.0, "Not more than would have happened anyway.", "may be chance: anything between 0.1 fewer and 0.7 more"),
        (1.0, "Yes, more than would have happened anyway.", "0.7 fewer (probably between 0.3 and 1.1)"),
        (3.0, "Less than would have happened anyway.", "1.3 more (probably between 0.9 and 1.7)"),
        (4.0, "No.", "2.3 more (probably between 1.9 and 2.7)"),
    ],
)  # fmt: skip
def test_cooling_down_is_less_what_would_have_happened_anyway(after: float, verdict: str, rest: str) -> None:
    one = cooled(after)
    told = on_top.cooled_in_words(one)
    assert on_top.cooled_answer(one) == verdict
    assert "Whatever we do, about **2.3** fewer were to be expected (probably between 1.9 and 2.7)" in told
    assert rest in told


def test_what_was_to_be_expected_is_drawn_with_its_range_between_before_and_after() -> None:
    drawn = on_top.cooled_drawn(cooled(1.0))
    assert drawn["low"].to_list() == [None, 1.3, None]
    assert drawn["role"].to_list() == ["steady", "steady", "worse"]
    domain = amounts.amounts(drawn, unit="purchases").to_dict()["layer"][0]["encoding"]["y"]["scale"][
        "domain"
    ]
    assert domain == drawn["label"].to_list(), "a layer that leaves rows out does not move the others"


def test_the_top_tenth_stands_for_how_much_rests_on_few() -> None:
    found = pl.DataFrame(
        {
            "top_share": [0.05, 0.1],
            "customers": [230, 459],
            "buyers": [4591, 4591],
            "sales_share": [0.31, 0.44],
        }
    )
    assert "(459 of 4,591 customers) bring **44 of every 100** spent" in on_top.concentration_in_words(found)
    assert "The top 5 %" in on_top.concentration_in_words(found.head(1))
    assert "Too few" in on_top.concentration_in_words(found.clear())


def counts(*rows: tuple[str, str, int, int]) -> pl.DataFrame:
    return attention.ranged(
        pl.DataFrame(rows, schema=["dimension", "member", "customers", "with_care"], orient="row")
    )


def test_a_group_is_left_out_only_where_it_is_no_chance() -> None:
    less = counts(("segment", "Family", 900, 400), ("segment", "Business", 280, 40))
    assert attention.left_out(less, "segment").startswith(
        "Clearly less than all together: Business (14 of 100"
    )
    same = counts(("region", "Bern", 100, 40), ("region", "Uri", 100, 36))
    assert attention.left_out(same, "region").startswith("No region gets clearly less")


def test_unknown_groups_and_few_people_are_not_called_left_out() -> None:
    found = counts(("region", "Bern", 900, 400), ("region", "not known", 499, 0), ("region", "Uri", 20, 0))
    assert attention.left_out(found, "region").startswith("No region gets clearly less")


def test_bands_of_spend_are_meant_to_differ() -> None:
    found = counts(("value_band", "low", 900, 90), ("value_band", "top", 500, 405))
    assert attention.left_out(found, "value_band") == ""
    assert attention.of_dimension(found, "value_band")["label"].to_list() == [
        "Top customers · 500",
        "Low spend · 900",
    ]


def test_ranges_are_wider_where_more_groups_are_looked_at() -> None:
    alone = counts(("region", "Bern", 100, 40))
    many = counts(*[("region", f"R{i}", 100, 40) for i in range(12)])
    assert many["high"][0] - many["low"][0] > alone["high"][0] - alone["low"][0]
