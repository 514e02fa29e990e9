"""Whatever goes wrong on the way, a window arrives whole, once and unchanged, or not at all."""

import time
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby

import polars as pl
import pyarrow.parquet as pq
import pytest
from google.analytics.data_v1beta import types
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ga4.budget import Budget
from pipelines.ga4.client import Client
from pipelines.ga4.errors import (
    BadPages,
    BadReport,
    GA4Error,
    NotAllowed,
    NotAsked,
    QuotaExhausted,
    TooSlow,
    Transient,
    Unreachable,
)
from pipelines.ga4.fetch import RESTARTS, Fetched, fetch, read_window
from pipelines.ga4.page import decode
from pipelines.ga4.request import report_request
from pipelines.settings import GA4
from tests.ga4.windows import PROPERTY, MetricType, answer, days, report, window

SINCE, UNTIL = date(2026, 9, 7), date(2026, 11, 15)
NO_PAUSES = (0.0, 0.0)
PAGE = 150
QUOTA_TEXTS = {
    "project_hour": "Exhausted property tokens for a project per hour.",
    "property_hour": "Exhausted property tokens per hour. These quota tokens will return in under an hour.",
    "property_day": "Exhausted property tokens per day. These quota tokens will return in under 24 hours.",
    "thresholded": "Exhausted potentially thresholded requests quota.",
    "server_errors": "Exhausted server errors quota.",
}


@pytest.fixture
def desk(ga4_settings, server, tmp_path):
    """Fetches windows from the server, over either transport."""
    with Client(ga4_settings, tmp_path) as client:
        yield Desk(client, ga4_settings, tmp_path)


@pytest.fixture
def rest_desk(rest_settings, server, tmp_path):
    """Fetches windows from the server, where the transport does not matter."""
    with Client(rest_settings, tmp_path) as client:
        yield Desk(client, rest_settings, tmp_path)


class Desk:
    """A client, a budget and a folder."""

    def __init__(self, client, ga4, folder):
        self.client, self.ga4, self.folder = client, ga4, folder
        self.budget = Budget(ga4)

    def fetch(self, *windows, page_rows=PAGE, pauses=NO_PAUSES, **more):
        return fetch(self.client, windows, self.folder, self.budget, page_rows, pauses=pauses, **more)

    def one(self, asked, **more):
        """The one window that was asked for, as a frame; raises what went wrong."""
        (found,) = self.fetch(asked, **more)
        if isinstance(found, GA4Error):
            raise found
        return frame(found)

    def files(self):
        return sorted(path.name for path in self.folder.glob("*.parquet"))


def frame(fetched):
    assert fetched.rows_path is not None
    found = pl.from_arrow(pq.read_table(fetched.rows_path))
    assert found.height == fetched.rows == fetched.row_count
    return found


def pages(*dimensions, grain="day", name="asked", **more):
    """A window of hundreds of rows."""
    asked = report(*(dimensions or ("pagePath", "eventName")), grain=grain, name=name, **more)
    return window(asked, since=SINCE, until=UNTIL)


def truth(server, asked):
    """All rows of a window in one answer, straight from the server and not fetched by us; the log stays as it was."""
    before = len(server.requests)
    found = response(server, report_request(asked, 0, 250_000))
    del server.requests[before:]
    return pl.from_arrow(decode(found, asked))


def response(server, request):
    return types.RunReportResponse.pb().FromString(server.answer("runReport", request).as_bytes())


def calls(server):
    """The requests that the server saw: of each the pages that were asked for in it."""
    return [list(entries) for _, entries in groupby(server.requests, key=lambda entry: entry.call)]


def server_errors(server):
    failed = {
        entry.call for entry in server.requests if entry.status in ("UNAVAILABLE", "INTERNAL", "UNKNOWN")
    }
    return len(failed)


@pytest.mark.parametrize("grain", ["day", "week", "month"])
def test_pages_of_any_size_make_the_same_window(desk, server, grain):
    asked = pages(grain=grain)
    whole = truth(server, asked)
    smallest = {"day": 40, "week": 9, "month": 2}[grain]
    for page_rows in (smallest, PAGE, whole.height - 1, whole.height, whole.height + 1):
        server.requests.clear()
        assert desk.one(asked, page_rows=page_rows).equals(whole)
        assert max(entry.rows for entry in server.requests) <= page_rows


def test_what_was_said_of_a_window_comes_with_it(desk, server):
    asked = pages(metrics=("eventCount", "activeUsers", "purchaseRevenue"))
    (found,) = desk.fetch(asked)
    rows = frame(found)
    assert found.window is asked
    assert found.requests == len(server.requests) == 1 + -(-(rows.height - PAGE) // (PAGE - 1))
    assert found.tokens == sum(entry.tokens for entry in server.requests) == desk.budget.tokens
    assert (found.restarts, found.scrubbed) == (0, 0)
    assert (found.quality.currency, found.quality.time_zone) == ("EUR", "Europe/Zurich")
    assert set(found.totals) == {"event_count", "active_users", "purchase_revenue"}
    assert int(found.totals["event_count"]) == rows["event_count"].sum()
    assert int(found.totals["active_users"]) < rows["active_users"].sum()
    assert float(found.totals["purchase_revenue"]) == pytest.approx(float(rows["purchase_revenue"].sum()))
    remaining = desk.budget.as_record()["core_tokens_per_day_remaining"]
    assert remaining == server.quotas.remaining("tokens_per_day")


def test_a_page_is_a_row_group_and_no_more_is_in_memory(desk, server):
    (found,) = desk.fetch(pages())
    groups = pq.ParquetFile(found.rows_path).metadata
    sizes = [groups.row_group(place).num_rows for place in range(groups.num_row_groups)]
    assert max(sizes) == PAGE
    assert len(sizes) == found.requests


def test_five_windows_are_fetched_side_by_side_and_together_are_a_page(desk, server):
    names = ["pagePath", "eventName", "deviceCategory", "landingPage", "sessionDefaultChannelGroup"]
    windows = [pages(name, "newVsReturning", name=f"asked_{place}") for place, name in enumerate(names)]
    whole = [truth(server, asked) for asked in windows]
    found = desk.fetch(*windows)
    assert [frame(each).equals(rows) for each, rows in zip(found, whole, strict=True)] == [True] * 5
    assert [each.window for each in found] == windows
    assert all(sum(entry.rows for entry in pages_of_call) <= PAGE for pages_of_call in calls(server))
    assert calls(server)[0][0].method == "batchRunReports"
    assert len(calls(server)) < sum(each.requests for each in found)


def test_a_window_is_handed_over_as_soon_as_it_is_complete(rest_desk, server):
    short, long = pages("deviceCategory", name="short"), pages(name="long")
    pages_by_then = []
    rest_desk.fetch(
        long, short, take=lambda found: pages_by_then.append((found.window, len(server.requests)))
    )
    assert [asked for asked, _ in pages_by_then] == [short, long]
    assert pages_by_then[0][1] < pages_by_then[1][1]


@pytest.mark.parametrize("page", range(4))
def test_an_interruption_at_any_page_leaves_nothing_behind(server, tmp_path, page):
    asked = pages()
    asking = read_window(asked, tmp_path, Budget(GA4(properties=(PROPERTY,))))
    request = next(asking)
    for _ in range(page):
        request.limit = PAGE
        request = asking.send(response(server, request))
    with pytest.raises(KeyboardInterrupt):
        asking.throw(KeyboardInterrupt())
    assert list(tmp_path.iterdir()) == []


def test_an_empty_window_is_fetched_and_says_so(desk):
    (found,) = desk.fetch(pages(filters={"eventName": {"exact": "never"}}))
    assert (found.rows_path, found.rows, found.row_count, found.totals) == (None, 0, 0, {})
    assert found.quality.empty_reason
    assert desk.files() == []


def test_overlapping_periods_come_each_with_its_own_rows(desk, server):
    asked = pages("pagePath", grain="rolling_28_days", metrics=("eventCount", "activeUsers"))
    alone = pl.concat([truth(server, replace(asked, periods=(period,))) for period in asked.periods])
    (found,) = desk.fetch(asked, page_rows=1_000)
    columns = alone.columns[:5]
    assert frame(found).sort(columns).equals(alone.sort(columns))
    assert [len(pages_of_call) for pages_of_call in calls(server)] == [1] * -(-len(asked.periods) // 4)
    assert int(found.totals["event_count"]) == alone["event_count"].sum()
    assert "active_users" not in found.totals


def test_overlapping_periods_that_do_not_fit_on_a_page_are_asked_for_one_by_one(desk, server):
    asked = pages("pagePath", grain="rolling_28_days", metrics=("eventCount", "activeUsers"))
    alone = pl.concat([truth(server, replace(asked, periods=(period,))) for period in asked.periods])
    (found,) = desk.fetch(asked, page_rows=4)
    columns = alone.columns[:5]
    assert frame(found).sort(columns).equals(alone.sort(columns))
    assert int(found.totals["event_count"]) == alone["event_count"].sum()
    assert found.requests == len(server.requests)


def test_without_dimensions_each_period_is_a_row(desk, server):
    asked = window(
        report(grain="rolling_28_days", metrics=("activeUsers", "sessions")), since=SINCE, until=UNTIL
    )
    alone = pl.concat([truth(server, replace(asked, periods=(period,))) for period in asked.periods])
    assert desk.one(asked).sort("period_start_on").equals(alone.sort("period_start_on"))


def test_cohorts_are_fetched_and_have_no_total(desk, server):
    asked = window(
        report("cohortNthWeek", grain="cohort_week", metrics=("cohortActiveUsers", "cohortTotalUsers")),
        since=SINCE - timedelta(days=1),
        until=UNTIL,
        today=date(2026, 10, 20),
    )
    (found,) = desk.fetch(asked)
    assert frame(found).equals(truth(server, asked))
    assert set(frame(found)["period_start_on"]) <= {period.starts_on for period in asked.periods}
    assert found.totals == {}


@pytest.mark.parametrize("error", ["UNAVAILABLE", "INTERNAL", "cut"])
def test_an_error_at_any_page_changes_nothing(desk, server, error):
    asked = pages()
    whole = truth(server, asked)
    desk.one(asked)
    n = len(server.requests)
    assert n > 4
    for page in range(n):
        server.requests.clear()
        server.faults.inject(error=error, when=lambda entries, at=page: entries[0].offset >= at * (PAGE - 1))
        desk.budget = Budget(desk.ga4)
        assert desk.one(asked).equals(whole)
        assert len(server.requests) == n + 1
        server.quotas.used["server_errors_per_project_per_hour"] = 0


def test_every_page_may_fail_twice(desk, server):
    asked = pages()
    whole = truth(server, asked)
    server.faults.inject(error="UNAVAILABLE", times=2, after_pages=2)
    assert desk.one(asked).equals(whole)
    assert desk.budget.server_errors == server_errors(server) == 2


def test_what_fails_a_third_time_is_given_up_with_nothing_left_behind(desk, server):
    server.faults.inject(error="UNAVAILABLE", times=None, after_pages=2)
    asked = pages()
    (failed,) = desk.fetch(asked)
    assert type(failed) is Transient
    assert failed.window is asked
    assert server_errors(server) == 3
    assert desk.files() == []


def test_server_errors_never_exceed_the_budget_whatever_is_asked(desk, server):
    server.faults.inject(error="INTERNAL", times=None)
    outcomes = Counter()
    for place in range(12):
        windows = [pages(name=f"asked_{place}_{number}") for number in range(1 + place % 5)]
        outcomes.update(type(each) for each in desk.fetch(*windows))
    assert server_errors(server) == len(calls(server)) == 8
    assert outcomes[QuotaExhausted] > 0
    (last,) = desk.fetch(pages())
    assert last.quota == "server_errors"
    assert server_errors(server) == 8


def test_server_errors_of_others_are_left_to_them(desk, server):
    server.quotas.used["server_errors_per_project_per_hour"] = 7
    desk.one(pages("deviceCategory"))
    server.faults.inject(error="INTERNAL", times=None)
    desk.fetch(pages())
    assert server_errors(server) == 1
    assert server.quotas.remaining("server_errors_per_project_per_hour") == 2


def test_a_server_that_is_down_costs_a_batch_four_errors(desk, server):
    server.faults.inject(error="UNAVAILABLE", times=None)
    found = desk.fetch(*(pages(name=f"asked_{number}") for number in range(5)))
    assert [type(each) for each in found] == [Transient] * 2 + [NotAsked] * 3
    assert server_errors(server) == len(calls(server)) == 4


def test_one_report_that_breaks_the_server_does_not_take_the_others_along(desk, server):
    windows = [pages(name, name=f"asked_{name.lower()}") for name in ("pagePath", "eventName", "landingPage")]
    whole = [truth(server, asked) for asked in windows]
    server.faults.inject(
        error="INTERNAL",
        times=None,
        when=lambda entries: any("eventName" in entry.dimensions for entry in entries),
    )
    first, broken, last = desk.fetch(*windows)
    assert type(broken) is Transient
    assert broken.window is windows[1]
    assert frame(first).equals(whole[0])
    assert frame(last).equals(whole[2])
    assert server_errors(server) == 3


def test_a_server_that_is_not_there_costs_no_server_error(server, tmp_path):
    ga4 = GA4(properties=(PROPERTY,), transport="rest", api_endpoint="http://127.0.0.1:9")
    with Client(ga4, tmp_path) as client:
        desk = Desk(client, ga4, tmp_path)
        found = desk.fetch(pages(name="a"), pages(name="b"))
    assert [type(each) for each in found] == [Unreachable] * 2
    assert desk.budget.server_errors == 0


def test_nothing_is_waited_for_that_the_time_budget_has_no_room_for(rest_desk, server):
    rest_desk.budget = Budget(rest_desk.ga4.model_copy(update={"time_budget_minutes": 1}))
    server.faults.inject(error="UNAVAILABLE", times=None)
    started = time.monotonic()
    (failed,) = rest_desk.fetch(pages(), pauses=(90.0, 90.0))
    assert type(failed) is Transient
    assert time.monotonic() - started < 5
    assert server_errors(server) == 1


def test_repetitions_are_spaced(rest_desk, server):
    server.faults.inject(error="UNAVAILABLE", times=2)
    started = time.monotonic()
    rest_desk.one(pages(), pauses=(0.2, 0.5))
    assert time.monotonic() - started >= 0.7


@pytest.mark.parametrize("kind", ["appears", "vanishes", "moves"])
def test_rows_that_move_at_any_page_begin_the_window_again(rest_desk, server, kind):
    asked = pages()
    whole = truth(server, asked)
    n = -(-(whole.height - 1) // (PAGE - 1))
    for page in range(1, n):
        server.faults.inject(error=None, after_pages=page, then=lambda: server.drift(kind))
        (found,) = rest_desk.fetch(asked)
        assert frame(found).equals(whole), page
        assert found.restarts == 1


@pytest.mark.parametrize("kind", ["appears", "vanishes", "moves"])
def test_rows_that_never_stop_moving_are_given_up(desk, server, kind):
    server.drift(kind, pages=1_000)
    asked = pages()
    (failed,) = desk.fetch(asked)
    assert type(failed) is BadPages
    assert failed.window is asked
    assert "each time" in str(failed)
    assert sum(entry.offset == 0 for entry in server.requests) == RESTARTS + 1
    assert desk.files() == []


def test_moving_rows_of_one_window_leave_the_others_alone(desk, server):
    still, moving = pages("deviceCategory", name="still"), pages(name="moving")
    whole = truth(server, still)
    server.drift("appears", pages=1_000)
    found, failed = desk.fetch(still, moving)
    assert frame(found).equals(whole)
    assert type(failed) is BadPages


def test_figures_that_are_restated_while_they_are_read_are_read_again(rest_desk, server):
    asked = window(report("pagePath", "eventName"), since=SINCE, until=date(2026, 11, 16))
    server.faults.inject(error=None, after_pages=3, then=lambda: server.advance(hours=40))
    (found,) = rest_desk.fetch(asked)
    assert found.restarts == 1
    assert frame(found).equals(truth(server, asked))


def test_a_property_that_changes_its_currency_while_it_is_read_is_read_again(rest_desk, server):
    def change():
        server.main.currency = "CHF"

    server.faults.inject(error=None, after_pages=2, then=change)
    (found,) = rest_desk.fetch(pages())
    assert (found.restarts, found.quality.currency) == (1, "CHF")


def test_one_bad_report_of_five_does_not_lose_the_other_four(desk, server):
    good = [pages(name, name=f"asked_{name.lower()}") for name in ("pagePath", "eventName", "landingPage")]
    whole = [truth(server, asked) for asked in good]
    bad = pages("noSuchDimension", name="bad")
    found = desk.fetch(good[0], good[1], bad, good[2], page_rows=100_000)
    assert type(found.pop(2)) is BadReport
    assert [frame(each).equals(rows) for each, rows in zip(found, whole, strict=True)] == [True] * 3
    assert [len(pages_of_call) for pages_of_call in calls(server)] == [4, 1, 1, 1, 1]
    assert desk.budget.server_errors == 0


def test_a_report_that_is_refused_says_of_which_window(desk):
    bad = pages("noSuchDimension", name="bad")
    (failed,) = desk.fetch(bad)
    assert failed.window is bad
    assert "noSuchDimension" in str(failed)


def test_a_slow_window_is_fetched_in_halves(ga4_settings, server, tmp_path):
    asked = pages()
    whole = truth(server, asked)
    server.faults.slow_over(days=20, seconds=3)
    hasty = ga4_settings.model_copy(update={"deadline_seconds": 1})
    with Client(hasty, tmp_path) as client:
        desk = Desk(client, hasty, tmp_path)
        waiting, found = [asked], []
        while waiting:
            half = waiting.pop(0)
            (each,) = desk.fetch(half)
            if isinstance(each, TooSlow):
                assert each.window is half
                waiting = [*half.halves(), *waiting]
            else:
                found.append(frame(each))
    assert len(found) >= 4, "a busy machine may need more"
    assert pl.concat(found).equals(whole)


def test_a_slow_report_of_a_batch_does_not_take_the_others_along(ga4_settings, server, tmp_path):
    slow, quick = pages("pagePath", name="slow"), pages("eventName", name="quick")
    whole = truth(server, quick)
    is_slow = lambda entries: any("pagePath" in entry.dimensions for entry in entries)  # noqa: E731
    server.faults.inject(error="slow", when=is_slow, seconds=3, times=None)
    hasty = ga4_settings.model_copy(update={"deadline_seconds": 1})
    with Client(hasty, tmp_path) as client:
        late, found = Desk(client, hasty, tmp_path).fetch(slow, quick, page_rows=10_000)
    assert type(late) is TooSlow
    assert frame(found).equals(whole)


@pytest.mark.parametrize("quota", QUOTA_TEXTS)
def test_an_exhausted_quota_at_any_page_stops_every_window_at_once(desk, server, quota):
    done, first, second = pages("deviceCategory", name="done"), pages(name="first"), pages(name="second")
    whole = truth(server, done)
    server.faults.inject(error="RESOURCE_EXHAUSTED", message=QUOTA_TEXTS[quota], after_pages=2)
    found = desk.fetch(done, first, second, page_rows=600)
    assert frame(found[0]).equals(whole)
    assert [each.quota for each in found[1:]] == [quota] * 2
    assert [each.window for each in found[1:]] == [first, second]
    assert calls(server)[-1][0].status == "RESOURCE_EXHAUSTED"
    assert len(desk.files()) == 1
    assert desk.budget.server_errors == 0


def test_a_quota_that_is_not_named_is_the_emptiest_that_was_seen(desk, server):
    server.quotas.used["tokens_per_hour"] = 39_000
    server.faults.inject(error="RESOURCE_EXHAUSTED", message="Quota exceeded.", after_pages=2)
    (failed,) = desk.fetch(pages())
    assert failed.quota == "property_hour"


def test_too_many_questions_at_once_are_asked_again_and_one_at_a_time(desk, server):
    windows = [pages(name, name=f"asked_{name.lower()}") for name in ("pagePath", "eventName", "landingPage")]
    whole = [truth(server, asked) for asked in windows]
    text = "Exhausted concurrent requests quota."
    server.faults.inject("batchRunReports", "RESOURCE_EXHAUSTED", message=text, times=None)
    found = desk.fetch(*windows, page_rows=100_000)
    assert [frame(each).equals(rows) for each, rows in zip(found, whole, strict=True)] == [True] * 3
    assert [entry.method for entry in server.requests if entry.status == "OK"] == ["runReport"] * 3
    server.faults.inject(error="RESOURCE_EXHAUSTED", message=text, times=None)
    (failed,) = desk.fetch(windows[0])
    assert failed.quota == "concurrent"


def test_a_window_stops_where_the_reserve_begins(desk, server):
    server.quotas.used["tokens_per_project_per_hour"] = 14_000 - 50
    (failed,) = desk.fetch(pages(), page_rows=10)
    assert failed.quota == "project_hour"
    assert "stay reserved" in str(failed)
    assert 10 <= server.quotas.remaining("tokens_per_project_per_hour") < 15
    assert desk.files() == []


@pytest.mark.parametrize("page", [0, 1, 3])
def test_revoked_access_stops_every_window_and_says_who_and_what(desk, server, page):
    windows = pages(name="first"), pages(name="second")
    server.faults.inject(error=None, after_pages=page or None, then=server.revoke)
    found = desk.fetch(*windows)
    assert [type(each) for each in found] == [NotAllowed] * 2
    assert [each.window for each in found] == list(windows)
    assert all(PROPERTY in str(each) and desk.client.account in str(each) for each in found)
    assert calls(server)[-1][0].status == "PERMISSION_DENIED"
    assert desk.files() == []


def test_every_signal_of_the_property_reaches_the_window(desk, server):
    server.thresholding(2)
    server.other_after(50)
    server.sampling(0.5)
    server.restrict(["purchaseRevenue"])
    server.truncate(date(2026, 10, 1))
    (found,) = desk.fetch(pages(metrics=("eventCount", "purchaseRevenue")), page_rows=60)
    said = found.quality
    assert said.is_thresholded
    assert said.has_other_row
    assert 0 < said.samples_read_count < said.sampling_space_size
    assert said.truncation
    assert said.truncated_before_on == date(2026, 10, 1)
    assert said.restricted_metrics == ("purchase_revenue",)
    assert frame(found)["purchase_revenue"].null_count() == found.rows


def test_samples_of_several_ranges_are_added_and_those_of_pages_are_not(rest_desk, server):
    server.sampling(0.5)
    paged = pages()
    (found,) = rest_desk.fetch(paged)
    (whole,) = rest_desk.fetch(paged, page_rows=10_000)
    assert found.requests > 1
    assert found.quality == whole.quality
    rolling = pages("pagePath", grain="rolling_28_days")
    (together,) = rest_desk.fetch(rolling, page_rows=10_000)
    alone = [rest_desk.fetch(replace(rolling, periods=(period,)))[0] for period in rolling.periods]
    assert together.quality.sampling_space_size == sum(each.quality.sampling_space_size for each in alone)


def test_addresses_in_paths_are_left_out_and_no_row_is_lost(rest_desk, server, hits):
    paths = [f"/users/person{number}@example.com" for number in range(6)]
    tainted = hits.with_columns(
        page_path=pl.when(pl.col("page_path") == "/contact")
        .then(pl.Series(paths).gather([number % 6 for number in range(hits.height)]))
        .otherwise("page_path")
    )
    server.add_property("413000002", tainted)
    asked = replace(pages(metrics=("eventCount",)), property_id="413000002")
    (found,) = rest_desk.fetch(asked)
    rows = pl.from_arrow(pq.read_table(found.rows_path))
    assert found.scrubbed > 0
    assert rows.height == found.row_count
    assert not rows["page_path"].str.contains("example.com").any()
    assert rows["event_count"].sum() == int(found.totals["event_count"])


@pytest.mark.parametrize(
    ("windows", "page_rows", "match"),
    [
        ([], 10, "1 to 5 windows of one property, found 0"),
        ([pages()] * 6, 10, "found 6"),
        ([pages(), replace(pages(), property_id="9")], 10, "of one property"),
        ([pages()], 1, "2 to 250000 rows, found 1"),
        ([pages()], 250_001, "found 250001"),
    ],
)
def test_what_can_not_be_fetched_is_refused_before_anything_is_asked(
    rest_desk, server, windows, page_rows, match
):
    with pytest.raises(ValueError, match=match):
        rest_desk.fetch(*windows, page_rows=page_rows)
    assert server.requests == []


KEYS = st.sets(st.integers(0, 40), max_size=25)
LIMITS = st.integers(2, 9)


@given(
    versions=st.lists(KEYS, min_size=1, max_size=4), limits=st.lists(LIMITS, min_size=1), changes=st.data()
)
def test_whatever_appears_and_vanishes_no_row_is_lost_or_doubled(versions, limits, changes, tmp_path_factory):
    """Keys come and go between requests; what was there all the time has to be there, once."""
    folder = tmp_path_factory.mktemp("moving", numbered=True)
    asked = window(report("pagePath"), since=date(2026, 10, 1), until=date(2026, 10, 1))
    asking = read_window(asked, folder, Budget(GA4(properties=(PROPERTY,))))
    request, now, place = next(asking), 0, 0
    seen = [versions[0]]
    try:
        while True:
            now = changes.draw(st.integers(now, len(versions) - 1))
            seen = [versions[now]] if request.offset == 0 else [*seen, versions[now]]
            rows = [(("20261001", f"/{key:02}"), (str(key),)) for key in sorted(versions[now])]
            limit, place = limits[place % len(limits)], place + 1
            page = rows[request.offset : request.offset + limit]
            request = asking.send(
                answer(["date", "pagePath"], [("sessions", MetricType.TYPE_INTEGER)], page, len(rows))
            )
    except StopIteration as finished:
        found: Fetched = finished.value
    except BadPages:
        assert len(versions) > 1
        return
    keys = frame(found)["sessions"].to_list() if found.rows_path else []
    assert len(keys) == len(set(keys)) == found.row_count == len(seen[-1])
    assert set.intersection(*seen) <= set(keys) <= set.union(*seen)


@given(n=st.integers(1, 20), data=st.data())
def test_halves_of_halves_are_the_window(n, data):
    whole = replace(window(report("pagePath")), periods=days(n))
    waiting, leaves = [whole], []
    while waiting:
        each = waiting.pop(0)
        halves = each.halves()
        if halves and data.draw(st.booleans()):
            waiting = [*halves, *waiting]
        else:
            leaves.append(each)
    assert tuple(period for leaf in leaves for period in leaf.periods) == whole.periods
