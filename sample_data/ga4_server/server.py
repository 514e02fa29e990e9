"""A Google Analytics that answers the real client: several properties, simulated time, faults, a log."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from sample_data.ga4_server import grpc_front, proto, rest
from sample_data.ga4_server.audiences import TOKENS as EXPORT_TOKENS
from sample_data.ga4_server.credentials import Credentials
from sample_data.ga4_server.faults import CUT, Entry, Faults, received, reports_in
from sample_data.ga4_server.hits import Hits
from sample_data.ga4_server.property import Drift, Property
from sample_data.ga4_server.quotas import Quotas
from sample_data.ga4_server.refusal import Refusal, no_access
from sample_data.ga4_server.synthetic import Synthetic


@dataclass(frozen=True)
class Answer:
    """A response.

    Args:
        message: the client's own type. tail: more of the message, already in its wire format. is_cut: the connection
            is to break in the middle of it.
    """

    message: Any
    tail: bytes = b""
    is_cut: bool = False

    def as_bytes(self) -> bytes:
        """The message as gRPC sends it."""
        return bytes(self.message.SerializeToString() + self.tail)


class Ga4Server:
    """The server.

    Args:
        hits: the first property's hits, as `hits.Hits` describes them. zone, currency: the property's.
        now: simulated time, naive UTC; set `.now` to move it. Only hits processed by then are visible.
        rates: currency -> units per unit of the property's own.
    """

    def __init__(
        self,
        hits: pl.DataFrame,
        *,
        property_id: str = "413000001",
        zone: str = "Europe/Zurich",
        currency: str = "EUR",
        now: datetime,
        rates: dict[str, float] | None = None,
    ) -> None:
        self.now = now
        self.faults = Faults()
        self.requests: list[Entry] = []
        self.properties: dict[str, Property] = {}
        self.main = self.add_property(property_id, hits, zone=zone, currency=currency, rates=rates)
        self._calls = count(1)

    def add_property(
        self,
        property_id: str,
        hits: pl.DataFrame,
        *,
        zone: str = "Europe/Zurich",
        currency: str = "EUR",
        rates: dict[str, float] | None = None,
    ) -> Property:
        """Another property on the same server; what it returns has the switches of that property."""
        self.properties[property_id] = Property(property_id, Hits(hits, zone), currency, rates or {})
        return self.properties[property_id]

    @property
    def quotas(self) -> Quotas:
        """The first property's quotas."""
        return self.main.quotas

    @contextmanager
    def rest(self, credentials: Credentials | None = None) -> Iterator[str]:
        """Serves REST; yields "http://127.0.0.1:PORT".

        Args:
            credentials: asks for tokens of their account; without, everybody may come in.
        """
        with rest.serving(self, credentials) as address:
            yield address

    @contextmanager
    def grpc(self, credentials: Credentials | None = None) -> Iterator[grpc_front.Front]:
        """Serves gRPC over TLS; yields .endpoint, .roots and .credentials.

        Args:
            credentials: a certificate and account of one's own; without, those of this process.
        """
        with grpc_front.serving(self, credentials) as front:
            yield front

    def thresholding(self, minimum_users: int, dimensions: Iterable[str] = ()) -> None:
        """Rows of fewer people are withheld from now on; 0 shows them again.

        Args:
            dimensions: only in reports that ask for one of these; none given: in all reports.
        """
        self.main.quality.minimum_users = minimum_users
        self.main.quality.thresholded = frozenset(dimensions)

    def membership(self, days: dict[str, int]) -> None:
        """Audience -> how many days after their latest event people are exported in it; others stay for ever."""
        self.main.exports.days = days

    def other_after(self, rows: int | None) -> None:
        """Combinations beyond the largest so many become "(other)"."""
        self.main.quality.most_rows = rows

    def sampling(self, share: float, above_events: int = 0) -> None:
        """Requests over more than `above_events` events are answered from a share of them."""
        self.main.quality.sampling_share, self.main.quality.sampled_above = share, above_events

    def restrict(self, metrics: list[str]) -> None:
        """The account sees zeros for these metrics."""
        self.main.quality.restricted = frozenset(metrics)

    def truncate(self, before: date | None, kind: int | None = None) -> None:
        """Days before a date are no longer there; None brings them back."""
        self.main.quality.truncated_before = before
        if kind is not None:
            self.main.quality.truncation = kind

    def drift(self, kind: str, pages: int = 1) -> None:
        """The next answers to requests for a further page have a row more in front, one less, or one moved.

        Args:
            kind: "appears", "vanishes" or "moves".
        """
        if kind not in ("appears", "vanishes", "moves"):
            raise ValueError(f"expected 'appears', 'vanishes' or 'moves', found {kind!r}")
        self.main.drift = Drift(kind, pages)

    def revoke(self, property_id: str | None = None) -> None:
        """The account loses its access to a property, or to the first one."""
        self.properties[property_id or self.main.property_id].is_revoked = True

    def restore(self, property_id: str | None = None) -> None:
        """The account gets its access back."""
        self.properties[property_id or self.main.property_id].is_revoked = False

    def synthetic(self, rows: int) -> None:
        """Reports of the first property are from now on made up, `rows` long and very fast."""
        self.main.synthetic = Synthetic(rows)

    def advance(self, **by: float) -> None:
        """Moves simulated time on: `advance(hours=1)`."""
        self.now += timedelta(**by)

    def answer(self, method: str, request: Any) -> Answer:
        """Answers a request, or raises Refusal.

        Args:
            method: as REST names it. request: the raw message.
        """
        entries = received(next(self._calls), method, request)
        status = "OK"
        try:
            found = self.properties.get(entries[0].property_id)
            if found is None or found.is_revoked:
                raise no_access()
            with found.quotas.admitted(self.now):
                is_cut = self.faults.meet(method, entries)
                answer, entries = self._handled(found, method, request, entries)
                status = CUT if is_cut else "OK"
                return replace(answer, is_cut=is_cut)
        except Refusal as refusal:
            status = refusal.status
            raise
        finally:
            self.requests.extend(replace(entry, status=status) for entry in entries)

    def _handled(
        self, found: Property, method: str, request: Any, entries: list[Entry]
    ) -> tuple[Answer, list[Entry]]:
        if method in ("runReport", "batchRunReports"):
            return self._reported(found, method, reports_in(request), entries)
        if method in ("getAudienceExport", "listAudienceExports", "queryAudienceExport"):
            return Answer(self._exported(found, method, request)), entries
        if method == "createAudienceExport":
            midnight = datetime.combine(found.today(self.now), datetime.min.time(), ZoneInfo(found.hits.zone))
            members_at = midnight.astimezone(UTC).replace(tzinfo=None)
            message = found.exports.create(request, found.visible(members_at), self.now)
            found.quotas.charge(EXPORT_TOKENS)
            return Answer(message), [replace(entries[0], tokens=EXPORT_TOKENS)]
        message = found.metadata() if method == "getMetadata" else found.check_compatibility(request)
        found.quotas.charge(1)
        return Answer(message), [replace(entries[0], tokens=1)]

    def _reported(
        self, found: Property, method: str, requests: list[Any], entries: list[Entry]
    ) -> tuple[Answer, list[Entry]]:
        asked = [found.understand(each, self.now) for each in requests]
        pages = []
        for report in asked:
            page = found.report(report, self.now)
            found.quotas.charge(page.tokens, page.thresholded)
            if report.request.return_property_quota:
                quota = found.quotas.state(page.tokens, page.thresholded)
                page.response.property_quota.CopyFrom(quota)
            pages.append(page)
        booked = [
            replace(entry, rows=page.rows, tokens=page.tokens)
            for entry, page in zip(entries, pages, strict=True)
        ]
        if method == "runReport":
            return Answer(pages[0].response, pages[0].tail), booked
        batch = proto.BatchRunReportsResponse(kind="analyticsData#batchRunReports")
        for page in pages:
            page.response.MergeFromString(page.tail)
            batch.reports.append(page.response)
        return Answer(batch), booked

    def _exported(self, found: Property, method: str, request: Any) -> Any:
        if method == "getAudienceExport":
            return found.exports.get(request.name, self.now)
        if method == "listAudienceExports":
            return found.exports.list_(request, self.now)
        return found.exports.query(request, self.now)
