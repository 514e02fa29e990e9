"""Reports, windows and raw answers that the tests of the pull are made of."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from google.analytics.data_v1beta import types

from pipelines.ga4.periods import Period, Window, periods
from pipelines.ga4.reports import Grain, Report

PROPERTY = "413000001"
TODAY = date(2026, 11, 16)
DAY = timedelta(days=1)
MetricType = types.MetricType


def report(
    *dimensions: str, metrics: Sequence[str] = ("sessions",), grain: Grain = "day", **more: Any
) -> Report:
    """A report of these dimensions."""
    about = {"name": "asked", "question": "How many?", "owner": "us", "grains": (grain,)}
    return Report.model_validate({**about, "dimensions": dimensions, "metrics": tuple(metrics), **more})


def window(
    asked: Report, *, since: date = date(2026, 10, 1), until: date = date(2026, 10, 31), today: date = TODAY
) -> Window:
    """All periods of a report's first grain with a day in that range."""
    grain = asked.grains[0]
    return Window(asked, PROPERTY, grain, tuple(periods(grain, since, until, today)), today)


def days(n: int, first: date = date(2026, 10, 1)) -> tuple[Period, ...]:
    """So many days."""
    return tuple(Period(first + place * DAY, first + place * DAY) for place in range(n))


def answer(
    dimensions: Sequence[str],
    metrics: Sequence[tuple[str, int]],
    rows: Sequence[tuple[Sequence[str], Sequence[str]]],
    row_count: int | None = None,
    **metadata: Any,
) -> Any:
    """A raw RunReportResponse."""
    made = types.RunReportResponse.pb()(
        dimension_headers=[{"name": name} for name in dimensions],
        metric_headers=[{"name": name, "type_": kind} for name, kind in metrics],
        row_count=len(rows) if row_count is None else row_count,
        metadata={"currency_code": "EUR", "time_zone": "Europe/Zurich", **metadata},
    )
    for texts, values in rows:
        made.rows.add(
            dimension_values=[{"value": text} for text in texts],
            metric_values=[{"value": value} for value in values],
        )
    return made
