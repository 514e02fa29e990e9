"""Quotas, faults, rows that move, and who is let in."""

import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import google.auth.exceptions
import grpc
import polars as pl
import pytest
import requests
from google.analytics.data_v1beta.services.beta_analytics_data.transports import (
    BetaAnalyticsDataGrpcTransport,
)
from google.analytics.data_v1beta.types import (
    RunReportRequest,
)
from google.api_core import exceptions
from google.oauth2 import service_account

from sample_data.ga4_server import Ga4Server, credentials
from tests.ga4.conftest import PROPERTY
from tests.sample_data.ga4_server.asking import (
    NAME,
    TEN_WEEKS,
    WEEK,
    Client,
    ordering,
    outcomes,
    over_grpc,
    report,
    table,
)


@pytest.mark.parametrize(
    ("quota", "says", "hours"),
    [
        ("tokens_per_project_per_hour", "Exhausted property tokens for a project per hour", 1),
        ("tokens_per_hour", "Exhausted property tokens per hour", 1),
        ("tokens_per_day", "Exhausted property tokens per day", 3),  # it is 21:00 in California
        ("potentially_thresholded_requests_per_hour", "Exhausted potentially thresholded requests quota", 1),
        ("server_errors_per_project_per_hour", "Exhausted server errors quota", 1),
    ],
)
def test_any_used_up_quota_stops_everything_until_its_time_is_over(
    client: Client, server: Ga4Server, quota: str, says: str, hours: int
) -> None:
    asked = report(["date"], ["sessions"], WEEK)
    client.run_report(asked)
    server.quotas.used[quota] = server.quotas.limits[quota]
    for ask in (lambda: client.run_report(asked), lambda: client.get_metadata(name=f"{NAME}/metadata")):
        with pytest.raises(exceptions.TooManyRequests, match=says):
            ask()
    server.advance(minutes=59, hours=hours - 1)
    with pytest.raises(exceptions.TooManyRequests, match=says):
        client.run_report(asked)
    server.advance(minutes=1)
    assert client.run_report(asked).rows


def test_ten_server_errors_in_an_hour_are_all_there_are(client: Client, server: Ga4Server) -> None:
    asked = report([], ["sessions"], WEEK)
    server.faults.inject("runReport", "UNAVAILABLE", times=None)
    for _ in range(10):
        with pytest.raises(exceptions.ServiceUnavailable):
            client.run_report(asked)
    with pytest.raises(exceptions.TooManyRequests, match="server errors quota"):
        client.run_report(asked)
    server.faults.clear()
    server.advance(hours=1)
    assert client.run_report(asked).rows
    assert [entry.status for entry in server.requests] == ["UNAVAILABLE"] * 10 + ["RESOURCE_EXHAUSTED", "OK"]


def test_more_requests_at_once_than_allowed_are_refused(client: Client, server: Ga4Server) -> None:
    server.quotas.limits["concurrent_requests"] = 2
    entered = threading.Semaphore(0)
    server.faults.inject(error="slow", seconds=1.5, times=2, then=entered.release)
    asked = report([], ["sessions"], WEEK)
    slow = [threading.Thread(target=client.run_report, args=(asked,)) for _ in range(2)]
    for thread in slow:
        thread.start()
    assert entered.acquire(timeout=5)
    assert entered.acquire(timeout=5)
    with pytest.raises(exceptions.TooManyRequests, match="concurrent requests"):
        client.run_report(asked)
    for thread in slow:
        thread.join()
    assert client.run_report(asked).rows


def test_longer_and_wider_reports_cost_more(rest_client: Client, server: Ga4Server) -> None:
    def tokens(asked: RunReportRequest) -> int:
        asked.return_property_quota = True
        return int(rest_client.run_report(asked).property_quota.tokens_per_day.consumed)

    metrics = list(server.main.catalogue.metrics)[:10]
    wide = ["date", "eventName", "pagePath", "landingPage", "newVsReturning", "hour"]
    assert tokens(report(["date"], ["sessions"], WEEK)) == 1
    assert tokens(report(["date"], metrics, WEEK)) == 2
    assert tokens(report(wide, metrics, WEEK)) > 2
    assert tokens(report(["date"], ["sessions"], ("2025-11-01", "2026-10-31"))) == 7


ERRORS: list[tuple[str, type[Exception], type[Exception]]] = [
    ("UNAVAILABLE", exceptions.ServiceUnavailable, exceptions.ServiceUnavailable),
    ("INTERNAL", exceptions.InternalServerError, exceptions.InternalServerError),
    ("RESOURCE_EXHAUSTED", exceptions.TooManyRequests, exceptions.ResourceExhausted),
    ("DEADLINE_EXCEEDED", exceptions.GatewayTimeout, exceptions.DeadlineExceeded),
    ("PERMISSION_DENIED", exceptions.Forbidden, exceptions.PermissionDenied),
    ("INVALID_ARGUMENT", exceptions.BadRequest, exceptions.InvalidArgument),
    ("UNAUTHENTICATED", google.auth.exceptions.InvalidOperation, exceptions.Unauthenticated),
    ("cut", requests.exceptions.RequestException, exceptions.ServiceUnavailable),
]


@pytest.mark.parametrize(("error", "by_rest", "by_grpc"), ERRORS, ids=[error for error, _, _ in ERRORS])
def test_an_injected_error_reaches_the_client_as_its_own_exception_once(
    client: Client, server: Ga4Server, error: str, by_rest: type[Exception], by_grpc: type[Exception]
) -> None:
    server.faults.inject("runReport", error)
    expected = by_rest if client.transport.kind == "rest" else by_grpc
    with pytest.raises(expected):
        client.run_report(report([], ["sessions"], WEEK))
    assert client.run_report(report([], ["sessions"], WEEK)).rows


def test_faults_strike_the_nth_request_every_so_manieth_or_what_is_asked(
    rest_client: Client, server: Ga4Server
) -> None:
    def ask(number: int) -> Any:
        days = ("2026-10-05", f"2026-10-{5 + number:02d}")
        return rest_client.run_report(report([], ["sessions"], days))

    server.faults.inject("runReport", nth=2)
    assert outcomes(ask, 4) == [True, False, True, True]
    server.faults.inject("runReport", every=3, times=None)
    assert outcomes(ask, 6) == [True, True, False, True, True, False]
    server.faults.clear()
    server.faults.inject(when=lambda entries: entries[0].days > 2, times=None)
    assert outcomes(ask, 4) == [True, True, False, False]
    server.faults.clear()
    server.faults.inject("getMetadata")
    assert outcomes(ask, 2) == [True, True]
    with pytest.raises(ValueError, match="expected a gRPC status"):
        server.faults.inject(error="TEAPOT")


def test_faults_strike_in_the_middle_of_paging(client: Client, server: Ga4Server) -> None:
    asked = report(["date"], ["sessions"], TEN_WEEKS, order_bys=ordering(["date"]), limit=20)

    def ask(page: int) -> Any:
        asked.offset = 19 * page
        return client.run_report(asked)

    server.faults.inject("runReport", after_pages=2)
    assert outcomes(ask, 4) == [True, True, False, True]
    assert [entry.offset for entry in server.requests] == [0, 19, 38, 57]


def test_a_slow_answer_meets_the_clients_deadline(client: Client, server: Ga4Server) -> None:
    server.faults.slow_over(days=7, seconds=3)
    assert client.run_report(report([], ["sessions"], WEEK), timeout=2).rows
    late = requests.exceptions.ReadTimeout if client.transport.kind == "rest" else exceptions.DeadlineExceeded
    with pytest.raises(late):
        client.run_report(report([], ["sessions"], TEN_WEEKS), timeout=0.3)


def test_a_fault_may_move_the_clock_while_pages_are_read(rest_client: Client, server: Ga4Server) -> None:
    server.now = datetime(2026, 10, 8, 4)
    names = ["date", "pagePath"]
    asked = report(names, ["eventCount"], WEEK, order_bys=ordering(names), limit=10)
    before = rest_client.run_report(asked).row_count
    server.faults.inject(error=None, after_pages=1, then=lambda: server.advance(days=3))
    asked.offset = 10
    assert rest_client.run_report(asked).row_count > before


@pytest.mark.parametrize(("kind", "more"), [("appears", 1), ("vanishes", -1), ("moves", 0)])
def test_rows_drift_between_pages_and_then_settle(
    client: Client, server: Ga4Server, kind: str, more: int
) -> None:
    names = ["date", "pagePath"]
    asked = report(names, ["sessions"], TEN_WEEKS, order_bys=ordering(names), limit=50)
    first = client.run_report(asked)
    server.drift(kind)
    asked.offset = 49
    drifted, settled = client.run_report(asked), client.run_report(asked)
    last = list(table(first))[-1]
    assert drifted.row_count == first.row_count + more
    assert next(iter(table(drifted))) != last
    assert next(iter(table(settled))) == last


def test_access_that_was_revoked_is_refused_until_it_is_back(client: Client, server: Ga4Server) -> None:
    asked = report([], ["sessions"], WEEK)
    server.revoke()
    for ask in (lambda: client.run_report(asked), lambda: client.get_metadata(name=f"{NAME}/metadata")):
        with pytest.raises(exceptions.Forbidden, match="does not have sufficient permissions"):
            ask()
    server.restore()
    assert client.run_report(asked).rows
    asked.property = "properties/999"
    with pytest.raises(exceptions.Forbidden, match="does not have sufficient permissions"):
        client.run_report(asked)


def test_properties_stand_side_by_side(client: Client, server: Ga4Server, hits: pl.DataFrame) -> None:
    other = server.add_property("77", hits.head(100), zone="America/New_York", currency="USD")
    asked = report([], ["eventCount"], ("2026-09-01", "2026-11-15"))
    here = client.run_report(asked)
    asked.property = "properties/77"
    there = client.run_report(asked)
    assert there.rows[0].metric_values[0].value == "100" != here.rows[0].metric_values[0].value
    assert (there.metadata.time_zone, there.metadata.currency_code) == ("America/New_York", "USD")
    other.is_revoked = True
    with pytest.raises(exceptions.Forbidden):
        client.run_report(asked)
    asked.property = NAME
    assert client.run_report(asked).rows


def test_a_token_of_another_account_is_not_let_in(server: Ga4Server, tmp_path: Path) -> None:
    stranger = credentials.make(tmp_path / "stranger")
    asked = report([], ["sessions"], WEEK)
    with (
        server.grpc() as front,
        over_grpc(front.endpoint, stranger.credentials) as outsider,
        pytest.raises(exceptions.Unauthenticated, match="invalid authentication credentials"),
    ):
        outsider.run_report(asked)
    assert server.requests == []


def test_rest_may_ask_for_a_token_too(server: Ga4Server, tmp_path: Path) -> None:
    known, stranger = credentials.make(tmp_path / "known"), credentials.make(tmp_path / "stranger")
    asked = report([], ["sessions"], WEEK)
    with server.rest(known) as address:
        for made, is_let_in in ((known, True), (stranger, False)):
            account = service_account.Credentials.from_service_account_file(str(made.credentials))
            options = {"api_endpoint": address}
            with Client(transport="rest", credentials=account, client_options=options) as one:
                assert outcomes(lambda _, one=one: one.run_report(asked), 1) == [is_let_in]


def test_a_certificate_nobody_vouches_for_is_not_trusted(server: Ga4Server, tmp_path: Path) -> None:
    roots = credentials.make(tmp_path / "other").roots.read_bytes()
    with server.grpc() as front:
        channel = grpc.secure_channel(front.endpoint, grpc.ssl_channel_credentials(roots))
        wary = Client(transport=BetaAnalyticsDataGrpcTransport(channel=channel))
        with wary, pytest.raises(exceptions.ServiceUnavailable):
            wary.run_report(report([], ["sessions"], WEEK), timeout=10)
    assert server.requests == []


def test_the_log_tells_what_was_asked_and_what_came_of_it(client: Client, server: Ga4Server) -> None:
    client.get_metadata(name=f"{NAME}/metadata")
    client.run_report(report(["date"], ["sessions"], WEEK, offset=3, limit=2))
    asked, told = server.requests[1], server.requests[0]
    assert (told.method, told.property_id, told.status, told.tokens) == ("getMetadata", PROPERTY, "OK", 1)
    assert asked == replace(
        told,
        call=2,
        method="runReport",
        dimensions=("date",),
        metrics=("sessions",),
        starts_on=WEEK[0],
        ends_on=WEEK[1],
        days=7,
        offset=3,
        limit=2,
        rows=2,
    )


def test_paths_and_payloads_that_google_does_not_know_are_refused(server: Ga4Server) -> None:
    with server.rest() as address:
        nowhere = requests.post(f"{address}/v1beta/{NAME}:runNothing", timeout=5)
        wrong_verb = requests.get(f"{address}/v1beta/{NAME}:runReport", timeout=5)
        broken = requests.post(f"{address}/v1beta/{NAME}:runReport", data="{", timeout=5)
        unknown = requests.post(f"{address}/v1beta/{NAME}:runReport", json={"dimension": []}, timeout=5)
    assert (nowhere.status_code, wrong_verb.status_code) == (404, 404)
    assert nowhere.headers["Content-Type"].startswith("text/html")
    for answer in (broken, unknown):
        assert answer.status_code == 400
        assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"
        assert answer.json()["error"]["message"].startswith("Invalid JSON payload received.")
