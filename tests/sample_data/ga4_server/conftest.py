"""The server with a small website, and the real client that asks it."""

from collections.abc import Iterator

import polars as pl
import pytest

from sample_data.ga4_server import Ga4Server
from tests.ga4.conftest import NOW, small_hits
from tests.sample_data.ga4_server.asking import Client, over_grpc, over_rest


@pytest.fixture(scope="module")
def hits() -> pl.DataFrame:
    return small_hits()


@pytest.fixture
def server(hits: pl.DataFrame) -> Ga4Server:
    return Ga4Server(hits, now=NOW, rates={"USD": 1.25})


@pytest.fixture(params=["rest", "grpc"])
def client(request: pytest.FixtureRequest, server: Ga4Server) -> Iterator[Client]:
    """The unmodified client, over REST and then over gRPC."""
    if request.param == "rest":
        with server.rest() as address, over_rest(address) as asked:
            yield asked
        return
    with server.grpc() as front, over_grpc(front.endpoint, front.credentials) as asked:
        yield asked


@pytest.fixture
def rest_client(server: Ga4Server) -> Iterator[Client]:
    """The client over REST alone, where transports can not differ."""
    with server.rest() as address, over_rest(address) as asked:
        yield asked
