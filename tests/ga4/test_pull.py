import os
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.door.land import read_loads
from pipelines.ga4.pull import chosen, last_pulled_at
from pipelines.ga4.tables import WINDOW, read_pulls
from pipelines.settings import GA4, SettingsError
from sample_data.ga4_server import Ga4Server
from sample_data.ga4_server.faults import TEXTS
from tests.ga4.company import COHORTS, DAILY, PAGES, ROLLING, Company, Tables

NOW = datetime(2026, 11, 16, 5)
DAY = timedelta(days=1)
PROPERTY = "413000001"
OTHER = "413000002"
SINCE = date(2026, 10, 1)

MakeCompany = Callable[..., Company]


@pytest.fixture
def company(tmp_path: Path, rest_settings: GA4) -> MakeCompany:
    """`company(pages=PAGES)` -> a company that asks the server for that report, since October."""
    asking = rest_settings.model_copy(update={"since": SINCE})

    def make(name: str = "company", **reports: str) -> Company:
        return Company(tmp_path / name, asking, **(reports or {"daily": DAILY}))

    return make


def problems(company: Company) -> list[str]:
    return [problem["says"] for pull in read_pulls(company.store) for problem in pull["problems"]]


# What a pull leaves


def test_every_period_is_there_once_with_what_the_answer_said(
    company: MakeCompany, server: Ga4Server
) -> None:
    ours = company(daily=DAILY, pages=PAGES, rolling=ROLLING, cohorts=COHORTS)
    record = ours.pull(NOW)
    assert record.problems == []
    assert (record.windows_pulled, record.windows_pending, record.windows_restated) == (5, 0, 0)
    asked = ours.rows(
        "select report, grain, count(*), count(distinct period_start_on) from landing.ga4__window "
        "group by all order by all"
    )
    assert asked == [
        ("cohorts", "cohort_week", 6, 6),
        ("daily", "day", 47, 47),
        ("pages", "day", 47, 47),
        ("rolling", "rolling_28_days", 3, 3),
        ("rolling", "week", 8, 8),
    ]
    said = ours.rows(
        "select distinct currency, time_zone, is_thresholded, package_version is not null from landing.ga4__window"
    )
    assert said == [("EUR", "Europe/Zurich", False, True)]
    ((rows_total, api_total),) = ours.rows(
        "select rows_total, api_total from landing.ga4__total where report = 'daily' and metric = 'active_users'"
    )
    assert rows_total > api_total, "who comes on two days is one user of the two"


def test_pages_are_fetched_whole_and_the_pull_says_what_it_cost(
    company: MakeCompany, server: Ga4Server
) -> None:
    small, large = company("small", pages=PAGES), company("large", pages=PAGES)
    paged, at_once = small.pull(NOW, page_rows=7), large.pull(NOW)
    assert paged.rows == at_once.rows > 100
    assert small.rows("from landing.ga4__pages order by all") == large.rows(
        "from landing.ga4__pages order by all"
    )
    (pull,) = read_pulls(small.store)
    assert pull["requests"] > 20
    assert pull["tokens"] == sum(e.tokens for e in server.requests if e.metrics and e.limit <= 7)
    assert pull["quota"]["core_tokens_per_hour_remaining"] < 40_000


def test_at_most_five_reports_go_into_a_batch(company: MakeCompany, server: Ga4Server) -> None:
    company(**{f"r{number}": DAILY for number in range(7)}).pull(NOW)
    calls = [entry.call for entry in server.requests if entry.metrics]
    assert sorted({call: calls.count(call) for call in calls}.values()) == [2, 5]


def test_nothing_new_asks_nothing_and_leaves_no_record(company: MakeCompany, server: Ga4Server) -> None:
    ours = company()
    ours.pull(NOW)
    asked = len(server.requests)
    record = ours.pull(NOW)
    assert (record.properties, record.in_words(), len(server.requests)) == ([], "Nothing new to ask.", asked)
    assert len(read_pulls(ours.store)) == 1


def test_a_dry_run_asks_nothing_and_says_what_it_would_cost(company: MakeCompany, server: Ga4Server) -> None:
    ours = company()
    record = ours.pull(NOW, dry_run=True)
    assert server.requests == []
    assert record.planned == [
        {"property_id": PROPERTY, "window": "daily day 2026-10-01..2026-11-16", "requests": 1, "tokens": 10}
    ]
    assert "1 window(s), about 10 token(s). Nothing was asked." in record.in_words()
    assert read_loads(ours.store) == []
    ours.pull(NOW)
    again = ours.pull(NOW + DAY, dry_run=True).planned
    assert [each["tokens"] for each in again] == [read_pulls(ours.store)[0]["tokens"]]


def test_only_the_named_days_and_reports_are_asked_for(company: MakeCompany, server: Ga4Server) -> None:
    ours = company(daily=DAILY, pages=PAGES)
    named = {"since": date(2026, 10, 5), "until": date(2026, 10, 7), "only": ("daily",)}
    ours.pull(NOW, **named)
    asked = "select report, min(period_start_on), max(period_end_on) from landing.ga4__window group by all"
    assert ours.rows(asked) == [("daily", date(2026, 10, 5), date(2026, 10, 7))]
    ours.pull(NOW + DAY, **named)
    assert ours.rows("select count(*) from landing.ga4__window") == [(6,)]


def test_a_report_that_nobody_wrote_is_refused_with_the_nearest_name(company: MakeCompany) -> None:
    ours = company()
    with pytest.raises(SettingsError, match=r"No report is called 'dayly'.* Did you mean 'daily'\?"):
        chosen(ours.settings, ["dayly"])


# Restatement


def test_what_each_period_said_at_each_pull_is_kept_and_the_newest_is_read(
    company: MakeCompany, server: Ga4Server
) -> None:
    ours = company()
    ours.pull(NOW)
    server.now = NOW + DAY
    record = ours.pull(NOW + DAY)
    assert record.windows_restated == 1
    fifteenth = ours.rows(
        "select value from landing.ga4__said where metric = 'sessions' and period_start_on = '2026-11-15' "
        "order by pulled_at"
    )
    newest = ours.rows("select sessions from landing.ga4__daily where period_start_on = '2026-11-15'")
    assert len(fifteenth) == 2
    assert fifteenth[0][0] < fifteenth[1][0] == newest[0][0], "hits of the evening are processed a day later"
    twice = ours.rows("select period_start_on from landing.ga4__daily group by all having count(*) > 1")
    assert twice == []


def test_after_its_settling_a_day_is_left_alone(company: MakeCompany, server: Ga4Server) -> None:
    ours = company()
    for days in range(6):
        server.now = NOW + days * DAY
        ours.pull(server.now)
    asked = ours.rows("select count(*) from landing.ga4__window where period_start_on = '2026-11-15'")
    assert asked == [(4,)], "at 1, 2, 3 and, for the last time, 4 days"


def test_an_attribution_that_comes_late_moves_figures_from_one_channel_to_another(
    company: MakeCompany, server: Ga4Server
) -> None:
    by_channel = DAILY + "dimensions: [sessionDefaultChannelGroup]\nsettling_days: 12\n"
    ours = company(channels=by_channel)
    asked = (
        "select session_default_channel_group, sessions from landing.ga4__channels "
        "where period_start_on = '2026-11-13' order by all"
    )
    ours.pull(NOW)
    before = ours.rows(asked)
    server.now = NOW + 7 * DAY
    ours.pull(NOW + 7 * DAY)
    after = ours.rows(asked)
    assert "Unassigned" in dict(before)
    assert "Unassigned" not in dict(after)
    assert sum(dict(after).values()) == sum(dict(before).values())


# Interrupted


def interrupted(company: Company, server: Ga4Server, request: int) -> bool:
    """Pull, with Ctrl-C at that request; whether it came so far."""
    fault = server.faults.inject(error=None, nth=request, then=lambda: os.kill(os.getpid(), signal.SIGINT))
    try:
        company.pull(NOW, page_rows=150)
    except KeyboardInterrupt:
        return True
    finally:
        server.faults.injected.remove(fault)
    return False


def what_was_said(tables: Tables) -> Tables:
    """All tables without the records of the pulls, and without what an answer cost: fewer pages cost less."""
    tokens = list(WINDOW).index("tokens")
    told = {name: rows for name, rows in tables.items() if name not in ("web_pull", "web_problem")}
    told["landing.ga4__window"] = [(*row[:tokens], *row[tokens + 1 :]) for row in told["landing.ga4__window"]]
    return told


@pytest.mark.endure
def test_interrupted_at_any_request_the_next_pull_makes_the_same_tables(
    company: MakeCompany, server: Ga4Server
) -> None:
    reports = {"pages": PAGES, "rolling": ROLLING, "cohorts": COHORTS, "daily": DAILY}
    whole = company("whole", **reports)
    whole.ask(since=date(2026, 6, 1))
    whole.pull(NOW, page_rows=150)
    expected = what_was_said(whole.tables())
    windows = len(read_loads(whole.store))
    requests = len({entry.call for entry in server.requests})
    left_over = set()
    for request in range(1, requests + 1):
        ours = company(f"interrupted-{request}", **reports)
        ours.ask(since=date(2026, 6, 1))
        assert interrupted(ours, server, request)
        had = len(read_loads(ours.store))
        left_over.add(windows - had)
        (record,) = read_pulls(ours.store)
        assert (record["outcome"], record["windows_pulled"]) == ("stopped", had)
        assert record["windows_pending"] == windows - had
        assert not (ours.store.landing / "_fetch").exists()
        assert ours.pull(NOW, page_rows=150).windows_pulled == windows - had
        assert what_was_said(ours.tables()) == expected
    assert len(left_over) > 3, "some windows had landed already"
    assert requests > windows, "windows and pages were interrupted"


def test_a_window_whose_last_rename_did_not_happen_is_fetched_again_and_no_other(
    company: MakeCompany, server: Ga4Server
) -> None:
    ours = company(daily=DAILY, pages=PAGES)
    ours.pull(NOW)
    before = ours.tables()
    load = next(load for load in read_loads(ours.store) if load.object == "pages")
    (ours.store.loads / f"{load.load_id}.json").unlink()
    assert ours.rows("select count(*) from landing.ga4__pages") == [(0,)]
    assert ours.pull(NOW).windows_pulled == 1
    assert what_was_said(ours.tables()) == what_was_said(before)


def test_interrupted_on_an_empty_answer_nothing_is_lost(company: MakeCompany, server: Ga4Server) -> None:
    ours = company(none=DAILY + "filters: {pagePath: {exact: /nowhere}}\n")
    assert interrupted(ours, server, 3)
    ours.pull(NOW)
    assert ours.rows("select count(*), sum(rows) from landing.ga4__window") == [(47, 0)]
    assert ours.rows("select count(*) from landing.ga4__none") == [(0,)]


# Quotas, errors, slowness


def test_an_exhausted_quota_stops_the_property_and_the_next_hour_goes_on(
    company: MakeCompany, server: Ga4Server
) -> None:
    ours = company(**{f"r{number}": DAILY for number in range(12)})
    server.faults.inject(
        "batchRunReports", "RESOURCE_EXHAUSTED", nth=2, times=1,
        message="Exhausted property tokens for a project per hour.",
    )  # fmt: skip
    record = ours.pull(NOW)
    assert (record.windows_pulled, record.windows_pending) == (5, 7)
    assert "tokens of this Cloud project for an hour" in str(record.stopped_because)
    assert record.problems == [], "that is how Google works, and nothing to mend"
    assert "7 window(s) are pending: The tokens" in record.in_words()
    assert last_pulled_at(ours.store) is None
    later = NOW + timedelta(minutes=50)
    assert ours.pull(later).windows_pulled == 7
    assert last_pulled_at(ours.store) == later


def test_the_reserve_is_left_for_others_and_the_newest_are_asked_for_first(
    company: MakeCompany, server: Ga4Server
) -> None:
    ours = company(pages=PAGES)
    ours.ask(since=date(2026, 1, 1))
    server.quotas.limits["tokens_per_hour"] = 50
    server.quotas.used["tokens_per_hour"] = 35
    record = ours.pull(NOW)
    assert record.windows_pending > 0
    assert server.quotas.remaining("tokens_per_hour") >= 3
    newest = ours.rows(
        "select max(period_end_on), min(period_start_on) > '2026-01-01' from landing.ga4__window"
    )
    assert newest == [(date(2026, 11, 16), True)]
    assert "stay reserved for others" in str(record.stopped_because)


def test_server_errors_are_retried_twice_and_then_the_pull_waits_for_another_day(
    company: MakeCompany, server: Ga4Server
) -> None:
    ours = company()
    server.faults.inject("runReport", "UNAVAILABLE", times=2)
    assert ours.pull(NOW).windows_pending == 0
    other = company("other")
    server.faults.inject("runReport", "INTERNAL", times=None)
    record = other.pull(NOW)
    assert (record.windows_pending, len(record.problems)) == (1, 1)
    assert sum(entry.status == "INTERNAL" for entry in server.requests) == 3
    assert read_pulls(other.store)[0]["server_errors"] == 3


def fails_on(server: Ga4Server, dimension: str) -> None:
    """The server breaks whenever it is asked for that dimension, alone or in a batch."""
    server.faults.inject(
        error="INTERNAL",
        times=None,
        when=lambda entries: any(dimension in each.dimensions for each in entries),
    )


def test_a_report_that_breaks_the_server_does_not_end_every_visit_before_the_others(
    company: MakeCompany, server: Ga4Server
) -> None:
    broken = DAILY.replace("[day]", "[day, week, month]") + "dimensions: [landingPage]\n"
    ours = company(broken=broken, daily=DAILY, pages=PAGES)
    fails_on(server, "landingPage")
    assert ours.pull(NOW).windows_pulled == 0, "the newest windows are all of that report"
    later = ours.pull(NOW + timedelta(minutes=70))
    assert (later.windows_pulled, later.windows_pending) == (2, 3)
    server.now = NOW + DAY
    again = ours.pull(server.now)
    assert (again.windows_pulled, again.windows_pending) == (2, 3)
    server.faults.clear()
    server.now = NOW + 2 * DAY
    assert ours.pull(server.now).windows_pending == 0
    assert [pull["failing"] for pull in read_pulls(ours.store)] == [["broken"]] * 3 + [[]]


def test_what_was_not_asked_because_others_of_the_batch_failed_is_asked_in_the_same_visit(
    company: MakeCompany, server: Ga4Server
) -> None:
    broken = DAILY.replace("[day]", "[day, week]") + "dimensions: [landingPage]\n"
    ours = company(a=DAILY, broken=broken, c=DAILY, d=PAGES)
    fails_on(server, "landingPage")
    record = ours.pull(NOW)
    assert (record.windows_pulled, record.windows_pending) == (3, 2)
    assert {problem["report"] for problem in record.problems} == {"broken"}


def test_server_errors_before_the_first_report_are_retried_and_counted(
    company: MakeCompany, server: Ga4Server
) -> None:
    ours = company()
    server.faults.inject("getMetadata", "UNAVAILABLE", times=2)
    server.faults.inject("checkCompatibility", "INTERNAL", times=1)
    assert ours.pull(NOW).windows_pulled == 1
    assert read_pulls(ours.store)[0]["server_errors"] == 3
    other = company("other")
    server.faults.inject("getMetadata", "INTERNAL", times=None)
    assert other.pull(NOW).stopped_because == "Google Analytics failed (500): " + TEXTS["INTERNAL"]
    assert sum(each.status == "INTERNAL" and each.method == "getMetadata" for each in server.requests) == 3


def test_audiences_are_not_asked_for_where_nothing_more_may_be_asked(
    company: MakeCompany, server: Ga4Server
) -> None:
    ours = company()
    ours.ask(audiences=("Loyal customers",))
    server.faults.inject(
        "runReport", "RESOURCE_EXHAUSTED", message="Exhausted property tokens for a project per hour."
    )
    ours.pull(NOW)
    assert not [entry for entry in server.requests if "udience" in entry.method]


def test_audiences_have_the_time_that_the_reports_left(company: MakeCompany, server: Ga4Server) -> None:
    ours = company()
    ours.ask(audiences=("Loyal customers",), time_budget_minutes=0)
    server.main.exports.polls = 1_000_000
    assert ours.pull(NOW).stopped_because == "The time budget is used up."
    assert [entry.method for entry in server.requests].count("createAudienceExport") == 1


def test_the_server_errors_of_the_hour_before_count(company: MakeCompany, server: Ga4Server) -> None:
    ours = company()
    server.faults.inject("runReport", "INTERNAL", times=None)
    for minute in range(6):
        ours.pull(NOW + timedelta(minutes=minute))
    assert sum(entry.status == "INTERNAL" for entry in server.requests) == 8, (
        "of ten, two are left for others"
    )


def test_a_slow_window_is_halved_until_it_answers(company: MakeCompany, server: Ga4Server) -> None:
    ours = company()
    ours.ask(deadline_seconds=1)
    server.faults.slow_over(15, 1.6)
    record = ours.pull(NOW)
    assert (record.problems, record.windows_pending, record.windows_pulled) == ([], 0, 4)
    assert ours.rows("select count(*), count(distinct period_start_on) from landing.ga4__window") == [
        (47, 47)
    ]


def test_a_period_that_is_too_slow_alone_is_left_pending_and_the_others_land(
    company: MakeCompany, server: Ga4Server
) -> None:
    ours = company(month=DAILY.replace("[day]", "[month]"), daily=DAILY)
    ours.ask(since=date(2026, 11, 1), deadline_seconds=1)
    server.faults.inject(
        error="slow", seconds=1.6, times=None,
        when=lambda entries: any("yearMonth" in each.dimensions for each in entries),
    )  # fmt: skip
    record = ours.pull(NOW)
    assert (record.windows_pulled, record.windows_pending) == (1, 1)
    assert [problem["report"] for problem in record.problems] == ["month"]
    assert "No answer within 1 seconds" in problems(ours)[0]


def test_an_estimate_from_a_sample_is_asked_again_in_shorter_windows(
    company: MakeCompany, server: Ga4Server
) -> None:
    ours = company()
    server.sampling(0.5, above_events=1_000)
    ours.pull(NOW)
    assert ours.rows("select count(*), count(sampling_space_size) from landing.ga4__window") == [(47, 0)]
    other = company("other")
    server.sampling(0.5)
    other.pull(NOW)
    found = other.rows(
        "select count(*), count(*) filter (samples_read_count < sampling_space_size) from landing.ga4__window "
        "where rows > 0"
    )
    assert found == [(46, 46)], "a day can not be shortened, and says that it is an estimate"


def test_a_bad_report_is_left_out_and_the_others_are_complete(
    company: MakeCompany, server: Ga4Server
) -> None:
    server.main.rules.unannounced.add(("pagePath", "screenPageViews"))
    ours = company(daily=DAILY, pages=PAGES, rolling=ROLLING)
    record = ours.pull(NOW)
    assert (record.windows_pulled, record.windows_pending) == (3, 0)
    assert [problem["report"] for problem in record.problems] == ["pages"]
    assert "Please remove pagePath" in problems(ours)[0]
    assert read_pulls(ours.store)[0]["outcome"] == "complete"
    server.main.rules.unannounced.clear()
    assert ours.pull(NOW + timedelta(minutes=5)).windows_pulled == 1


def test_what_google_calls_incompatible_is_not_asked_for(company: MakeCompany, server: Ga4Server) -> None:
    server.main.rules.pairs.add(("pagePath", "screenPageViews"))
    ours = company(daily=DAILY, pages=PAGES)
    ours.pull(NOW)
    assert "Please remove pagePath" in problems(ours)[0]
    assert "The report is left out; its file is queries/ga4/pages.yaml." in problems(ours)[0]
    assert not [
        entry
        for entry in server.requests
        if "pagePath" in entry.dimensions and entry.method != "checkCompatibility"
    ]


def test_compatibility_is_asked_once_for_each_report_until_it_changes(
    company: MakeCompany, server: Ga4Server
) -> None:
    ours = company(daily=DAILY, pages=PAGES)
    for days in range(2):
        ours.pull(NOW + days * DAY)
    assert sum(entry.method == "checkCompatibility" for entry in server.requests) == 2
    (ours.settings.workspace / "queries" / "ga4" / "daily.yaml").write_text(
        DAILY.replace("sessions", "newUsers")
    )
    ours.pull(NOW + 2 * DAY)
    assert sum(entry.method == "checkCompatibility" for entry in server.requests) == 3


def test_a_field_that_is_gone_puts_its_report_out_with_the_new_name(
    company: MakeCompany, server: Ga4Server
) -> None:
    ours = company(daily=DAILY, pages=PAGES)
    ours.pull(NOW)
    fields = server.main.catalogue.dimensions
    fields["contentPath"] = replace(fields.pop("pagePath"), name="contentPath")
    record = ours.pull(NOW + DAY)
    assert record.windows_pulled == 1
    assert problems(ours) == [
        "The property has no field pagePath, which it had on 2026-11-16. What was called so (Page path) is "
        "contentPath now. The report is left out; its file is queries/ga4/pages.yaml."
    ]


def test_a_name_that_still_works_is_asked_for_and_the_new_one_is_told(company: MakeCompany) -> None:
    ours = company(old=DAILY.replace("sessions", "conversions"))
    record = ours.pull(NOW)
    assert (record.windows_pulled, record.windows_pending) == (1, 0)
    assert problems(ours) == [
        "conversions is called keyEvents now; the old name stops working some day. Change it in queries/ga4/old.yaml."
    ]


def test_a_custom_dimension_that_is_not_registered_is_told_with_where_to_do_it(company: MakeCompany) -> None:
    ours = company(tiers=DAILY + "dimensions: ['customUser:tier']\n", daily=DAILY)
    assert ours.pull(NOW).windows_pulled == 1
    assert problems(ours)[0].startswith(
        "The property has no field customUser:tier. Register it in Google Analytics: Admin, Custom definitions."
    )


# Several properties, access, zones


def test_who_may_not_read_a_property_is_told_what_to_grant_and_the_other_property_is_pulled(
    company: MakeCompany, server: Ga4Server, hits: pl.DataFrame
) -> None:
    ours = company()
    server.add_property(OTHER, hits)
    ours.ask(properties=(PROPERTY, OTHER))
    server.revoke()
    record = ours.pull(NOW)
    assert [each.outcome for each in record.properties] == ["failed", "complete"]
    assert "add no credentials with the role Viewer" in problems(ours)[0]
    assert ours.rows("select distinct property_id from landing.ga4__daily") == [(OTHER,)]
    server.restore()
    assert ours.pull(NOW).windows_pulled == 1
    assert ours.rows("select property_id, count(*) from landing.ga4__daily group by all order by all") == [
        (PROPERTY, 46), (OTHER, 46)
    ]  # fmt: skip


def test_the_backfill_of_one_property_does_not_keep_another_waiting(
    company: MakeCompany, server: Ga4Server, hits: pl.DataFrame
) -> None:
    ours = company(**{f"r{number}": DAILY for number in range(10)})
    server.add_property(OTHER, hits)
    ours.ask(properties=(PROPERTY, OTHER))
    ours.pull(NOW)
    asked = [entry.property_id for entry in server.requests if entry.method == "batchRunReports"]
    assert asked == [PROPERTY] * 5 + [OTHER] * 5 + [PROPERTY] * 5 + [OTHER] * 5


def test_today_is_the_propertys_also_before_its_zone_is_known(
    tmp_path: Path, hits: pl.DataFrame, rest_settings: GA4
) -> None:
    early = datetime(2026, 11, 16, 5)
    there = Ga4Server(hits, zone="America/Los_Angeles", now=early)
    with there.rest() as address:
        asking = rest_settings.model_copy(update={"since": SINCE, "api_endpoint": address})
        ours = Company(tmp_path / "company", asking, daily=DAILY)
        ours.pull(early)
        last = "select max(period_end_on), bool_or(not is_complete), count(*) from landing.ga4__window"
        assert ours.rows(last) == [(date(2026, 11, 15), True, 46)]
        assert [e.ends_on for e in there.requests if e.metrics] == ["2026-11-16", "2026-11-15"]
        there.now = early + timedelta(hours=4)
        ours.pull(there.now)
        assert ours.rows(last)[0][0] == date(2026, 11, 16)


def test_the_days_on_which_the_clocks_change_have_their_own_hits(
    company: MakeCompany, hits: pl.DataFrame
) -> None:
    ours = company()
    ours.pull(NOW)
    local = pl.col("event_at").dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Zurich").dt.date()
    by_hand = (
        hits.group_by(day=local)
        .agg(sessions=pl.struct("client_id", "session_id").n_unique(), users=pl.col("client_id").n_unique())
        .filter(pl.col("day").is_between(date(2026, 10, 23), date(2026, 10, 27)))
    )
    asked = ours.rows(
        "select period_start_on, sessions, active_users from landing.ga4__daily "
        "where period_start_on between '2026-10-23' and '2026-10-27' order by all"
    )
    assert asked == by_hand.sort("day").rows()
    assert len(asked) == 5


def test_the_time_budget_ends_a_pull_between_windows(company: MakeCompany, server: Ga4Server) -> None:
    ours = company(**{f"r{number}": DAILY for number in range(6)})
    ours.ask(time_budget_minutes=0)
    record = ours.pull(NOW)
    assert (record.windows_pulled, record.windows_pending) == (0, 6)
    assert record.stopped_because == "The time budget is used up."
    assert record.problems == []


def test_over_grpc_the_same_rows_land(company: MakeCompany, grpc_settings: GA4, tmp_path: Path) -> None:
    over_rest = company(daily=DAILY, pages=PAGES, rolling=ROLLING, cohorts=COHORTS)
    over_rest.pull(NOW)
    asking = grpc_settings.model_copy(update={"since": SINCE})
    over_grpc = Company(tmp_path / "grpc", asking, daily=DAILY, pages=PAGES, rolling=ROLLING, cohorts=COHORTS)
    over_grpc.pull(NOW)
    assert what_was_said(over_grpc.tables()) == what_was_said(over_rest.tables())
