"""Tokens, requests and errors of a property: used up by requests, given back by simulated time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from math import isqrt
from threading import RLock
from typing import Any
from zoneinfo import ZoneInfo

from sample_data.ga4_server import proto
from sample_data.ga4_server.asked import Asked
from sample_data.ga4_server.refusal import SERVER_ERRORS, Refusal

PACIFIC = ZoneInfo("America/Los_Angeles")
STANDARD = {
    "tokens_per_day": 200_000,
    "tokens_per_hour": 40_000,
    "tokens_per_project_per_hour": 14_000,
    "concurrent_requests": 10,
    "server_errors_per_project_per_hour": 10,
    "potentially_thresholded_requests_per_hour": 120,
}
TOKENS = ("tokens_per_day", "tokens_per_hour", "tokens_per_project_per_hour")
EXHAUSTED = {
    "concurrent_requests": "Exhausted concurrent requests quota.",
    "server_errors_per_project_per_hour": "Exhausted server errors quota.",
    "tokens_per_day": "Exhausted property tokens per day. These quota tokens will return in under 24 hours.",
    "tokens_per_hour": "Exhausted property tokens per hour. These quota tokens will return in under an hour.",
    "tokens_per_project_per_hour": (
        "Exhausted property tokens for a project per hour. These quota tokens will return in under an hour."
    ),
    "potentially_thresholded_requests_per_hour": "Exhausted potentially thresholded requests quota.",
}
QUOTAS_PAGE = "https://developers.google.com/analytics/devguides/reporting/data/v1/quotas"
DAYS_PER_TOKEN, ROWS_PER_TOKEN, FILTERS_PER_TOKEN = 60, 10_000, 5


@dataclass
class Quotas:
    """What is left of each quota.

    Args:
        limits: quota -> how much there is in its day, its hour, or at once. used: quota -> how much is gone since it
            was last given back; set it to play others who use the same property.
    """

    limits: dict[str, int] = field(default_factory=lambda: dict(STANDARD))
    used: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STANDARD, 0))
    _hour: datetime | None = None
    _day: date | None = None
    _lock: RLock = field(default_factory=RLock)

    @contextmanager
    def admitted(self, now: datetime) -> Iterator[None]:
        """While a request is answered: counts it as concurrent, and its failure as a server error.

        Args:
            now: simulated, naive UTC. Raises Refusal when any quota is used up.
        """
        with self._lock:
            self.renew(now)
            self.insist()
            self.used["concurrent_requests"] += 1
        try:
            yield
        except Refusal as refusal:
            if refusal.status in SERVER_ERRORS:
                with self._lock:
                    self.used["server_errors_per_project_per_hour"] += 1
            raise
        finally:
            with self._lock:
                self.used["concurrent_requests"] -= 1

    def renew(self, now: datetime) -> None:
        """Gives back what an hour's or a day's end returns; days end at midnight Pacific."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        day = now.replace(tzinfo=UTC).astimezone(PACIFIC).date()
        for name in self.used:
            is_over = (
                (self._day not in (None, day)) if name.endswith("day") else (self._hour not in (None, hour))
            )
            if is_over and name != "concurrent_requests":
                self.used[name] = 0
        self._hour, self._day = hour, day

    def remaining(self, name: str) -> int:
        """How much of a quota is left, at least 0."""
        return max(0, self.limits[name] - self.used[name])

    def insist(self) -> None:
        """Raises Refusal when any quota is used up: all requests to the property are then refused."""
        for name, text in EXHAUSTED.items():
            if self.remaining(name) == 0:
                raise Refusal("RESOURCE_EXHAUSTED", f"{text} To learn more, see {QUOTAS_PAGE}")

    def charge(self, tokens: int, thresholded: int = 0) -> None:
        """Takes the tokens of a request from the day, the hour and the project's hour at once."""
        with self._lock:
            for name in TOKENS:
                self.used[name] += tokens
            self.used["potentially_thresholded_requests_per_hour"] += thresholded

    def state(self, tokens: int, thresholded: int) -> Any:
        """The PropertyQuota after a request that consumed so much."""
        answer = proto.PropertyQuota()
        for name in STANDARD:
            consumed = tokens if name in TOKENS else 0
            if name == "potentially_thresholded_requests_per_hour":
                consumed = thresholded
            status = getattr(answer, name)
            status.consumed, status.remaining = consumed, self.remaining(name)
        return answer


def cost(asked: Asked, rows: int) -> int:
    """Tokens of a report: one, more for long ranges, many columns, many rows and long filters."""
    cells = max(1, len(asked.names)) * max(1, len(asked.metrics))
    conditions = len(asked.filtered) + len(asked.having)
    return (
        1
        + asked.days // DAYS_PER_TOKEN
        + isqrt(cells) // 3
        + rows // ROWS_PER_TOKEN
        + conditions // FILTERS_PER_TOKEN
    )
