"""What is left of Google's quotas, and when to stop."""

import math
from datetime import date

import pytest
from google.analytics.data_v1beta import types
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ga4.budget import SERVER_ERRORS_PER_HOUR, TOKENS_OF_AN_UNKNOWN_REQUEST, Budget
from pipelines.settings import GA4
from tests.ga4.windows import report, window

PropertyQuota = types.PropertyQuota.pb()


class Clock:
    """Seconds that pass when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def told(consumed: int = 0, **remaining: int):
    """A PropertyQuota in which every token quota was charged the same."""
    quota = PropertyQuota()
    for name, left in remaining.items():
        getattr(quota, name).remaining = left
        getattr(quota, name).consumed = consumed if name.startswith("tokens") else 0
    return quota


def budget(reserve_share: float = 0.2, clock: Clock | None = None, **more) -> Budget:
    ga4 = GA4(properties=("413000001",), reserve_share=reserve_share)
    return Budget(ga4, clock=clock or Clock(), **more)


def test_anything_may_be_spent_while_nothing_is_known():
    assert budget().may_spend(1_000_000)
    assert budget().thresholded_left is None


@pytest.mark.parametrize(
    ("field", "quota"),
    [
        ("tokens_per_day", "property_day"),
        ("tokens_per_hour", "property_hour"),
        ("tokens_per_project_per_hour", "project_hour"),
    ],
)
def test_a_share_of_every_quota_stays_for_others(field, quota):
    left = budget()
    left.learn([told(**{field: 1_000})])
    assert left.may_spend(800)
    assert left.shortage(801).quota == quota
    assert "200 stay reserved" in str(left.shortage(801))


def test_the_reserve_is_a_share_of_the_most_that_was_ever_seen():
    left = budget()
    left.learn([told(tokens_per_hour=1_000)])
    left.learn([told(tokens_per_hour=250, consumed=5)])
    assert left.may_spend(50)
    assert not left.may_spend(51)
    earlier = budget(most={"core_tokens_per_hour": 2_000})
    earlier.learn([told(tokens_per_hour=450)])
    assert earlier.may_spend(50)
    assert not earlier.may_spend(51)


def test_of_the_answers_of_a_batch_the_lowest_remainder_counts_and_costs_add_up():
    left = budget(reserve_share=0)
    left.learn([told(3, tokens_per_day=97), told(2, tokens_per_day=95), PropertyQuota()])
    record = left.as_record()
    assert (record["core_tokens_per_day_consumed"], record["core_tokens_per_day_remaining"]) == (5, 95)
    assert record["core_tokens_per_hour_remaining"] is None
    assert len(record) == 12


def test_an_answer_without_a_quota_changes_nothing():
    left = budget()
    left.learn([told(tokens_per_hour=1_000)])
    left.learn([PropertyQuota()])
    assert left.may_spend(800)


def test_questions_that_may_be_thresholded_stop_at_their_reserve():
    left = budget()
    left.learn([told(potentially_thresholded_requests_per_hour=120)])
    assert left.thresholded_left == 96
    left.learn([told(potentially_thresholded_requests_per_hour=24)])
    assert left.thresholded_left == 0
    assert left.shortage(0).quota == "thresholded"


def test_server_errors_come_back_after_an_hour():
    clock = Clock()
    left = budget(clock=clock)
    for _ in range(5):
        left.server_error()
        clock.now += 600
    assert left.server_errors_left == 8 - 5
    clock.now = 3_600
    assert left.server_errors_left == 8 - 4
    assert left.server_errors == 5


def test_server_errors_of_earlier_runs_and_of_others_count():
    assert budget(earlier_server_errors=6).server_errors_left == 2
    left = budget()
    left.learn([told(server_errors_per_project_per_hour=4)])
    assert left.server_errors_left == 2
    left.server_error()
    assert left.server_errors_left == 1
    left.server_error()
    assert left.shortage(0).quota == "server_errors"


@given(
    reserve_share=st.floats(0, 0.99), failures=st.integers(0, 30), remaining=st.integers(0, 50) | st.none()
)
def test_there_are_never_more_server_errors_than_google_allows(reserve_share, failures, remaining):
    left = budget(reserve_share=reserve_share)
    if remaining is not None:
        left.learn([told(server_errors_per_project_per_hour=remaining)])
    met = 0
    while met < failures and left.server_errors_left:
        left.server_error()
        met += 1
    allowed = SERVER_ERRORS_PER_HOUR if remaining is None else min(SERVER_ERRORS_PER_HOUR, remaining)
    assert met <= max(allowed - math.ceil(SERVER_ERRORS_PER_HOUR * reserve_share), 0)


def test_an_estimate_starts_with_googles_words_and_learns_from_answers():
    left = budget()
    daily = window(report("pagePath"))
    rolling = window(report(grain="rolling_28_days"), since=date(2026, 7, 1))
    assert left.estimate(daily) == TOKENS_OF_AN_UNKNOWN_REQUEST
    assert left.estimate(rolling) == math.ceil(len(rolling.periods) / 4) * TOKENS_OF_AN_UNKNOWN_REQUEST
    assert left.spent(daily, told(17, tokens_per_day=1)) == 17
    assert left.spent(daily, told(4, tokens_per_day=1)) == 4
    assert left.estimate(daily) == 17
    assert (left.requests, left.tokens) == (2, 21)


def test_the_quota_with_the_least_left_is_named_when_google_does_not():
    left = budget()
    assert left.emptiest() == "unknown"
    left.learn([told(tokens_per_day=100_000, tokens_per_hour=40_000, tokens_per_project_per_hour=14_000)])
    left.learn([told(tokens_per_day=90_000, tokens_per_hour=30_000, tokens_per_project_per_hour=10)])
    assert left.emptiest() == "project_hour"


def test_what_audiences_cost_is_taken_from_what_is_left():
    left = budget()
    left.charged(20)
    assert (left.tokens, left.as_record()["core_tokens_per_day_remaining"]) == (20, None)
    left.learn([told(tokens_per_day=100_000)])
    left.charged(20)
    record = left.as_record()
    assert (left.tokens, record["core_tokens_per_day_remaining"]) == (40, 99_980)
    assert record["core_tokens_per_day_consumed"] == left.tokens - 20


def test_time_runs_out():
    clock = Clock()
    left = budget(clock=clock)
    assert left.seconds_left == 30 * 60
    clock.now = 31 * 60
    assert left.seconds_left == 0
