"""What a RunReportRequest asks for, checked in the order and refused with the words of the real service."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sample_data.ga4_server import proto
from sample_data.ga4_server.compatibility import Rules
from sample_data.ga4_server.fields import Catalogue, Dimension, Metric
from sample_data.ga4_server.filters import names_in
from sample_data.ga4_server.refusal import SCHEMA_PAGE, bad

DIMENSIONS, METRICS, DATE_RANGES = 9, 10, 4
DEFAULT_ROWS, MOST_ROWS = 10_000, 250_000
BEFORE_GA, AFTER_ALL = date(2015, 8, 13), date(3000, 1, 1)
COHORT_STEP_DAYS = {proto.Granularity.DAILY: 1, proto.Granularity.WEEKLY: 7, proto.Granularity.MONTHLY: 30}


@dataclass(frozen=True)
class Range:
    """A named date range, both days included."""

    name: str
    first_on: date
    last_on: date

    @property
    def days(self) -> int:
        """How many days it covers."""
        return (self.last_on - self.first_on).days + 1


@dataclass(frozen=True)
class Cohort:
    """Clients acquired in a range, followed over another."""

    acquired: Range
    followed: Range


@dataclass(frozen=True)
class Asked:
    """A report request that can be answered. Headers echo the names as they were asked."""

    request: Any
    names: tuple[str, ...]
    dimensions: tuple[Dimension, ...]
    metric_names: tuple[str, ...]
    metrics: tuple[Metric, ...]
    filtered: tuple[Dimension, ...]
    having: dict[str, Metric]
    ranges: tuple[Range, ...]
    cohorts: tuple[Cohort, ...] = ()
    offset: int = 0
    limit: int = DEFAULT_ROWS
    aggregations: tuple[int, ...] = field(default=())

    @property
    def days(self) -> int:
        """Days that have to be read."""
        periods = [each.followed for each in self.cohorts] or list(self.ranges)
        return sum(period.days for period in periods)


def understand(
    request: Any, catalogue: Catalogue, rules: Rules, today: date, blocked: frozenset[str]
) -> Asked:
    """The request with its fields found and its dates resolved; Refusal if GA4 would refuse it.

    Args:
        today: in the property's time zone. blocked: metrics this account may not read.
    """
    names = [each.name for each in request.dimensions]
    dimensions = [_dimension(catalogue, each) for each in request.dimensions]
    metric_names = [each.name for each in request.metrics]
    metrics = [_metric(catalogue, each) for each in request.metrics]
    filtered = [find_dimension(catalogue, name) for name in names_in(request.dimension_filter)]
    having = {name: find_metric(catalogue, name) for name in names_in(request.metric_filter)}
    if request.comparisons:
        raise bad("This server does not know comparisons.")
    for what, number in (("limit", request.limit), ("offset", request.offset)):
        if number < 0:
            raise bad(f"{what} must be positive. The API received {what} = {number}")
    cohorts = _cohorts(request, today)
    ranges = () if cohorts else _ranges(request, today)
    _within("dimensions within a nested request", len(names), DIMENSIONS)
    _within("metrics within a nested request", len(metrics), METRICS)
    if not names and not metrics:
        raise bad("Requests require dimensions and/or metrics. Most requests include both.")
    _no_doubles("Found duplicate dimensions: ", names)
    _no_doubles("Duplicate metrics are not allowed. Found duplicate metrics: ", metric_names)
    _orderable(request, [*names, *metric_names])
    if proto.MetricAggregation.COUNT in request.metric_aggregations:
        raise bad("Metric aggregation Count is not supported in ReportRequest.")
    closed = sorted(blocked & set(having))
    if closed:
        raise bad(f"Metric filters on restricted metrics are not allowed: {closed[0]}.")
    rules.insist([*dimensions, *filtered], [*metrics, *having.values()], bool(cohorts))
    if cohorts and "cohort" not in names:
        raise bad("The dimension cohort is required in a cohort request.")
    if len(ranges) > 1 and "dateRange" not in names:
        names, dimensions = [*names, "dateRange"], [*dimensions, catalogue.dimensions["dateRange"]]
    return Asked(
        request,
        tuple(names),
        tuple(dimensions),
        tuple(metric_names),
        tuple(metrics),
        tuple(filtered),
        having,
        ranges,
        cohorts,
        request.offset,
        min(request.limit or DEFAULT_ROWS, MOST_ROWS),
        tuple(request.metric_aggregations),
    )


def find_dimension(catalogue: Catalogue, name: str) -> Dimension:
    """The dimension of a name; Refusal if there is none."""
    found = catalogue.dimension(name)
    if found is None:
        raise bad(
            f"Field {name} is not a valid dimension. For a list of valid dimensions and metrics, see {SCHEMA_PAGE} "
        )
    return found


def find_metric(catalogue: Catalogue, name: str) -> Metric:
    """The metric of a name; Refusal if there is none."""
    found = catalogue.metric(name)
    if found is None:
        raise bad(
            f"Field {name} is not a valid metric.  For a list of valid dimensions and metrics, see {SCHEMA_PAGE} "
        )
    return found


def _dimension(catalogue: Catalogue, asked: Any) -> Dimension:
    if asked.HasField("dimension_expression"):
        raise bad("This server does not know dimension expressions.")
    return find_dimension(catalogue, asked.name)


def _metric(catalogue: Catalogue, asked: Any) -> Metric:
    if asked.expression or asked.invisible:
        raise bad("This server does not know metric expressions.")
    return find_metric(catalogue, asked.name)


def _within(what: str, number: int, most: int) -> None:
    if number > most:
        raise bad(
            f"Requests are limited to {most} {what}. This request is for {number} {what.split(maxsplit=1)[0]}."
        )


def _no_doubles(text: str, names: list[str]) -> None:
    doubled = [name for name, times in Counter(names).items() if times > 1]
    if doubled:
        raise bad(text + ", ".join(doubled))


def _orderable(request: Any, names: list[str]) -> None:
    for order in request.order_bys:
        kind = order.WhichOneof("one_order_by")
        if kind == "pivot" or kind is None:
            raise bad("OrderBy must state a metric or a dimension.")
        name = order.metric.metric_name if kind == "metric" else order.dimension.dimension_name
        if name not in names and not (name == "dateRange" and len(request.date_ranges) > 1):
            raise bad(f"Field {name} exists in OrderBy but is not defined in input Dimensions/Metrics list")


def _ranges(request: Any, today: date) -> tuple[Range, ...]:
    if not request.date_ranges:
        raise bad("A dateRange is required.")
    if len(request.date_ranges) > DATE_RANGES:
        raise bad(
            f"Requests are limited to {DATE_RANGES} dateRanges.\n"
            f"  This request contains {len(request.date_ranges)} dateRanges."
        )
    return tuple(
        _range(each, today, f"date_range_{number}") for number, each in enumerate(request.date_ranges)
    )


def _range(stated: Any, today: date, unnamed: str) -> Range:
    if stated.name.startswith(("date_range_", "RESERVED_")):
        raise bad(
            f"Invalid dateRange name: {stated.name}. Names can not begin with date_range_ or RESERVED_."
        )
    first_on = _day("start", stated.start_date, today)
    last_on = _day("end", stated.end_date, today)
    if first_on > last_on:
        raise bad(
            "start_date must be less than or equal to end_date. "
            f"start_date = {stated.start_date} and end_date = {stated.end_date}"
        )
    if not (first_on > BEFORE_GA and last_on < AFTER_ALL):
        raise bad(f"start_date must be after {BEFORE_GA} and end_date before {AFTER_ALL}.")
    return Range(stated.name or unnamed, first_on, last_on)


def _day(which: str, text: str, today: date) -> date:
    ago = re.fullmatch(r"(\d+)daysAgo", text)
    if ago:
        return today - timedelta(days=int(ago[1]))
    if text in ("today", "yesterday"):
        return today - timedelta(days=int(text == "yesterday"))
    try:
        return date.fromisoformat(text if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else "")
    except ValueError:
        raise bad(
            f"Invalid {which}Date : {text}. {which}Date must be YYYY-MM-DD, NdaysAgo, yesterday, or today."
        ) from None


def _cohorts(request: Any, today: date) -> tuple[Cohort, ...]:
    spec = request.cohort_spec
    if not spec.cohorts:
        return ()
    if request.date_ranges:
        raise bad("dateRanges must be unspecified in a cohort request.")
    step = COHORT_STEP_DAYS.get(spec.cohorts_range.granularity)
    if step is None:
        raise bad("A granularity is required in cohortsRange.")
    start, end = spec.cohorts_range.start_offset, spec.cohorts_range.end_offset
    if not 0 <= start <= end:
        raise bad("startOffset must be less than or equal to endOffset, and not negative.")
    found = []
    for number, cohort in enumerate(spec.cohorts):
        if cohort.dimension != "firstSessionDate":
            raise bad("Cohort dimension is required and only supports firstSessionDate.")
        if cohort.name.startswith(("cohort_", "RESERVED_")):
            raise bad(f"Invalid cohort name: {cohort.name}. Names can not begin with cohort_ or RESERVED_.")
        acquired = _range(cohort.date_range, today, "")
        name = cohort.name or f"cohort_{number}"
        followed = Range(
            name,
            acquired.first_on + timedelta(days=start * step),
            acquired.last_on + timedelta(days=end * step),
        )
        found.append(Cohort(Range(name, acquired.first_on, acquired.last_on), followed))
    return tuple(found)
