"""The real client against a real server: both transports, and every way in which they fail."""

import gzip
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic

import google.auth.exceptions
import pytest
import requests
from google.analytics.data_v1beta import types
from google.api_core import exceptions as google_exceptions

from pipelines.ga4.client import Client
from pipelines.ga4.errors import (
    BadReport,
    GA4Error,
    NotAllowed,
    NotSignedIn,
    QuotaExhausted,
    TooSlow,
    Transient,
    Unreachable,
    WrongSetup,
    translated,
)
from pipelines.ga4.request import report_request
from pipelines.settings import GA4
from tests.ga4.windows import PROPERTY, report, window

QUOTAS = {
    "tokens_per_day": "property_day",
    "tokens_per_hour": "property_hour",
    "tokens_per_project_per_hour": "project_hour",
    "concurrent_requests": "concurrent",
    "server_errors_per_project_per_hour": "server_errors",
    "potentially_thresholded_requests_per_hour": "thresholded",
}


@pytest.fixture
def client(ga4_settings, tmp_path):
    with Client(ga4_settings, tmp_path) as opened:
        yield opened


def asked(*dimensions, **more):
    return report_request(window(report(*dimensions, **more)), 0, 1_000)


def settings(address, **more):
    return GA4(properties=(PROPERTY,), transport="rest", api_endpoint=address, **more)


@contextmanager
def answering(reply):
    """An HTTP server that answers everything with what `reply(handler)` writes."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            reply(self)

        def do_GET(self):
            reply(self)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()


def sent(handler, body, code=200, kind="application/json"):
    handler.send_response(code)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def test_one_report_and_five_are_answered_in_order(client, server):
    names = ["pagePath", "eventName", "deviceCategory", "newVsReturning", "landingPage"]
    wanted = [asked(name) for name in names]
    (alone,) = client.run_reports(PROPERTY, wanted[:1])
    together = client.run_reports(PROPERTY, wanted)
    assert [[each.name for each in one.dimension_headers] for one in together] == [["date", n] for n in names]
    assert list(alone.rows) == list(together[0].rows)
    assert len(alone.rows) == alone.row_count > 100
    assert alone.metadata.time_zone == "Europe/Zurich"
    assert alone.property_quota.tokens_per_day.remaining > 0
    assert [entry.method for entry in server.requests] == ["runReport", *["batchRunReports"] * 5]


def test_both_transports_say_the_same(rest_settings, grpc_settings, tmp_path):
    wanted = [
        asked("pagePath", "eventName", metrics=("sessions", "purchaseRevenue")),
        asked(metrics=("eventCount",)),
    ]
    answers = []
    for way in (rest_settings, grpc_settings):
        with Client(way, tmp_path) as client:
            answers.append(client.run_reports(PROPERTY, wanted))
    for rest, grpc in zip(*answers, strict=True):
        rest.ClearField("property_quota")
        grpc.ClearField("property_quota")
        assert rest == grpc
        assert rest.rows


def test_an_empty_answer_and_one_without_dimensions_arrive(client):
    empty, plain = client.run_reports(
        PROPERTY,
        [
            asked("eventName", filters={"eventName": {"exact": "nothing of that name"}}),
            asked(grain="month", metrics=("eventCount",)),
        ],
    )
    assert (empty.row_count, len(empty.rows)) == (0, 0)
    assert plain.rows[0].metric_values[0].value


def test_metadata_lists_what_may_be_asked_for(client):
    found = client.metadata(PROPERTY)
    assert {"pagePath", "date"} <= {each.api_name for each in found.dimensions}
    assert {"sessions", "activeUsers"} <= {each.api_name for each in found.metrics}


def test_compatibility_is_told_for_each_name(client, server):
    asked_for = report(
        "pagePath", metrics=("sessions", "screenPageViews"), filters={"pagePath": {"contains": "h"}}
    )
    told = client.check_compatibility(PROPERTY, asked_for.dimensions, asked_for.metrics, asked_for.filters)
    assert told == [("pagePath", True), ("sessions", True), ("screenPageViews", True)]


def test_an_audience_is_exported_polled_and_read(client, server):
    audience = f"properties/{PROPERTY}/audiences/1"
    made = client.create_audience_export(PROPERTY, audience, ["userId", "deviceId"])
    assert made.name.startswith(f"properties/{PROPERTY}/audienceExports/")
    assert made.audience == audience
    states = types.AudienceExport.State
    for _ in range(10):
        now = client.get_audience_export(PROPERTY, made.name)
        if now.state == states.ACTIVE:
            break
        server.advance(minutes=5)
    assert now.state == states.ACTIVE
    page = client.query_audience_export(PROPERTY, made.name, 0, 1_000)
    assert len(page.audience_rows) == page.row_count > 0
    assert [each.name for each in client.list_audience_exports(PROPERTY)] == [made.name]


def test_an_export_that_google_has_only_begun_is_found_in_its_list(tmp_path):
    audience = f"properties/{PROPERTY}/audiences/1"
    listed = [
        {"name": "older", "audience": audience, "beginCreatingTime": "2026-11-14T05:00:00Z"},
        {"name": "newer", "audience": audience, "beginCreatingTime": "2026-11-15T05:00:00Z"},
        {
            "name": "another",
            "audience": "properties/1/audiences/2",
            "beginCreatingTime": "2026-11-16T05:00:00Z",
        },
    ]
    replies = {"POST": {"name": "operations/1"}, "GET": {"audienceExports": listed}}
    with (
        answering(lambda handler: sent(handler, json.dumps(replies[handler.command]).encode())) as address,
        Client(settings(address), tmp_path) as client,
    ):
        assert client.create_audience_export(PROPERTY, audience, ["userId"]).name == "newer"
        replies["GET"] = {}
        with pytest.raises(WrongSetup, match="does not list it"):
            client.create_audience_export(PROPERTY, audience, ["userId"])


def test_an_audience_that_is_not_there_is_told_from_an_endpoint_that_is_not_google(client, rest, tmp_path):
    with pytest.raises(BadReport, match="was not found"):
        client.get_audience_export(PROPERTY, f"properties/{PROPERTY}/audienceExports/99")
    with (
        Client(settings(f"{rest}/nowhere"), tmp_path) as lost,
        pytest.raises(WrongSetup, match="api_endpoint"),
    ):
        lost.metadata(PROPERTY)


def test_a_proxy_is_not_asked_for_what_is_on_this_machine(rest_settings, tmp_path, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("NO_PROXY", "")
    with Client(rest_settings, tmp_path) as client:
        assert client.run_reports(PROPERTY, [asked()])[0].rows


def test_the_account_is_named(client, ga4_settings):
    if ga4_settings.transport == "rest":
        assert client.account == "no credentials"
    else:
        assert client.account == json.loads(ga4_settings.credentials_file.read_text())["client_email"]


def test_application_default_credentials_are_used_where_no_file_is_named(
    grpc_settings, tmp_path, monkeypatch
):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(grpc_settings.credentials_file))
    with Client(grpc_settings.model_copy(update={"credentials_file": None}), tmp_path) as client:
        assert client.account == json.loads(grpc_settings.credentials_file.read_text())["client_email"]
        assert client.run_reports(PROPERTY, [asked()])[0].rows


def test_a_file_of_credentials_is_looked_for_in_the_workspace(tmp_path):
    ga4 = GA4(properties=(PROPERTY,), credentials_file="secrets/google.json")
    with pytest.raises(WrongSetup, match=r"secrets/google\.json can not be read"):
        Client(ga4, tmp_path)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "google.json").write_text('{"type": "authorized_user"}')
    with pytest.raises(WrongSetup, match="not the JSON key of a service account"):
        Client(ga4, tmp_path)


def test_without_any_credentials_both_ways_to_give_them_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    with pytest.raises(NotSignedIn, match=r"credentials_file under \[sources.ga4\]"):
        Client(GA4(properties=(PROPERTY,)), tmp_path)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("UNAVAILABLE", Transient),
        ("INTERNAL", Transient),
        ("UNKNOWN", Transient),
        ("ABORTED", Transient),
        ("DEADLINE_EXCEEDED", TooSlow),
        ("INVALID_ARGUMENT", BadReport),
        ("FAILED_PRECONDITION", BadReport),
        ("UNIMPLEMENTED", WrongSetup),
        ("NOT_FOUND", BadReport),
    ],
)
@pytest.mark.parametrize("n", [1, 2])
def test_each_status_is_one_error_on_both_transports(client, server, status, kind, n):
    server.faults.inject(error=status)
    with pytest.raises(GA4Error) as failed:
        client.run_reports(PROPERTY, [asked()] * n)
    assert type(failed.value) is kind
    assert len(client.run_reports(PROPERTY, [asked()] * n)) == n


@pytest.mark.parametrize(("field", "quota"), QUOTAS.items())
def test_each_quota_is_told_apart_by_googles_words(client, server, field, quota):
    server.quotas.used[field] = server.quotas.limits[field]
    with pytest.raises(QuotaExhausted) as exhausted:
        client.run_reports(PROPERTY, [asked()])
    assert exhausted.value.quota == quota
    assert "Exhausted" in str(exhausted.value)
    waits = {"concurrent": 10.0, "property_day": None}
    assert exhausted.value.retry_after_seconds == waits.get(quota, 3_600.0)


def test_a_quota_that_google_does_not_name_is_unknown(client, server):
    server.faults.inject(error="RESOURCE_EXHAUSTED", message="Quota exceeded.")
    with pytest.raises(QuotaExhausted) as exhausted:
        client.run_reports(PROPERTY, [asked()])
    assert exhausted.value.quota == "unknown"


def test_a_refusal_of_access_says_who_what_and_which_role(client, server):
    server.revoke()
    with pytest.raises(NotAllowed) as refused:
        client.run_reports(PROPERTY, [asked()])
    assert client.account in str(refused.value)
    assert PROPERTY in str(refused.value)
    assert "role Viewer" in str(refused.value)


@pytest.mark.parametrize(
    ("message", "kind", "hint"),
    [
        (
            "Google Analytics Data API has not been used in project 7 before or it is disabled.",
            WrongSetup,
            "Enable it",
        ),
        ("Request had insufficient authentication scopes.", NotSignedIn, "analytics.readonly"),
        ("The API requires a quota project, which is not set by default.", WrongSetup, "quota project"),
    ],
)
def test_other_refusals_say_what_to_do(client, server, message, kind, hint):
    server.faults.inject(error="PERMISSION_DENIED", message=message)
    with pytest.raises(kind, match=hint):
        client.run_reports(PROPERTY, [asked()])


def test_a_revoked_key_is_not_signed_in(client, server):
    server.faults.inject(error="UNAUTHENTICATED", times=None)
    with pytest.raises(NotSignedIn, match="key may be revoked"):
        client.run_reports(PROPERTY, [asked()])


def test_a_bad_report_says_what_google_says_and_not_where_it_was_sent(client):
    with pytest.raises(BadReport, match="this report: ") as refused:
        client.run_reports(PROPERTY, [asked("noSuchDimension")])
    assert "noSuchDimension" in str(refused.value)
    assert (
        "http" not in str(refused.value).partition("See")[0].partition("visit")[0].partition("For a list")[0]
    )


def test_an_answer_that_takes_too_long_is_not_waited_for(ga4_settings, server, tmp_path):
    server.faults.inject(error="slow", seconds=5)
    started = monotonic()
    hasty = ga4_settings.model_copy(update={"deadline_seconds": 1})
    with Client(hasty, tmp_path) as client, pytest.raises(TooSlow, match="1 seconds"):
        client.run_reports(PROPERTY, [asked()])
    assert monotonic() - started < 4


def test_an_answer_that_trickles_in_is_not_waited_for_either(tmp_path):
    stop = threading.Event()

    def trickle(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        while not stop.wait(0.1):
            try:
                handler.wfile.write(b" " * 10)
            except OSError:
                return

    started = monotonic()
    with (
        answering(trickle) as address,
        Client(settings(address, deadline_seconds=1), tmp_path) as client,
        pytest.raises(TooSlow),
    ):
        client.run_reports(PROPERTY, [asked()])
    stop.set()
    assert monotonic() - started < 4


def test_a_connection_that_breaks_in_the_answer_is_told_from_a_server_error(rest_settings, server, tmp_path):
    server.faults.inject(error="cut")
    with Client(rest_settings, tmp_path) as client:
        with pytest.raises(Unreachable):
            client.run_reports(PROPERTY, [asked("pagePath", "eventName")])
        assert client.run_reports(PROPERTY, [asked("pagePath", "eventName")])[0].rows


def test_a_connection_that_breaks_over_grpc_may_be_tried_again(grpc_settings, server, tmp_path):
    server.faults.inject(error="cut")
    with Client(grpc_settings, tmp_path) as client:
        with pytest.raises(Transient):
            client.run_reports(PROPERTY, [asked("pagePath", "eventName")])
        assert client.run_reports(PROPERTY, [asked("pagePath", "eventName")])[0].rows


@pytest.mark.parametrize("transport", ["rest", "grpc"])
def test_a_server_that_is_not_there_is_unreachable(transport, grpc_settings, tmp_path):
    nowhere = settings("http://127.0.0.1:9")
    if transport == "grpc":
        nowhere = grpc_settings.model_copy(update={"api_endpoint": "localhost:9"})
    with Client(nowhere, tmp_path) as client, pytest.raises(Unreachable):
        client.run_reports(PROPERTY, [asked()])


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Please sign in</html>",
        b"[1, 2]",
        b'{"rows": 5}',
        b'{"rows": [5]}',
        b'{"rows": [{"dimensionValues": 5}]}',
    ],
)
def test_an_answer_of_something_else_is_not_taken_for_google(body, tmp_path):
    with (
        answering(lambda handler: sent(handler, body)) as address,
        Client(settings(address), tmp_path) as client,
        pytest.raises(WrongSetup, match="does a proxy answer"),
    ):
        client.run_reports(PROPERTY, [asked()])


def test_a_batch_that_comes_back_short_is_refused(tmp_path):
    with (
        answering(lambda handler: sent(handler, b'{"reports": [{}]}')) as address,
        Client(settings(address), tmp_path) as client,
        pytest.raises(WrongSetup, match="Expected 2 reports"),
    ):
        client.run_reports(PROPERTY, [asked(), asked()])


def test_rows_of_one_answer_never_reach_the_next(tmp_path):
    bodies = [b'{"rows": [{"metricValues": [{"value": "1"}]}], "rowCount": 1}', b"{}"]
    with (
        answering(lambda handler: sent(handler, bodies.pop(0))) as address,
        Client(settings(address), tmp_path) as client,
    ):
        assert len(client.run_reports(PROPERTY, [asked()])[0].rows) == 1
        assert len(client.run_reports(PROPERTY, [asked()])[0].rows) == 0


def test_an_answer_in_compressed_pieces_is_put_together(tmp_path):
    rows = [{"metricValues": [{"value": str(number)}]} for number in range(50_000)]
    body = gzip.compress(json.dumps({"rows": rows, "rowCount": len(rows)}).encode())

    def in_pieces(handler):
        handler.protocol_version = "HTTP/1.1"
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for start in range(0, len(body), 1_000):
            piece = body[start : start + 1_000]
            handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        handler.wfile.write(b"0\r\n\r\n")

    with answering(in_pieces) as address, Client(settings(address), tmp_path) as client:
        (found,) = client.run_reports(PROPERTY, [asked()])
    assert [int(row.metric_values[0].value) for row in found.rows] == list(range(50_000))


def test_the_server_may_say_when_to_come_back(tmp_path):
    def busy(handler):
        handler.send_response(429)
        handler.send_header("Retry-After", "17")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with (
        answering(busy) as address,
        Client(settings(address), tmp_path) as client,
        pytest.raises(QuotaExhausted) as exhausted,
    ):
        client.run_reports(PROPERTY, [asked()])
    assert exhausted.value.retry_after_seconds == 17


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (requests.exceptions.ReadTimeout("read"), TooSlow),
        (requests.exceptions.ConnectTimeout("connect"), Unreachable),
        (requests.exceptions.SSLError("certificate"), Unreachable),
        (google.auth.exceptions.RefreshError("invalid_grant: Invalid JWT Signature."), NotSignedIn),
        (google.auth.exceptions.TransportError("no route"), Unreachable),
        (google.auth.exceptions.InvalidOperation("Anonymous credentials cannot be refreshed."), NotSignedIn),
        (
            google_exceptions.ServiceUnavailable("Getting metadata from plugin failed with error: x"),
            NotSignedIn,
        ),
        (google_exceptions.ServiceUnavailable("failed to connect to all addresses"), Unreachable),
        (google_exceptions.ResourceExhausted("Received message larger than max (5 vs. 4)"), TooSlow),
        (google_exceptions.DataLoss("lost"), Transient),
        (google_exceptions.BadGateway("502"), Transient),
        (google_exceptions.Conflict("409"), Transient),
        (RuntimeError("new"), GA4Error),
    ],
)
def test_what_only_the_outside_world_raises_is_understood(raised, kind):
    found = translated(
        raised, property_id=PROPERTY, account="a", endpoint="ga.example", seconds=0.1, deadline=60
    )
    assert type(found) is kind
    assert ("ga.example" in str(found)) == (kind is Unreachable)


def test_an_error_can_be_said_of_a_window():
    about = window(report())
    for error in (QuotaExhausted("concurrent", 3, "busy"), BadReport("no")):
        told = error.about(about)
        assert told.window is about
        assert (type(told), str(told)) == (type(error), str(error))
        assert error.window is None
