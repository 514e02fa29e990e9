"""What is sent to Google Analytics for a window: messages, made of a report and its periods."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from google.analytics.data_v1beta import types

from pipelines.ga4.periods import COHORT_WEEKS, Window
from pipelines.ga4.reports import PERIOD_DIMENSIONS, Condition

DATE_RANGES = 4
"""The most date ranges of a request."""
LARGEST_PAGE = 250_000
"""The most rows of an answer, however many are asked for."""

RunReportRequest: Any = types.RunReportRequest.pb()
FilterExpression: Any = types.FilterExpression.pb()

_STRING_FILTER: Any = types.Filter.StringFilter.pb()
_MATCHES = {
    "exact": _STRING_FILTER.EXACT,
    "begins_with": _STRING_FILTER.BEGINS_WITH,
    "contains": _STRING_FILTER.CONTAINS,
}


def parts(window: Window) -> Iterator[Window]:
    """What is asked in one request each: all periods, but of overlapping ones as many as a request has date ranges."""
    step = DATE_RANGES if window.grain == "rolling_28_days" else len(window.periods)
    for start in range(0, len(window.periods), step):
        yield replace(window, periods=window.periods[start : start + step])


def dimensions(window: Window) -> list[str]:
    """The dimensions that are asked for: the period's own, then the report's."""
    return [*PERIOD_DIMENSIONS[window.grain], *window.report.dimensions]


def report_request(window: Window, offset: int, limit: int) -> Any:
    """One page of a window, as a raw protobuf `RunReportRequest`.

    Rows are ordered by all dimensions: without that, or where two rows tie, pages overlap or leave rows out. Of several
    overlapping periods each has a date range, named by its last day; a row says which in the column `dateRange`,
    which can not be ordered by, so that such an answer has to fit on one page.

    Args:
        window: of overlapping periods at most `DATE_RANGES`.
    """
    request = RunReportRequest(
        property=f"properties/{window.property_id}",
        dimensions=[{"name": name} for name in dimensions(window)],
        metrics=[{"name": name} for name in window.report.metrics],
        order_bys=[{"dimension": {"dimension_name": name}} for name in dimensions(window)],
        offset=offset,
        limit=limit,
        return_property_quota=True,
    )
    if window.grain == "cohort_week":
        request.cohort_spec.CopyFrom(_cohorts(window))
    else:
        request.date_ranges.extend(types.DateRange.pb()(**each) for each in _date_ranges(window))
        request.metric_aggregations.append(types.MetricAggregation.TOTAL)
    if window.report.filters:
        request.dimension_filter.CopyFrom(filter_expression(window.report.filters))
    return request


def filter_expression(filters: Mapping[str, Iterable[Condition]]) -> Any:
    """Raw protobuf `FilterExpression` for: all conditions of all dimensions hold; empty where there are none."""
    tests = [_test(name, each) for name, conditions in filters.items() for each in conditions]
    return _all_or_any("and_group", tests) if tests else FilterExpression()


def _test(name: str, condition: Condition) -> Any:
    if condition.test == "not":
        return FilterExpression(not_expression=_test(name, condition.value))
    if condition.test == "any":
        return _all_or_any("or_group", [_test(name, each) for each in condition.value])
    if condition.test == "in":
        test = {"in_list_filter": {"values": list(condition.value)}}
    else:
        test = {"string_filter": {"match_type": _MATCHES[condition.test], "value": condition.value}}
    return FilterExpression(filter={"field_name": name, **test})


def _all_or_any(group: str, tests: list[Any]) -> Any:
    return tests[0] if len(tests) == 1 else FilterExpression(**{group: {"expressions": tests}})


def _date_ranges(window: Window) -> list[dict[str, str]]:
    if window.grain != "rolling_28_days":
        return [{"start_date": window.first_on.isoformat(), "end_date": window.last_on.isoformat()}]
    if len(window.periods) > DATE_RANGES:
        raise ValueError(
            f"expected at most {DATE_RANGES} periods in a request, found {len(window.periods)}; see parts()"
        )
    return [
        {"start_date": str(each.starts_on), "end_date": str(each.ends_on), "name": str(each.ends_on)}
        for each in window.periods
    ]


def _cohorts(window: Window) -> Any:
    weekly = types.CohortsRange.Granularity.WEEKLY
    return types.CohortSpec.pb()(
        cohorts=[
            {
                "name": str(each.starts_on),
                "dimension": "firstSessionDate",
                "date_range": {"start_date": str(each.starts_on), "end_date": str(each.ends_on)},
            }
            for each in window.periods
        ],
        cohorts_range={"granularity": weekly, "start_offset": 0, "end_offset": COHORT_WEEKS},
    )
