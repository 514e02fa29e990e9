"""Reports over both transports: numbers, periods, filters, orders, cohorts, what is refused."""

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from google.analytics.data_v1beta.types import (
    RunReportRequest,
)
from google.api_core import exceptions

from sample_data.ga4_server import Ga4Server
from tests.ga4.conftest import NOW
from tests.sample_data.ga4_server.asking import (
    NAME,
    TEN_WEEKS,
    TOTAL,
    WEEK,
    Client,
    batch,
    begins,
    local,
    of_days,
    ordering,
    over_rest,
    report,
    table,
    totals,
)


def test_every_metric_of_a_day_is_what_counting_the_hits_gives(client: Client, hits: pl.DataFrame) -> None:
    metrics = [
        "activeUsers", "newUsers", "sessions", "engagedSessions", "screenPageViews", "eventCount",
        "ecommercePurchases", "purchaseRevenue", "refundAmount", "totalPurchasers",
    ]  # fmt: skip
    found = table(client.run_report(report(["date"], metrics, WEEK)))
    seen = local(hits)
    first_on = seen.group_by("client_id").agg(first_on=pl.col("on").min())
    days = of_days(seen, *WEEK).join(first_on, on="client_id").partition_by("on", as_dict=True)
    assert len(found) == len(days) == 7
    for (on,), day in days.items():
        bought, returned = (day.filter(pl.col("event_name") == name) for name in ("purchase", "refund"))
        new = day.filter(pl.col("is_new") & (pl.col("first_on") == on))["client_id"].n_unique()
        counted = [
            day["client_id"].n_unique(),
            new,
            day["session_id"].n_unique(),
            day.filter("is_engaged")["session_id"].n_unique(),
            day.filter(pl.col("event_name") == "page_view").height,
            day.height,
            bought.height,
            bought["value"].sum() - returned["value"].sum(),
            returned["value"].sum(),
            bought["client_id"].n_unique(),
        ]
        assert [float(value) for value in found[(f"{on:%Y%m%d}",)]] == pytest.approx(counted)


def test_headers_carry_types_and_metadata_the_zone_and_currency(client: Client) -> None:
    names = ["activeUsers", "engagementRate", "purchaseRevenue", "userEngagementDuration", "keyEvents"]
    response = client.run_report(report(["date"], names, WEEK))
    assert [header.name for header in response.dimension_headers] == ["date"]
    types = [header.type_.name for header in response.metric_headers]
    assert types == ["TYPE_INTEGER", "TYPE_FLOAT", "TYPE_CURRENCY", "TYPE_SECONDS", "TYPE_FLOAT"]
    assert (response.metadata.time_zone, response.metadata.currency_code) == ("Europe/Zurich", "EUR")


def test_totals_count_a_person_once_however_many_days_they_came(client: Client, hits: pl.DataFrame) -> None:
    response = client.run_report(report(["date"], ["activeUsers"], TEN_WEEKS, metric_aggregations=[TOTAL]))
    people = of_days(local(hits), *TEN_WEEKS)["client_id"].n_unique()
    assert totals(response) == [[str(people)]]
    assert sum(int(row[0]) for row in table(response).values()) > 2 * people
    assert [value.value for value in response.totals[0].dimension_values] == ["RESERVED_TOTAL"]


def test_an_empty_report_has_neither_rows_nor_a_count(client: Client) -> None:
    response = client.run_report(
        report(["date"], ["activeUsers"], ("2020-01-01", "2020-01-07"), metric_aggregations=[TOTAL])
    )
    assert not response.rows
    assert response.row_count == 0
    assert response.metadata.empty_reason
    assert [list(row.metric_values) for row in response.totals] == [[]]


@pytest.mark.parametrize(
    ("day", "utc_hour", "hours"),
    [
        (date(2026, 10, 25), 0, {"2026102502": 2, "2026102503": 1}),  # 02:30 happens twice
        (date(2026, 3, 29), 0, {"2026032901": 1, "2026032903": 1, "2026032904": 1}),  # 02:30 never does
    ],
)
def test_hours_follow_the_clocks_change(
    hits: pl.DataFrame, day: date, utc_hour: int, hours: dict[str, int]
) -> None:
    starts = datetime.combine(day, datetime.min.time()) + timedelta(hours=utc_hour, minutes=30)
    at = [starts + timedelta(hours=hour) for hour in range(3)]
    three = hits.head(3).with_columns(
        event_at=pl.Series(at), processed_at=pl.Series(at), attributed_at=pl.Series(at)
    )
    server = Ga4Server(three, now=NOW)
    with server.rest() as address, over_rest(address) as asked:
        found = table(asked.run_report(report(["dateHour"], ["eventCount"], (str(day), str(day)))))
        by_hour = table(asked.run_report(report(["hour"], ["eventCount"], (str(day), str(day)))))
    assert {hour: int(count) for (hour,), [count] in found.items()} == hours
    assert {hour: int(count) for (hour,), [count] in by_hour.items()} == {
        key[-2:]: n for key, n in hours.items()
    }


def test_periods_are_written_as_google_writes_them(rest_client: Client) -> None:
    found = table(
        rest_client.run_report(
            report(
                ["date", "isoYearIsoWeek", "yearWeek", "yearMonth"],
                ["eventCount"],
                ("2026-10-03", "2026-10-05"),
            )
        )
    )
    assert set(found) == {  # a Saturday, a Sunday, a Monday: American weeks start on the Sunday
        ("20261003", "202640", "202640", "202610"),
        ("20261004", "202640", "202641", "202610"),
        ("20261005", "202641", "202641", "202610"),
    }


def test_relative_dates_are_of_the_propertys_zone(server: Ga4Server, rest_client: Client) -> None:
    server.now = datetime(2026, 10, 7, 22, 30)  # half past midnight on the 8th in Zürich
    found = table(rest_client.run_report(report(["date"], ["eventCount"], ("2daysAgo", "yesterday"))))
    assert {key[0] for key in found} == {"20261006", "20261007"}


def test_several_ranges_add_a_column_and_totals_of_each(client: Client) -> None:
    asked = report(["newVsReturning"], ["activeUsers"], TEN_WEEKS, WEEK, metric_aggregations=[TOTAL])
    asked.date_ranges[1].name = "a week"
    response = client.run_report(asked)
    assert [header.name for header in response.dimension_headers] == ["newVsReturning", "dateRange"]
    assert {key[1] for key in table(response)} == {"date_range_0", "a week"}
    alone = client.run_report(report([], ["activeUsers"], WEEK))
    assert totals(response)[1] == [alone.rows[0].metric_values[0].value]
    assert [row.dimension_values[1].value for row in response.totals] == ["date_range_0", "a week"]


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        (begins("pagePath", "/HELP"), {"/help/returns", "/help/sizes"}),
        ({"or_group": {"expressions": [begins("pagePath", "/help/r"), begins("pagePath", "/con")]}},
         {"/help/returns", "/contact"}),
        ({"and_group": {"expressions": [begins("pagePath", "/"), {"not_expression": begins("pagePath", "/h")}]}},
         {"/", "/contact", "/stories/linen", "/shop/coat"}),
        ({"filter": {"field_name": "pagePath", "in_list_filter": {"values": ["/contact", "/nowhere"]}}}, {"/contact"}),
        ({"filter": {"field_name": "pagePath",
                     "string_filter": {"match_type": "FULL_REGEXP", "value": "/sh.*|/"}}}, {"/", "/shop/coat"}),
        ({"filter": {"field_name": "pagePath", "string_filter": {"match_type": "CONTAINS", "value": "o"}}},
         {"/contact", "/stories/linen", "/shop/coat"}),
    ],
)  # fmt: skip
def test_a_filter_keeps_what_it_states(rest_client: Client, stated: dict[str, Any], kept: set[str]) -> None:
    found = table(
        rest_client.run_report(report(["pagePath"], ["eventCount"], TEN_WEEKS, dimension_filter=stated))
    )
    assert {key[0] for key in found} == kept


def test_a_filter_may_look_at_what_is_not_shown(rest_client: Client, hits: pl.DataFrame) -> None:
    stated = {"filter": {"field_name": "eventName", "string_filter": {"value": "was_this_helpful"}}}
    found = table(
        rest_client.run_report(
            report(["customEvent:helpful"], ["eventCount"], TEN_WEEKS, dimension_filter=stated, limit=5)
        )
    )
    asked = of_days(local(hits), *TEN_WEEKS).filter(pl.col("event_name") == "was_this_helpful")
    counted = {(word,): [str(n)] for word, n in asked.group_by("helpful").len().iter_rows()}
    assert found == counted


def test_a_metric_filter_is_applied_to_finished_rows(rest_client: Client) -> None:
    above = {"filter": {"field_name": "sessions", "numeric_filter": {"operation": "GREATER_THAN",
             "value": {"int64_value": 12}}}}  # fmt: skip
    every = table(rest_client.run_report(report(["date"], ["sessions"], TEN_WEEKS)))
    found = table(rest_client.run_report(report(["date"], ["eventCount"], TEN_WEEKS, metric_filter=above)))
    assert set(found) == {key for key, [sessions] in every.items() if int(sessions) > 12}


def test_rows_come_by_the_first_metric_downwards_and_ties_anyhow(client: Client) -> None:
    asked = report(["date", "pagePath"], ["activeUsers"], TEN_WEEKS)
    first, second = client.run_report(asked), client.run_report(asked)
    values = [int(row.metric_values[0].value) for row in first.rows]
    assert values == sorted(values, reverse=True)
    assert table(first) == table(second)
    assert list(table(first)) != list(table(second))


def test_ordered_by_all_dimensions_pages_join_without_a_gap(client: Client) -> None:
    names = ["date", "pagePath"]
    asked = report(names, ["activeUsers"], TEN_WEEKS, order_bys=ordering(names))
    every = client.run_report(asked)
    keys: list[tuple[str, ...]] = []
    for offset in range(0, every.row_count, 50):
        asked.offset, asked.limit = offset, 50
        page = client.run_report(asked)
        assert page.row_count == every.row_count
        keys += table(page)
    assert keys == list(table(every)) == sorted(keys)


REFUSED = [
    (report(["nonsense"], ["sessions"], WEEK), "Field nonsense is not a valid dimension"),
    (report(["date"], ["nonsense"], WEEK), "Field nonsense is not a valid metric"),
    (report(["date"], ["sessions"]), "A dateRange is required"),
    (report(["date"], ["sessions"], *[WEEK] * 5), "limited to 4 dateRanges"),
    (report(["date"], ["sessions"], ("2026-10-06", "2026-10-05")), "start_date must be less than or equal"),
    (report(["date"], ["sessions"], ("tomorrow", "2026-10-05")), "Invalid startDate : tomorrow"),
    (report(["date"] * 2, ["sessions"], WEEK), "Found duplicate dimensions: date"),
    (report(["date"], ["sessions"] * 2, WEEK), "Found duplicate metrics: sessions"),
    (report(["date"], ["sessions"], WEEK, limit=-1), "limit must be positive"),
    (report([], [], WEEK), "Requests require dimensions and/or metrics"),
    (report(["date"], ["sessions"], WEEK, metric_aggregations=[4]), "Metric aggregation Count is not supported"),
    (report(["date"], ["sessions"], WEEK, order_bys=ordering(["hour"])), "Field hour exists in OrderBy but"),
    (report(["itemName"], ["sessions"], WEEK), "Please remove sessions to make the request compatible"),
    (report(["cohort"], ["cohortActiveUsers"], WEEK), "Please remove cohort to make the request compatible"),
    (report(["date"], ["sessions"], ("2015-08-13", "2026-10-05")), "start_date must be after 2015-08-13"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_a_request_that_makes_no_sense_is_refused_in_googles_words(
    client: Client, asked: RunReportRequest, says: str
) -> None:
    with pytest.raises(exceptions.BadRequest, match=says):
        client.run_report(asked)


def test_limits_of_columns_and_batches(rest_client: Client, server: Ga4Server) -> None:
    dimensions, metrics = list(server.main.catalogue.dimensions), list(server.main.catalogue.metrics)
    with pytest.raises(exceptions.BadRequest, match=r"limited to 9 dimensions .* 10 dimensions"):
        rest_client.run_report(report(dimensions[:10], ["sessions"], WEEK))
    with pytest.raises(exceptions.BadRequest, match=r"limited to 10 metrics .* 11 metrics"):
        rest_client.run_report(report(["date"], metrics[:11], WEEK))
    with pytest.raises(exceptions.BadRequest, match="limited to 5 requests"):
        rest_client.batch_run_reports(batch(*[report(["date"], ["sessions"], WEEK)] * 6))
    with pytest.raises(exceptions.BadRequest, match="at least one runReportRequest"):
        rest_client.batch_run_reports(batch())


def test_a_batch_answers_each_report_in_turn_and_charges_each(client: Client, server: Ga4Server) -> None:
    asked = [report(["audienceName"], ["sessions"], WEEK, return_property_quota=True)]
    asked.append(report([], ["sessions"], WEEK, return_property_quota=True))
    first, second = client.batch_run_reports(batch(*asked)).reports
    assert len(first.rows) == 2
    assert len(second.rows) == 1
    left = [each.property_quota.tokens_per_hour.remaining for each in (first, second)]
    assert left == [40_000 - 1, 40_000 - 2]
    thresholded = first.property_quota.potentially_thresholded_requests_per_hour
    assert (thresholded.consumed, thresholded.remaining) == (1, 119)
    assert [(entry.call, entry.method, entry.dimensions) for entry in server.requests] == [
        (1, "batchRunReports", ("audienceName",)),
        (1, "batchRunReports", ()),
    ]


def test_one_bad_report_spoils_its_batch(client: Client) -> None:
    good, wrong = report(["date"], ["sessions"], WEEK), report(["gone"], ["sessions"], WEEK)
    with pytest.raises(exceptions.BadRequest, match="Field gone is not a valid dimension"):
        client.batch_run_reports(batch(good, wrong))


def test_cohorts_follow_who_came_first_in_a_week(client: Client, hits: pl.DataFrame) -> None:
    asked = RunReportRequest(
        property=NAME,
        dimensions=[{"name": "cohort"}, {"name": "cohortNthWeek"}],
        metrics=[{"name": "cohortActiveUsers"}, {"name": "cohortTotalUsers"}],
        cohort_spec={
            "cohorts": [
                {"dimension": "firstSessionDate", "name": "first",
                 "date_range": {"start_date": "2026-09-06", "end_date": "2026-09-12"}},
                {"dimension": "firstSessionDate",
                 "date_range": {"start_date": "2026-09-13", "end_date": "2026-09-19"}},
            ],
            "cohorts_range": {"granularity": "WEEKLY", "end_offset": 3},
        },
    )  # fmt: skip
    found = table(client.run_report(asked))
    seen = local(hits)
    first_on = seen.group_by("client_id").agg(first_on=pl.col("on").min())
    seen = seen.join(first_on, on="client_id")
    for name, start in {"first": date(2026, 9, 6), "cohort_1": date(2026, 9, 13)}.items():
        members = seen.filter(pl.col("first_on").is_between(start, start + timedelta(days=6)))
        for week in range(4):
            since = start + timedelta(weeks=week)
            active = members.filter(pl.col("on").is_between(since, since + timedelta(days=6)))
            expected = [str(active["client_id"].n_unique()), str(members["client_id"].n_unique())]
            assert found.get((name, f"{week:04d}"), ["0", expected[1]]) == expected
    assert {key[1] for key in found} == {"0000", "0001", "0002", "0003"}


def test_a_cohort_report_takes_no_date_range_and_needs_its_dimension(rest_client: Client) -> None:
    spec = {
        "cohorts": [{"dimension": "firstSessionDate",
                     "date_range": {"start_date": "2026-09-06", "end_date": "2026-09-12"}}],
        "cohorts_range": {"granularity": "WEEKLY", "end_offset": 3},
    }  # fmt: skip
    with pytest.raises(exceptions.BadRequest, match="dateRanges must be unspecified"):
        rest_client.run_report(report(["cohort"], ["cohortActiveUsers"], WEEK, cohort_spec=spec))
    with pytest.raises(exceptions.BadRequest, match="dimension cohort is required"):
        rest_client.run_report(report(["cohortNthWeek"], ["cohortActiveUsers"], cohort_spec=spec))


def test_a_person_counts_in_each_of_their_audiences_but_once_in_the_total(
    client: Client, hits: pl.DataFrame
) -> None:
    asked = report(["audienceName"], ["activeUsers", "eventCount"], WEEK, metric_aggregations=[TOTAL])
    response = client.run_report(asked)
    week = of_days(local(hits), *WEEK)
    for name in ("Loyal customers", "Needed help lately"):
        mine = week.filter(pl.col("audience").list.contains(name))
        assert table(response)[(name,)] == [str(mine["client_id"].n_unique()), str(mine.height)]
    assert totals(response) == [[str(week["client_id"].n_unique()), str(week.height)]]
    stated = {"filter": {"field_name": "audienceName", "in_list_filter": {
        "values": ["Loyal customers", "Needed help lately"]}}}  # fmt: skip
    both = client.run_report(
        report([], ["eventCount"], WEEK, dimension_filter=stated, metric_aggregations=[TOTAL])
    )
    assert totals(both) == [[str(week.filter(pl.col("audience").list.len() > 0).height)]]


def test_trailing_users_look_back_28_days_from_each_day(rest_client: Client, hits: pl.DataFrame) -> None:
    found = table(rest_client.run_report(report(["date"], ["active28DayUsers", "active7DayUsers"], WEEK)))
    for on in (date(2026, 10, 5) + timedelta(days=day) for day in range(7)):
        counted = [
            str(of_days(local(hits), str(on - timedelta(days=back)), str(on))["client_id"].n_unique())
            for back in (27, 6)
        ]
        assert found[(f"{on:%Y%m%d}",)] == counted
    [[whole, _]] = table(
        rest_client.run_report(report([], ["active28DayUsers", "active7DayUsers"], WEEK))
    ).values()
    assert whole == found[("20261011",)][0]


def test_first_time_purchasers_are_new_to_buying_in_all_that_is_known(
    rest_client: Client, hits: pl.DataFrame
) -> None:
    found = table(rest_client.run_report(report(["date"], ["firstTimePurchasers"], TEN_WEEKS)))
    bought = (
        local(hits).filter(pl.col("event_name") == "purchase").group_by("client_id").agg(pl.col("on").min())
    )
    counted = bought.group_by("on").len()
    assert found == {(f"{on:%Y%m%d}",): [str(n)] for on, n in counted.iter_rows()}
