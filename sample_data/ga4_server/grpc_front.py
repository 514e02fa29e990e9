"""The gRPC front: TLS, a service account's token on every call, the client's own message types."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc

from sample_data.ga4_server import proto
from sample_data.ga4_server.credentials import Credentials, of_this_process
from sample_data.ga4_server.refusal import Refusal

if TYPE_CHECKING:
    from sample_data.ga4_server.server import Ga4Server

SERVICE = "google.analytics.data.v1beta.BetaAnalyticsData"
WORKERS = 16
_NO_LIMIT = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]


@dataclass(frozen=True)
class Front:
    """Where the server listens, what to trust, and who to be."""

    endpoint: str
    roots: Path
    credentials: Path


@contextmanager
def serving(app: "Ga4Server", credentials: Credentials | None = None) -> Iterator[Front]:
    """Listens on a free port of this machine over TLS.

    Args:
        credentials: the certificate and account to use; without, those of this process.
    """
    mine = credentials or of_this_process()
    server = grpc.server(ThreadPoolExecutor(WORKERS), options=_NO_LIMIT)
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(
            _handler(app, mine, method), request.FromString, lambda answer: answer.as_bytes()
        )
        for name, (request, method) in proto.METHODS.items()
    }
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])
    tls = grpc.ssl_server_credentials([(mine.key.read_bytes(), mine.roots.read_bytes())])
    port = server.add_secure_port("localhost:0", tls)
    app.faults.closing.clear()
    server.start()
    try:
        yield Front(f"localhost:{port}", mine.roots, mine.credentials)
    finally:
        app.faults.closing.set()
        server.stop(grace=None).wait()


def _handler(app: "Ga4Server", credentials: Credentials, method: str) -> Callable[[Any, Any], Any]:
    def handle(request: Any, context: Any) -> Any:
        headers = dict(context.invocation_metadata())
        try:
            credentials.insist(headers.get("authorization"))
            answer = app.answer(method, request)
        except Refusal as refusal:
            return context.abort(grpc.StatusCode[refusal.status], refusal.message)
        if answer.is_cut:
            return context.abort(grpc.StatusCode.UNAVAILABLE, "Connection reset by peer")
        return answer

    return handle
