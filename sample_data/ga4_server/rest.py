"""The REST front: Google's paths, JSON and errors over plain HTTP on this machine."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from google.protobuf import json_format

from sample_data.ga4_server import proto
from sample_data.ga4_server.credentials import Credentials
from sample_data.ga4_server.refusal import Refusal, bad

if TYPE_CHECKING:
    from sample_data.ga4_server.server import Ga4Server

_REQUESTS = {name: request for request, name in proto.METHODS.values()}
_PROPERTY = r"/v1beta/(properties/[^/:]+"
_ROUTES = (
    ("POST", re.compile(rf"{_PROPERTY}):(runReport|batchRunReports|checkCompatibility)"), "property", ""),
    ("GET", re.compile(rf"{_PROPERTY}/metadata)"), "name", "getMetadata"),
    ("POST", re.compile(rf"{_PROPERTY})/audienceExports"), "parent", "createAudienceExport"),
    ("GET", re.compile(rf"{_PROPERTY})/audienceExports"), "parent", "listAudienceExports"),
    ("GET", re.compile(rf"{_PROPERTY}/audienceExports/[^/:]+)"), "name", "getAudienceExport"),
    ("POST", re.compile(rf"{_PROPERTY}/audienceExports/[^/:]+):query"), "name", "queryAudienceExport"),
)
_NOWHERE = b"<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title></html>"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    app: ClassVar["Ga4Server"]
    credentials: ClassVar[Credentials | None]

    def do_GET(self) -> None:
        """Answers a reading method."""
        self._serve()

    def do_POST(self) -> None:
        """Answers a method with a body."""
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Says nothing: `Ga4Server.requests` is the log."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = urlsplit(self.path)
        for verb, pattern, place, named in _ROUTES:
            match = pattern.fullmatch(asked.path)
            if match and verb == self.command:
                method = named or match[2]
                self._answer(method, place, match[1], body, dict(parse_qsl(asked.query)))
                return
        self._send(HTTPStatus.NOT_FOUND, _NOWHERE, "text/html; charset=UTF-8")

    def _answer(self, method: str, place: str, resource: str, body: bytes, query: dict[str, str]) -> None:
        try:
            if self.credentials is not None:
                self.credentials.insist(self.headers.get("Authorization"))
            request = _parsed(method, body, query)
            setattr(request, place, resource)
            answer = self.app.answer(method, request)
        except Refusal as refusal:
            error = {"code": refusal.http_code, "message": refusal.message, "status": refusal.status}
            self._send(refusal.http_code, json.dumps({"error": error}).encode())
            return
        answer.message.MergeFromString(answer.tail)
        self._send(HTTPStatus.OK, as_json(answer.message), is_cut=answer.is_cut)

    def _send(
        self, code: int, body: bytes, kind: str = "application/json; charset=UTF-8", is_cut: bool = False
    ) -> None:
        try:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if is_cut else body)
            self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            is_cut = True
        self.close_connection = self.close_connection or is_cut


def _parsed(method: str, body: bytes, query: dict[str, str]) -> Any:
    request = _REQUESTS[method]()
    try:
        stated = json.loads(body) if body else {}
        if method == "createAudienceExport":
            stated = {"audienceExport": stated}
        if method == "listAudienceExports":
            stated = {name: value for name, value in query.items() if name in ("pageSize", "pageToken")}
        return json_format.ParseDict(stated, request)
    except (json.JSONDecodeError, json_format.ParseError) as error:
        raise bad(f"Invalid JSON payload received. {error}") from error


def as_json(message: Any) -> bytes:
    """A response as Google writes it; rows, of which there may be many, without protobuf's detour."""
    if isinstance(message, proto.BatchRunReportsResponse):
        reports = b",".join(as_json(each) for each in message.reports)
        return b'{"reports":[' + reports + b'],"kind":' + json.dumps(message.kind).encode() + b"}"
    if not isinstance(message, proto.RunReportResponse) or not message.rows:
        return json_format.MessageToJson(message, indent=None).encode()
    rows = [
        {
            "dimensionValues": [{"value": each.value} for each in row.dimension_values],
            "metricValues": [{"value": each.value} for each in row.metric_values],
        }
        for row in message.rows
    ]
    head = proto.RunReportResponse()
    head.CopyFrom(message)
    del head.rows[:]
    stated = json_format.MessageToDict(head)
    return json.dumps({**stated, "rows": rows}, ensure_ascii=False, separators=(",", ":")).encode()


@contextmanager
def serving(app: "Ga4Server", credentials: Credentials | None = None) -> Iterator[str]:
    """Listens on a free port of this machine; yields "http://127.0.0.1:PORT".

    Args:
        credentials: asks for tokens of their service account; without, everybody may come in.
    """
    handler = type("Handler", (_Handler,), {"app": app, "credentials": credentials})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    app.faults.closing.clear()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        app.faults.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
