import numpy as np
import polars as pl
import pytest

from pipelines.measures.impact import Effect, Money, by_gesture, net, randomised, together


def of(estimate: float, se: float) -> Effect:
    return Effect(estimate, se, estimate, estimate, 1200, 1240, "difference of means").at(0.95)


NOTE = net(
    of(6400 / 1200, 1990 / 1200),
    1200,
    3840.0,
    horizon_days=90,
    known_days=90,
    effect=of(330 / 1200 - 271 / 1240, 0.0176),
)


def buyers(rng, n: int = 4000) -> pl.DataFrame:
    """A note brings people back, but those whom it brings spend little."""
    drawn = rng.permutation(np.arange(n) < n // 2)
    anyway = rng.random(n) < 0.2
    because = ~anyway & (rng.random(n) < 0.1) & drawn
    margin = np.where(anyway, rng.gamma(2, 30, n), np.where(because, rng.gamma(2, 5, n), 0))
    return pl.DataFrame({"drawn": drawn, "returned": anyway | because, "margin": margin})


def test_the_note_is_over_what_it_cost_by_the_margin_it_brought():
    assert NOTE.margin == pytest.approx(6400)
    assert (NOTE.margin_low, NOTE.margin_high) == pytest.approx((2500, 10_300), abs=1)
    assert NOTE.left == pytest.approx(6400 - 3840)
    assert (NOTE.left_low, NOTE.left_high) == pytest.approx((-1340, 6460), abs=1)


def test_break_even_is_the_effect_whose_margin_would_pay_the_cost():
    assert NOTE.break_even_effect == pytest.approx(0.034, abs=0.0005)
    scaled = NOTE.break_even_effect / (330 / 1200 - 271 / 1240)
    assert scaled * NOTE.margin == pytest.approx(NOTE.cost)


def test_discounts_not_yet_in_the_margin_are_taken_off():
    money = net(of(5.0, 1.0), 100, 50.0, horizon_days=30, known_days=90, discounts=70.0)
    assert (money.cost, money.left) == (120.0, 380.0)
    assert money.break_even_effect is None


def test_margin_is_that_of_each_group_and_not_the_effect_times_an_average():
    frame = buyers(np.random.default_rng(1))
    effect, margin = (randomised(frame, outcome, "drawn") for outcome in ("returned", "margin"))
    average = frame.filter("returned")["margin"].mean()
    money = net(margin, 2000, 0.0, horizon_days=90, known_days=90, effect=effect)
    assert money.margin_low < 2000 * 0.8 * 0.1 * 10 < money.margin_high
    assert effect.estimate * average * 2000 > money.margin_high


def test_no_effect_on_margin_has_no_break_even():
    assert (
        net(of(-1.0, 1.0), 10, 5.0, horizon_days=9, known_days=9, effect=of(0.1, 0.1)).break_even_effect
        is None
    )
    assert (
        net(of(1.0, 1.0), 10, 5.0, horizon_days=9, known_days=9, effect=of(-0.1, 0.1)).break_even_effect
        is None
    )


@pytest.mark.parametrize(
    ("people", "acts", "horizon", "message"),
    [
        (100, 10.0, 180, "known for 90 days, so no money can be said for 180"),
        (100, 10.0, 0, "shorten the horizon"),
        (0, 10.0, 90, "at least one customer"),
        (100, -1.0, 90, "costs of 0 or more"),
    ],
)
def test_money_is_not_said_beyond_what_is_known(people, acts, horizon, message):
    with pytest.raises(ValueError, match=message):
        net(of(1.0, 1.0), people, acts, horizon_days=horizon, known_days=90)


def test_several_initiatives_add_up_and_their_uncertainty_partly_cancels():
    first, second = Money(100, 40, 160, 30, 5, 90), Money(-20, -100, 60, 10, 0, 180)
    both = together([first, second])
    assert (both.margin, both.acts, both.discounts, both.left) == (80, 40, 5, 35)
    assert (both.margin_low, both.margin_high) == pytest.approx((80 - 100, 80 + 100))
    assert both.horizon_days == 180
    assert together([]) == Money(0, 0, 0, 0, 0, 0)


def gestures(rng, n: int = 6000) -> pl.DataFrame:
    """The first gesture brings 12 more of 100 back, the second 6, later ones none."""
    nth = rng.choice([1, 2, 3, 4, 5], n, p=[0.5, 0.3, 0.15, 0.045, 0.005])
    drawn = rng.random(n) < 0.5
    effect = np.array([0.12, 0.06, 0.0, 0.0, 0.0])[nth - 1]
    return pl.DataFrame({"nth": nth, "drawn": drawn, "returned": rng.random(n) < 0.2 + effect * drawn})


def test_the_effect_is_told_by_how_many_gestures_came_before():
    frame = gestures(np.random.default_rng(2))
    found = by_gesture(frame, "returned", "drawn", "nth")
    assert found["nth"].to_list() == [1, 2, 3, 4]
    assert found["is_or_more"].to_list() == [False, False, False, True]
    truth = pl.Series([0.12, 0.06, 0.0, 0.0])
    assert ((found["low"] <= truth) & (truth <= found["high"])).all()
    assert found["effect"][0] > found["effect"][2]
    assert found["n_treated"].sum() + found["n_control"].sum() == frame.height
    first = randomised(frame.filter(nth=1), "returned", "drawn")
    assert found["effect"][0] == pytest.approx(first.estimate)


def test_rows_with_a_count_tell_the_same():
    frame = gestures(np.random.default_rng(3), n=2000)
    counted = frame.group_by(frame.columns).len("count")
    assert by_gesture(counted, "returned", "drawn", "nth").equals(
        by_gesture(frame, "returned", "drawn", "nth")
    )


def test_too_few_gestures_say_nothing():
    assert by_gesture(gestures(np.random.default_rng(4), n=60), "returned", "drawn", "nth").is_empty()
