"""A small website whose numbers can be counted by hand, and the server that reports on it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from pipelines.settings import GA4
from sample_data.ga4_server import Ga4Server
from sample_data.ga4_server.credentials import Credentials, of_this_process

NOW = datetime(2026, 11, 16, 5)
FIRST = datetime(2026, 9, 7)
DAYS = 70
PROPERTY = "413000001"
AUDIENCES = ("Loyal customers", "Needed help lately")
TIERS = ("gold", "silver", None)
CHANNELS = ("Organic Search", "Direct", "Email", "Paid Search")
PAGES = ("/", "/help/returns", "/help/sizes?step=2", "/contact", "/stories/linen", "/shop/coat")


def small_hits(clients: int = 40, days: int = DAYS) -> pl.DataFrame:
    """Hits of `clients` people who come back every few days: a session is four to six events.

    Hits are processed six hours after they happen, those of the evening after thirty; channels are attributed five
    days later.
    """
    rows: list[dict[str, Any]] = []
    for client in range(clients):
        for visit, day in enumerate(range(client % 7, days, 2 + client % 5)):
            rows += _session(client, visit, FIRST + timedelta(days=day, hours=(client * 5 + day) % 24))
    return pl.DataFrame(rows, infer_schema_length=None).sort("event_at", maintain_order=True)


def _session(client: int, visit: int, starts_at: datetime) -> list[dict[str, Any]]:
    number = client * 31 + visit * 7
    landing = PAGES[number % len(PAGES)]
    common = {
        "client_id": f"{client:04d}.1700000000",
        "user_id": f"C{client:05d}" if client % 3 else None,
        "session_id": client * 1_000 + visit,
        "landing_page": landing,
        "channel": CHANNELS[number % len(CHANNELS)],
        "is_engaged": number % 4 != 0,
        "is_new": visit == 0,
        "content_kind": "story" if landing.startswith("/stories") else "other",
        "loyalty_tier": TIERS[client % 3],
        "audience": ["Loyal customers"] * (client % 3 == 0) + ["Needed help lately"] * (client % 4 == 1),
    }
    pages = [landing, PAGES[(number + 1) % len(PAGES)]]
    events: list[dict[str, Any]] = [{"event_name": "page_view", "page_path": page} for page in pages]
    events.insert(0, {"event_name": "session_start", "page_path": landing})
    if number % 3 == 0:
        events.append({"event_name": "help_view", "page_path": "/help/returns"})
        events.append({"event_name": "was_this_helpful", "helpful": "yes" if number % 2 else "no"})
    if number % 5 == 0:
        events.append(
            {"event_name": "view_search_results", "search_result": "nothing" if number % 2 else "found"}
        )
    if number % 6 == 1:
        events.append(
            {"event_name": "purchase", "value": 19.9 + client, "transaction_id": f"T{number}-{client}"}
        )
    if number % 12 == 1:
        events.append({"event_name": "refund", "value": 19.9, "transaction_id": f"T{number}-{client}"})
    blank = {
        "page_path": landing,
        "search_result": None,
        "helpful": None,
        "value": None,
        "transaction_id": None,
    }
    hits = []
    for position, event in enumerate(events):
        at = starts_at + timedelta(minutes=2 * position)
        late = timedelta(hours=30 if at.hour >= 18 else 6)
        when = {"event_at": at, "processed_at": at + late, "attributed_at": at + timedelta(days=5)}
        hits.append({**when, **common, **blank, **event})
    return hits


@pytest.fixture(scope="session")
def hits() -> pl.DataFrame:
    """About 4,000 hits of 40 clients over ten weeks."""
    return small_hits()


@pytest.fixture
def server(hits: pl.DataFrame) -> Ga4Server:
    """A server of its own for each test: property 413000001, Zürich, EUR, its clock at NOW."""
    return Ga4Server(hits, now=NOW)


@pytest.fixture
def rest(server: Ga4Server) -> Iterator[str]:
    """The address of the server over REST."""
    with server.rest() as address:
        yield address


@pytest.fixture(scope="session", autouse=True)
def certificate() -> Credentials:
    """The certificate and service account of this run, trusted by every gRPC channel opened from here on."""
    return of_this_process()


@pytest.fixture
def rest_settings(rest: str) -> GA4:
    """[sources.ga4] of a workspace that asks the server over REST, without credentials."""
    return GA4(properties=(PROPERTY,), transport="rest", api_endpoint=rest, audiences=AUDIENCES)


@pytest.fixture
def grpc_settings(server: Ga4Server) -> Iterator[GA4]:
    """[sources.ga4] of a workspace that asks the server over gRPC, as a service account."""
    with server.grpc() as front:
        yield GA4(
            properties=(PROPERTY,),
            transport="grpc",
            api_endpoint=front.endpoint,
            credentials_file=front.credentials,
            audiences=AUDIENCES,
        )


@pytest.fixture(params=["rest", "grpc"])
def ga4_settings(request: pytest.FixtureRequest) -> GA4:
    """Both ways to ask, one after the other: a test with this fixture runs twice."""
    settings: GA4 = request.getfixturevalue(f"{request.param}_settings")
    return settings
