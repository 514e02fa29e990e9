"""How tests ask the Google Analytics of the sample company, and what the hits say without it."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import google.auth.exceptions
import polars as pl
from google.analytics.data_v1beta import BetaAnalyticsDataClient
from google.analytics.data_v1beta.types import (
    BatchRunReportsRequest,
    RunReportRequest,
    RunReportResponse,
)
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.oauth2 import service_account

from tests.ga4.conftest import NOW, PROPERTY

NAME = f"properties/{PROPERTY}"
WEEK = ("2026-10-05", "2026-10-11")
TEN_WEEKS = ("2026-09-07", "2026-11-15")
TOTAL = 1

Client = BetaAnalyticsDataClient
Refused = (exceptions.GoogleAPICallError, google.auth.exceptions.GoogleAuthError)


def over_rest(address: str) -> Client:
    return Client(
        transport="rest", credentials=AnonymousCredentials(), client_options={"api_endpoint": address}
    )


def over_grpc(endpoint: str, account: Path) -> Client:
    known = service_account.Credentials.from_service_account_file(str(account))
    return Client(credentials=known, client_options={"api_endpoint": endpoint})


def report(
    dimensions: list[str], metrics: list[str], *ranges: tuple[str, str], **more: Any
) -> RunReportRequest:
    return RunReportRequest(
        property=NAME,
        dimensions=[{"name": name} for name in dimensions],
        metrics=[{"name": name} for name in metrics],
        date_ranges=[{"start_date": first, "end_date": last} for first, last in ranges],
        **more,
    )


def ordering(names: list[str]) -> list[dict[str, Any]]:
    return [{"dimension": {"dimension_name": name}} for name in names]


def table(response: RunReportResponse) -> dict[tuple[str, ...], list[str]]:
    """Dimension values -> metric values; every key once."""
    found = {
        tuple(value.value for value in row.dimension_values): [value.value for value in row.metric_values]
        for row in response.rows
    }
    assert len(found) == len(response.rows)
    return found


def totals(response: RunReportResponse) -> list[list[str]]:
    return [[value.value for value in row.metric_values] for row in response.totals]


def local(hits: pl.DataFrame, now: datetime = NOW) -> pl.DataFrame:
    """The hits that are visible, with their day in Zürich, worked out here and not by the server."""
    at = pl.col("event_at").dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Zurich")
    return hits.filter(pl.col("processed_at") <= now).with_columns(at=at, on=at.dt.date())


def of_days(hits: pl.DataFrame, first: str, last: str) -> pl.DataFrame:
    return hits.filter(pl.col("on").is_between(date.fromisoformat(first), date.fromisoformat(last)))


def begins(name: str, value: str) -> dict[str, Any]:
    return {"filter": {"field_name": name, "string_filter": {"match_type": "BEGINS_WITH", "value": value}}}


def batch(*reports: RunReportRequest) -> BatchRunReportsRequest:
    return BatchRunReportsRequest(property=NAME, requests=list(reports))


def outcomes(ask: Callable[[int], Any], times: int) -> list[bool]:
    """Which of some requests were answered."""
    found = []
    for number in range(times):
        try:
            ask(number)
        except Refused:
            found.append(False)
        else:
            found.append(True)
    return found
