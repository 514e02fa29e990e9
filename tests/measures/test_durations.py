import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from pipelines.measures.durations import kaplan_meier, median, quantile

waits = st.lists(
    st.tuples(st.integers(0, 50), st.booleans(), st.integers(1, 4)), min_size=1, max_size=40
).map(lambda rows: pl.DataFrame(rows, schema=["seconds", "finished", "count"], orient="row"))


def exponential_waits(seed: int, n: int = 80) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    reached, gave_up = rng.exponential(100, n), rng.exponential(250, n)
    return pl.DataFrame({"seconds": np.minimum(reached, gave_up), "finished": reached <= gave_up})


def test_a_small_queue_gives_the_curve_worked_out_by_hand():
    queue = pl.DataFrame({"seconds": [1, 2, 2, 3, 4], "finished": [False, True, False, True, False]})
    curve = kaplan_meier(queue)
    assert curve["at_risk"].to_list() == [5, 4, 2, 1]
    assert curve["still_waiting_share"].to_list() == pytest.approx([1, 3 / 4, 3 / 8, 3 / 8])
    assert curve["still_waiting_share_low"].to_list()[0] is None


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # statsmodels takes the logarithm of a curve at 0
@pytest.mark.parametrize("seed", range(8))
def test_curve_and_median_agree_with_statsmodels(seed):
    frame = exponential_waits(seed)
    reference = SurvfuncRight(frame["seconds"].to_numpy(), frame["finished"].to_numpy().astype(int))
    curve = kaplan_meier(frame).filter(pl.col("finished") > 0)
    assert curve["seconds"].to_numpy() == pytest.approx(reference.surv_times)
    assert curve["still_waiting_share"].to_numpy() == pytest.approx(reference.surv_prob)
    assert median(frame) == pytest.approx((reference.quantile(0.5), *reference.quantile_ci(0.5)))


def test_the_median_range_covers_the_true_median():
    ranges = [median(exponential_waits(seed)) for seed in range(400)]
    held = sum(low <= 100 * math.log(2) <= high for _, low, high in ranges)
    assert held / 400 >= 0.92


def test_the_band_covers_the_true_curve():
    truth = math.exp(-0.5)
    bands = [
        kaplan_meier(exponential_waits(seed)).filter(pl.col("seconds") <= 50).row(-1, named=True)
        for seed in range(300)
    ]
    held = sum(band["still_waiting_share_low"] <= truth <= band["still_waiting_share_high"] for band in bands)
    assert held / 300 >= 0.92


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=60))
def test_without_unfinished_waits_it_is_the_ordinary_median(seconds):
    frame = pl.DataFrame({"seconds": seconds, "finished": [True] * len(seconds)})
    assert median(frame)[0] == pytest.approx(float(np.median(seconds)))


@given(waits)
def test_a_count_stands_for_so_many_rows(frame):
    one_by_one = frame.select(pl.col("seconds", "finished").repeat_by("count")).explode("seconds", "finished")
    assert kaplan_meier(frame).equals(kaplan_meier(one_by_one))


@given(waits)
def test_the_share_still_waiting_never_rises_and_lies_in_its_band(frame):
    curve = kaplan_meier(frame)
    assert curve["still_waiting_share"].is_sorted(descending=True)
    assert curve.filter(
        (pl.col("still_waiting_share_low").fill_null(0) > pl.col("still_waiting_share") + 1e-12)
        | (pl.col("still_waiting_share_high") < pl.col("still_waiting_share") - 1e-12)
    ).is_empty()
    assert curve.select((pl.col("finished") + pl.col("censored")).sum()).item() == frame["count"].sum()


@given(waits)
def test_the_median_lies_in_its_range(frame):
    middle, low, high = median(frame)
    assert low <= middle <= high


@given(waits, st.sampled_from([0.25, 0.5, 0.9]))
def test_a_quantile_lies_in_its_range_and_grows_with_its_share(frame, share):
    at, low, high = quantile(frame, share)
    assert low <= at <= high
    assert at <= quantile(frame, 0.95)[0]


def test_nine_in_ten_is_found_where_it_is_although_many_gave_up():
    rng = np.random.default_rng(5)
    truth = -60 * math.log(0.1)
    held = 0
    for _ in range(200):
        waited, patience = rng.exponential(60, 400), rng.exponential(180, 400)
        frame = pl.DataFrame({"seconds": np.minimum(waited, patience), "finished": waited <= patience})
        _, low, high = quantile(frame, 0.9)
        held += low <= truth <= high
    assert 0.91 <= held / 200 <= 0.99


def test_a_median_nobody_has_lived_to_see_is_infinite():
    frame = pl.DataFrame({"seconds": [10, 20, 30, 40], "finished": [True, False, False, False]})
    assert median(frame)[0] == math.inf


def test_counting_those_who_gave_up_as_reached_would_shorten_the_median():
    frame = exponential_waits(seed=1, n=2000)
    assert frame["seconds"].median() < 0.9 * median(frame)[0]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pl.DataFrame({"seconds": [1]}), "missing: \\['finished'\\]"),
        (pl.DataFrame({"seconds": [1, None], "finished": [True, False]}), "nulls"),
        (pl.DataFrame({"seconds": [-1], "finished": [True]}), "below 0"),
        (pl.DataFrame({"seconds": [], "finished": []}), "at least one wait"),
    ],
)
def test_waits_that_cannot_be_are_refused_in_plain_words(frame, message):
    with pytest.raises(ValueError, match=message):
        median(frame)


def test_a_quantile_of_all_or_none_is_refused():
    with pytest.raises(ValueError, match="strictly between 0 and 1, found 1"):
        quantile(pl.DataFrame({"seconds": [1], "finished": [True]}), 1.0)
