import numpy as np
import polars as pl
import pytest

from pipelines.measures.impact import NotIdentifiable, incident_matched
from tests.measures.impact.truth import complaints, record

KIND = ["severity", "month", "value_band"]


def call(rng, effect):
    frame = complaints(rng, effect)
    return incident_matched(frame, "felt_later", "called", KIND, cluster="customer")


def before_and_after(rng, effect):
    """The naive figure: how much better those called felt later, with its paired range."""
    called = complaints(rng, effect).filter("called")
    gain = (called["felt_later"] - called["felt"]).to_numpy()

    class Naive:
        estimate = float(gain.mean())
        low = estimate - 1.96 * gain.std() / len(gain) ** 0.5
        high = estimate + 1.96 * gain.std() / len(gain) ** 0.5

    return Naive


def worked_by_hand() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "kind": ["late"] * 5 + ["broken"] * 4 + ["lost"] * 2,
            "called": [1, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1],
            "y": [6.0, 8.0, 3.0, 4.0, 5.0, 9.0, 5.0, 6.0, 7.0, 1.0, 2.0],
            "before": [2.0, 2.0, 2.0, 2.0, 2.0, 4.0, 4.0, 4.0, 4.0, 9.0, None],
        }
    )


def test_the_effect_is_the_mean_of_the_differences_weighted_by_those_treated():
    found = incident_matched(worked_by_hand(), "y", "called", "kind")
    assert found.estimate == pytest.approx((2 * (7 - 4) + 1 * (9 - 6)) / 3)
    assert found.share_matched == pytest.approx(3 / 5)
    assert (found.effect.n_treated, found.effect.n_control) == (3, 6)


def test_the_untreated_are_weighed_like_the_treated_they_stand_for():
    found = incident_matched(worked_by_hand(), "y", "called", "kind", covariates=["before"])
    assert found.effective_n == pytest.approx(3**2 / (3 * (2 / 3) ** 2 + 3 * (1 / 3) ** 2))
    (balance,) = found.balance.to_dicts()
    assert balance["smd_after"] == pytest.approx(0)
    assert abs(balance["smd_before"]) > 0.3


def test_everyone_above_a_threshold_called_is_not_identifiable():
    frame = complaints(np.random.default_rng(1), 0.5).with_columns(called=pl.col("severity") < 2)
    with pytest.raises(NotIdentifiable, match="drawn by lot, wait"):
        incident_matched(frame, "felt_later", "called", KIND)


def test_most_of_those_called_must_find_somebody_alike():
    rows = pl.concat([worked_by_hand(), worked_by_hand().filter(kind="lost")])
    with pytest.raises(NotIdentifiable, match="3 of 7 treated incidents"):
        incident_matched(rows, "y", "called", "kind")


def test_incidents_of_one_customer_count_as_one_voice():
    frame = complaints(np.random.default_rng(2), 0.5)
    twice = pl.concat([frame, frame])
    once, by_customer, each = (
        incident_matched(rows, "felt_later", "called", KIND, cluster=cluster)
        for rows, cluster in ((frame, "customer"), (twice, "customer"), (twice, None))
    )
    assert by_customer.estimate == pytest.approx(each.estimate)
    assert by_customer.se == pytest.approx(once.se, rel=0.05)
    assert each.se < 0.8 * by_customer.se


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (worked_by_hand().drop("kind"), "no column \\['kind'\\]"),
        (worked_by_hand().with_columns(y=None), "nulls in \\['y'\\]"),
        (worked_by_hand().with_columns(called=2), "yes-or-no"),
    ],
)
def test_incidents_that_cannot_be_counted_are_refused(rows, message):
    with pytest.raises(ValueError, match=message):
        incident_matched(rows, "y", "called", "kind")


def test_before_and_after_credits_calls_that_do_nothing_and_incidents_do_not():
    naive = record(lambda rng: before_and_after(rng, 0.0), 0.0, runs=20, seed=3)
    matched = record(lambda rng: call(rng, 0.0), 0.0, runs=20, seed=3)
    assert naive.works == 1
    assert naive.bias > 1
    assert matched.works <= 0.1
    assert abs(matched.bias) < 0.05


@pytest.mark.simulate
@pytest.mark.parametrize("effect", [0.0, 0.4])
def test_calls_after_complaints_are_judged_honestly_where_before_and_after_fails(effect):
    found = record(lambda rng: call(rng, effect), effect, runs=200, seed=4)
    naive = record(lambda rng: before_and_after(rng, effect), effect, runs=200, seed=4)
    assert found.is_honest()
    assert effect > 0 or found.works <= 0.06
    assert naive.coverage == 0
    assert not naive.is_unbiased()
