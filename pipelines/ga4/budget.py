"""How much may still be asked of a property: Google's quotas as its answers tell them, our reserve, and our time."""

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from pipelines.ga4.errors import Quota, QuotaExhausted
from pipelines.ga4.periods import Window
from pipelines.ga4.request import parts
from pipelines.settings import GA4

SERVER_ERRORS_PER_HOUR = 10
"""What Google allows a project and property; the next answer after that refuses everything for an hour."""
TOKENS_OF_AN_UNKNOWN_REQUEST = 10
"""Most requests cost less (GA4.md 1.2)."""

_HOUR = 3600.0
_FIELDS = {
    "core_tokens_per_day": "tokens_per_day",
    "core_tokens_per_hour": "tokens_per_hour",
    "core_tokens_per_project_per_hour": "tokens_per_project_per_hour",
    "concurrent": "concurrent_requests",
    "server_errors_per_hour": "server_errors_per_project_per_hour",
    "thresholded_per_hour": "potentially_thresholded_requests_per_hour",
}
_TOKENS: dict[str, Quota] = {
    "core_tokens_per_project_per_hour": "project_hour",
    "core_tokens_per_hour": "property_hour",
    "core_tokens_per_day": "property_day",
}
_KINDS: dict[str, Quota] = {
    **_TOKENS,
    "thresholded_per_hour": "thresholded",
    "server_errors_per_hour": "server_errors",
    "concurrent": "concurrent",
}


def tokens(quota: Any) -> int:
    """What the answer with this raw `PropertyQuota` cost; the same is taken from each of the three quotas of tokens."""
    return int(quota.tokens_per_day.consumed or quota.tokens_per_hour.consumed)


class Budget:
    """What a run may ask of one property.

    Attributes:
        requests: reports asked for. tokens: what their answers cost. server_errors: answers of our run that failed.

    Args:
        ga4: reserve_share of each quota is left for others; time_budget_minutes from now on.
        most: the most that was ever seen remaining, by the names of `as_record()` without `_remaining`; an answer
            does not tell how large a quota is. earlier_server_errors: of our runs of the last hour.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        ga4: GA4,
        *,
        most: Mapping[str, int] = MappingProxyType({}),
        earlier_server_errors: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._ends_at = clock() + ga4.time_budget_minutes * 60
        self._reserve_share = ga4.reserve_share
        self._most = dict(most)
        self._consumed: dict[str, int] = {}
        self._remaining: dict[str, int] = {}
        self._costs: dict[tuple[str, str], int] = {}
        self._failed_at = deque([clock()] * earlier_server_errors)
        self._failed_since_told = 0
        self.requests = 0
        self.tokens = 0
        self.server_errors = 0

    def learn(self, quotas: Iterable[Any]) -> None:
        """Remember what the answers to one call say of the quotas (raw `PropertyQuota`): of each the lowest."""
        told = [quota for quota in quotas if quota.ListFields()]
        for name, field in _FIELDS.items():
            states = [getattr(quota, field) for quota in told if quota.HasField(field)]
            if not states:
                continue
            remaining = min(state.remaining for state in states)
            consumed = sum(state.consumed for state in states)
            self._consumed[name] = self._consumed.get(name, 0) + consumed
            self._remaining[name] = remaining
            self._most[name] = max(self._most.get(name, 0), remaining + consumed)
            if name == "server_errors_per_hour":
                self._failed_since_told = 0

    def spent(self, window: Window, quota: Any) -> int:
        """Count one report that was answered; returns its tokens."""
        cost = tokens(quota)
        self.requests += 1
        self.tokens += cost
        key = (window.report.name, window.grain)
        self._costs[key] = max(self._costs.get(key, 0), cost)
        return cost

    def charged(self, tokens: int) -> None:
        """Count what was paid for something else than reports; its answers say what it cost, and not what is left."""
        self.tokens += tokens
        for name in _TOKENS:
            if name in self._remaining:
                self._remaining[name] = max(self._remaining[name] - tokens, 0)
                self._consumed[name] += tokens

    def estimate(self, window: Window) -> int:
        """Tokens that a window will cost: as much per request as its report did, at its dearest, in this run."""
        each = self._costs.get((window.report.name, window.grain)) or TOKENS_OF_AN_UNKNOWN_REQUEST
        return each * sum(1 for _ in parts(window))

    def may_spend(self, wanted: int) -> bool:
        """Whether that many tokens leave the reserve of each quota untouched; yes while nothing is known."""
        return self.shortage(wanted) is None

    def shortage(self, wanted: int) -> QuotaExhausted | None:
        """The quota that would fall below its reserve, as the error that says so."""
        short = next((name for name in _TOKENS if self._left(name) < wanted), None)
        if short is None and self.server_errors_left == 0:
            return QuotaExhausted("server_errors")
        if short is None and self._left("thresholded_per_hour") < 1:
            short = "thresholded_per_hour"
        if short is None:
            return None
        return QuotaExhausted(
            _KINDS[short],
            says=f"{self._remaining[short]} are left, of which {self._reserve(short)} stay reserved for others.",
        )

    def emptiest(self) -> Quota:
        """The quota with the least left, for an error that does not say which is used up."""
        known = {name: left / max(self._most[name], 1) for name, left in self._remaining.items()}
        return _KINDS[min(known, key=lambda name: known[name])] if known else "unknown"

    def server_error(self) -> None:
        """Count an answer that failed with 5xx."""
        self.server_errors += 1
        self._failed_since_told += 1
        self._failed_at.append(self._clock())

    @property
    def server_errors_left(self) -> int:
        """How many more answers may fail within the hour before we must stop asking."""
        while self._failed_at and self._failed_at[0] <= self._clock() - _HOUR:
            self._failed_at.popleft()
        reserve = math.ceil(SERVER_ERRORS_PER_HOUR * self._reserve_share)
        left = SERVER_ERRORS_PER_HOUR - reserve - len(self._failed_at)
        if "server_errors_per_hour" in self._remaining:
            told = self._remaining["server_errors_per_hour"] - reserve - self._failed_since_told
            left = min(left, told)
        return max(left, 0)

    @property
    def thresholded_left(self) -> int | None:
        """How many more reports with dimensions that may be thresholded can be asked for; None while unknown."""
        if "thresholded_per_hour" not in self._remaining:
            return None
        return max(int(self._left("thresholded_per_hour")), 0)

    @property
    def seconds_left(self) -> float:
        """Of the time budget; not below 0."""
        return max(self._ends_at - self._clock(), 0.0)

    def as_record(self) -> dict[str, int | None]:
        """`<quota>_consumed` by this run and `<quota>_remaining` at its end; None where no answer told."""
        return {
            f"{name}_{what}": found.get(name)
            for name in _FIELDS
            for what, found in (("consumed", self._consumed), ("remaining", self._remaining))
        }

    def _reserve(self, name: str) -> int:
        return math.ceil(self._most[name] * self._reserve_share)

    def _left(self, name: str) -> float:
        return self._remaining[name] - self._reserve(name) if name in self._remaining else math.inf
