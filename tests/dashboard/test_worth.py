"""What customers will be worth is said with its range, its terms and its bias, or not at all."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from dashboard import forecast, worth
from dashboard.charts import amounts

FITTED: dict[str, Any] = {
    "basis": "orders", "status": "fitted", "customers": 4574, "repeat_customers": 2971, "left_truncated_share": 0.46,
    "horizon_days": 365, "discount_rate": 0.1, "margin_share": None, "kept_share": None, "currency": "EUR",
    "first_order_on": date(2024, 9, 21), "last_order_on": date(2026, 11, 4), "split_on": date(2025, 11, 4),
    "holdout_customers": 2565, "holdout_predicted": 2395.2, "holdout_actual": 2672.0, "holdout_bias": -0.1036,
    "recalibration": 1.1156, "recalibration_low": 1.0606, "recalibration_high": 1.1706, "top_share_by_model": 0.198,
    "top_share_by_count": 0.194, "spend_correlation": 0.23,
}  # fmt: skip
ONE: dict[str, Any] = {
    "value_basis": "orders", "clv": 1209.56, "clv_low": 0.0, "clv_high": 2441.9, "rank_low": 12, "rank_high": 43,
    "probability_alive": 0.98,
}  # fmt: skip


def test_a_customer_is_worth_about_so_much_with_a_range_to_two_figures() -> None:
    assert (
        worth.of_customer(ONE, FITTED)
        == "Worth about **€1,200** over the next 12 months (probably between €0 and €2,400)."
    )
    assert (
        worth.place_of(ONE, FITTED)
        == "Very probably still with us; if so, probably between 12th and 43rd of the 2,971 who bought again."
    )


def test_of_who_bought_on_one_day_only_nothing_is_foretold() -> None:
    early = ONE | {"value_basis": "too early to say", "probability_alive": None}
    assert worth.of_customer(early, FITTED) == "Bought on one day only: too early to say what comes next."
    assert worth.place_of(early, FITTED) == ""


def test_who_has_left_is_worth_nothing_that_is_said() -> None:
    assert worth.of_customer(ONE | {"value_basis": "gone"}, FITTED) == ""
    assert worth.place_of(ONE | {"value_basis": "gone"}, FITTED) == ""


def test_a_range_that_was_not_worked_out_is_said_to_be_missing() -> None:
    without = ONE | {"clv_low": None, "clv_high": None, "rank_low": None, "rank_high": None}
    assert "how far off that may be was not worked out" in worth.of_customer(without, FITTED)
    assert worth.place_of(without, FITTED) == "Very probably still with us."


@pytest.mark.parametrize(
    ("probability", "says"), [(0.95, "Very probably still"), (0.5, "May have left"), (0.1, "Has probably left")]
)  # fmt: skip
def test_still_with_us_is_said_in_words(probability: float, says: str) -> None:
    one = ONE | {"rank_low": None, "probability_alive": probability}
    assert worth.place_of(one, FITTED).startswith(says)


@pytest.mark.parametrize(
    ("place", "says"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (112, "112th"), (3430, "3,430th"), (21, "21st")],
)  # fmt: skip
def test_a_place_is_an_ordinal(place: int, says: str) -> None:
    assert worth.ordinal(place) == says


def test_without_a_margin_worth_is_called_sales() -> None:
    assert worth.terms(FITTED) == (
        "Worth is sales, since no margin is declared. It counts the next 12 months; later money is discounted at "
        "10 % a year."
    )
    assert "no order says its list price" in worth.terms(FITTED | {"margin_share": 0.45})


def test_a_declared_margin_is_said_with_what_it_left() -> None:
    told = worth.terms(FITTED | {"margin_share": 0.45, "kept_share": 0.41, "horizon_days": 180})
    assert "margin: 0.45 of list prices as declared, less discounts, which left 0.41 of what was paid" in told
    assert "the next 180 days" in told


def test_the_bias_of_the_year_before_has_its_range_and_its_counts() -> None:
    assert forecast.bias(FITTED) == (
        "Tried on what was known on 4 Nov 2025, it expected **10 of every 100 purchases too few** (probably between 6 "
        "and 15; 2,395 were expected and 2,672 came, of 2,565 customers)."
    )
    many = FITTED | {"holdout_bias": 0.25, "recalibration_low": 0.77, "recalibration_high": 0.83}
    assert "**25 of every 100 purchases too many** (probably between 20 and 30;" in forecast.bias(many)


def test_no_bias_is_claimed_where_its_range_holds_none() -> None:
    even = FITTED | {"recalibration_low": 0.95, "recalibration_high": 1.04}
    assert (
        "about as many purchases as came: anything from 4 too few to 5 too many of 100 fits"
        in forecast.bias(even)
    )


def test_an_untried_forecast_is_said_to_be_untried() -> None:
    assert "is not known" in forecast.bias(FITTED | {"holdout_predicted": None, "holdout_actual": None})
    assert "has not been tried" in forecast.bias(FITTED | {"basis": "contract"})


@pytest.mark.parametrize(
    ("ours", "plain", "word"), [(0.31, 0.30, "no better than"), (0.4, 0.3, "better than"), (0.2, 0.3, "worse than")]
)  # fmt: skip
def test_the_forecast_is_held_against_simply_counting_orders(ours: float, plain: float, word: str) -> None:
    told = forecast.caught(FITTED | {"top_share_by_model": ours, "top_share_by_count": plain})
    assert f"it was {word} simply counting orders" in told


@pytest.mark.parametrize(
    ("together", "says"), [(0.41, "money forecast is misleading"), (-0.1, "go together little")]
)
def test_frequency_and_spend_that_go_together_are_a_caution(together: float, says: str) -> None:
    assert any(says in line for line in forecast.cautions(FITTED | {"spend_correlation": together}))


def test_customers_from_before_the_orders_begin_are_a_caution() -> None:
    told = "\n".join(forecast.cautions(FITTED))
    assert "46 of every 100 were probably customers before the orders begin (21 Sep 2024)" in told.replace(
        "Sept", "Sep"
    )
    assert "Multiplied by 1.12 (probably between 1.06 and 1.17)" in told


@pytest.mark.parametrize(
    ("fitted", "says"),
    [
        (None, "published before there was a forecast"),
        ({}, "Too few customers have bought"),
        ({"status": "too few customers", "customers": 150, "repeat_customers": 20}, "Too few customers have bought"),
        ({"status": "did not settle"}, "do not settle it"),
    ],
)  # fmt: skip
def test_why_there_is_no_forecast_is_said_with_what_is_needed(
    fitted: dict[str, Any] | None, says: str
) -> None:
    assert not worth.is_known(fitted)
    assert says in worth.why_none(fitted)[0]


def test_groups_are_drawn_with_their_range_bands_of_spend_from_the_top() -> None:
    found = pl.DataFrame(
        {"dimension": ["value_band"] * 3, "member": ["low", "top", "high"], "n": [1343, 500, 1331],
         "clv": [37.0, 279.0, 82.0], "clv_low": [34.0, 246.0, 74.0], "clv_high": [41.0, 310.0, 89.0],
         "currency": ["EUR"] * 3}
    )  # fmt: skip
    drawn = worth.by(found, "value_band")
    assert drawn["label"].to_list() == ["Top customers · 500", "High spend · 1,331", "Low spend · 1,343"]
    spec = amounts.amounts(drawn, unit="EUR each").to_dict()
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["rule", "point", "text"]
    assert "the 500 top customers are worth about **€140,000** (probably between €123,000 and €155,000)" in (
        worth.sentence(found, FITTED)
    )


def test_what_was_expected_is_a_ring_beside_what_came() -> None:
    frame = pl.DataFrame(
        {"label": ["once again"], "value": [0.84], "low": [None], "high": [None], "expected": [0.69],
         "adjusted": [0.77], "n": [820], "role": ["steady"]}
    )  # fmt: skip
    spec = amounts.amounts(frame, unit="purchases each", form=".1f").to_dict()
    points = [layer["mark"]["filled"] for layer in spec["layer"] if layer["mark"]["type"] == "point"]
    assert points == [True, False]
    assert "tick" in [layer["mark"]["type"] for layer in spec["layer"]]
