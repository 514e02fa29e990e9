"""What is sent for a window is all of what is meant, and nothing else."""

from datetime import date

import pytest
from google.analytics.data_v1beta import types

from pipelines.ga4.periods import COHORT_WEEKS
from pipelines.ga4.request import DATE_RANGES, filter_expression, parts, report_request
from tests.ga4.windows import report, window

MatchType = types.Filter.StringFilter.MatchType


def ordered_by(request):
    return [each.dimension.dimension_name for each in request.order_bys]


@pytest.mark.parametrize(
    ("grain", "own"), [("day", "date"), ("week", "isoYearIsoWeek"), ("month", "yearMonth")]
)
def test_rows_are_ordered_by_every_dimension_the_periods_own_first(grain, own):
    asked = report("pagePath", "deviceCategory", grain=grain)
    request = report_request(window(asked), 0, 10)
    assert [each.name for each in request.dimensions] == [own, "pagePath", "deviceCategory"]
    assert ordered_by(request) == [own, "pagePath", "deviceCategory"]
    assert not any(each.desc for each in request.order_bys)


def test_the_quota_and_the_totals_are_asked_for_and_empty_rows_are_not():
    request = report_request(window(report("pagePath", metrics=("sessions", "eventCount"))), 20, 10)
    assert [each.name for each in request.metrics] == ["sessions", "eventCount"]
    assert list(request.metric_aggregations) == [types.MetricAggregation.TOTAL]
    assert request.return_property_quota
    assert not request.keep_empty_rows
    assert (request.property, request.offset, request.limit) == ("properties/413000001", 20, 10)


def test_no_day_after_the_day_of_asking_is_asked_for():
    asked = window(report(grain="month"), until=date(2026, 11, 30), today=date(2026, 11, 16))
    (days,) = report_request(asked, 0, 10).date_ranges
    assert (days.start_date, days.end_date) == ("2026-10-01", "2026-11-16")


def test_overlapping_periods_are_date_ranges_named_by_their_last_day():
    asked = window(report("pagePath", grain="rolling_28_days"), since=date(2026, 7, 1))
    shares = list(parts(asked))
    assert [period for share in shares for period in share.periods] == list(asked.periods)
    assert max(len(share.periods) for share in shares) == DATE_RANGES
    request = report_request(shares[0], 0, 10)
    assert [(each.start_date, each.end_date, each.name) for each in request.date_ranges] == [
        (str(period.starts_on), str(period.ends_on), str(period.ends_on)) for period in shares[0].periods
    ]
    assert ordered_by(request) == ["pagePath"]
    with pytest.raises(ValueError, match="at most 4 periods"):
        report_request(asked, 0, 10)


def test_other_windows_are_one_request():
    asked = window(report())
    assert list(parts(asked)) == [asked]


def test_cohorts_are_followed_by_week_and_have_no_date_range():
    asked = window(report("cohortNthWeek", grain="cohort_week", metrics=("cohortActiveUsers",)))
    request = report_request(asked, 0, 10)
    assert not request.date_ranges
    assert not request.metric_aggregations
    spec = request.cohort_spec
    assert [(each.name, each.date_range.start_date, each.date_range.end_date) for each in spec.cohorts] == [
        (str(period.starts_on), str(period.starts_on), str(period.ends_on)) for period in asked.periods
    ]
    assert {each.dimension for each in spec.cohorts} == {"firstSessionDate"}
    assert all(period.starts_on.strftime("%A") == "Sunday" for period in asked.periods)
    assert (spec.cohorts_range.start_offset, spec.cohorts_range.end_offset) == (0, COHORT_WEEKS)
    assert spec.cohorts_range.granularity == types.CohortsRange.Granularity.WEEKLY


@pytest.mark.parametrize(
    ("written", "match", "value"),
    [
        ({"exact": "a"}, MatchType.EXACT, "a"),
        ({"begins_with": "/help"}, MatchType.BEGINS_WITH, "/help"),
        ({"contains": "x"}, MatchType.CONTAINS, "x"),
    ],
)
def test_each_test_of_a_text_is_googles(written, match, value):
    (test,) = [filter_expression(report("pagePath", filters={"pagePath": written}).filters)]
    assert test.filter.field_name == "pagePath"
    assert test.filter.string_filter.match_type == match
    assert test.filter.string_filter.value == value


def test_conditions_are_joined_as_they_are_written():
    filters = {
        "pagePath": {"any": [{"begins_with": "/help"}, {"begins_with": "/contact"}]},
        "eventName": [{"in": ["a", "b"]}, {"not": {"exact": "b"}}],
    }
    found = filter_expression(report("pagePath", filters=filters).filters)
    either, several, other = found.and_group.expressions
    assert [each.filter.string_filter.value for each in either.or_group.expressions] == ["/help", "/contact"]
    assert list(several.filter.in_list_filter.values) == ["a", "b"]
    assert other.not_expression.filter.string_filter.value == "b"


def test_without_filters_nothing_is_filtered():
    assert not report_request(window(report()), 0, 10).HasField("dimension_filter")
