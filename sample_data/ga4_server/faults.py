"""What goes wrong, when it is told to: errors, slow answers, cut connections, rows that move between pages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from threading import Event, Lock
from typing import Any

from sample_data.ga4_server.refusal import HTTP_CODES, Refusal, bad

ANY = "*"
CUT, SLOW = "cut", "slow"
BATCH = 5
TEXTS = {
    "UNAVAILABLE": "The service is currently unavailable.",
    "INTERNAL": "An internal error has occurred. Please retry the request.",
    "UNKNOWN": "Unknown error.",
    "DEADLINE_EXCEEDED": "Deadline exceeded.",
}


@dataclass(frozen=True)
class Entry:
    """One report, or one other request, that was received.

    Args:
        call: number of the request it came in; the reports of a batch share it. status: "OK", a gRPC status, or
            "cut". rows: how many were sent. tokens: what it cost.
    """

    call: int
    method: str
    property_id: str
    dimensions: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    starts_on: str = ""
    ends_on: str = ""
    days: int = 0
    offset: int = 0
    limit: int = 0
    status: str = "OK"
    rows: int = 0
    tokens: int = 0


When = Callable[[list[Entry]], bool]


@dataclass
class Fault:
    """One thing that goes wrong; see Faults.inject."""

    method: str
    error: str | None
    nth: int | None
    every: int | None
    after_pages: int | None
    when: When | None
    seconds: float
    message: str | None
    times: int | None
    then: Callable[[], None] | None
    seen: int = 0

    def strikes(self, method: str, entries: list[Entry]) -> bool:
        """Whether it goes wrong now. Counts the requests it could have struck."""
        if self.times == 0 or self.method not in (ANY, method):
            return False
        if self.after_pages is not None and not any(_page(entry) >= self.after_pages for entry in entries):
            return False
        if self.when is not None and not self.when(entries):
            return False
        self.seen += 1
        if self.nth is not None and self.seen != self.nth:
            return False
        if self.every is not None and self.seen % self.every:
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass
class Faults:
    """What was injected and has not happened yet."""

    injected: list[Fault] = field(default_factory=list)
    closing: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)

    def inject(
        self,
        method: str = ANY,
        error: str | None = "UNAVAILABLE",
        *,
        nth: int | None = None,
        every: int | None = None,
        after_pages: int | None = None,
        when: When | None = None,
        seconds: float = 0.0,
        message: str | None = None,
        times: int | None = 1,
        then: Callable[[], None] | None = None,
    ) -> Fault:
        """Makes requests go wrong from now on.

        Args:
            method: as REST names it ("runReport", "batchRunReports", "getMetadata", "checkCompatibility",
                "createAudienceExport", "getAudienceExport", "queryAudienceExport", "listAudienceExports"), or "*".
            error: a gRPC status; "slow": answers after `seconds`; "cut": the connection breaks in the middle of
                the answer; None: nothing goes wrong, but `then` is called. nth: only the nth request that fits,
                counted from 1 and from now. every: each so manieth. after_pages: only requests for a page with at
                least so many before it. when: decides by what is asked (one Entry per report). message: of the
                error. times: how often; None: always. then: called first, for instance to move the clock.
        """
        if error not in (None, CUT, SLOW) and error not in HTTP_CODES:
            raise ValueError(f"expected a gRPC status, 'slow', 'cut' or None, found {error!r}")
        fault = Fault(method, error, nth, every, after_pages, when, seconds, message, times, then)
        self.injected.append(fault)
        return fault

    def slow_over(self, days: int, seconds: float) -> Fault:
        """Makes every report over more days than these take so long."""
        return self.inject(
            error=SLOW,
            when=lambda entries: any(each.days > days for each in entries),
            seconds=seconds,
            times=None,
        )

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self.injected.clear()

    def meet(self, method: str, entries: list[Entry]) -> bool:
        """Lets what is due go wrong: waits, raises Refusal, or returns True where the answer is to be cut."""
        with self._lock:
            struck = [fault for fault in self.injected if fault.strikes(method, entries)]
        is_cut = False
        for fault in struck:
            if fault.then is not None:
                fault.then()
            if fault.seconds:
                self.closing.wait(fault.seconds)
            if fault.error == CUT:
                is_cut = True
            elif fault.error not in (None, SLOW):
                raise Refusal(
                    fault.error, fault.message or TEXTS.get(fault.error, f"Injected {fault.error}.")
                )
        return is_cut


def _page(entry: Entry) -> int:
    return -(-entry.offset // entry.limit) if entry.limit else 0


def property_of(request: Any) -> str:
    """The property id that a request is about."""
    named = next(getattr(request, each) for each in ("property", "name", "parent") if hasattr(request, each))
    return str(named).removeprefix("properties/").partition("/")[0]


def reports_in(request: Any) -> list[Any]:
    """The report requests in a request; Refusal if a batch is empty, too long, or of several properties."""
    if not hasattr(request, "requests"):
        return [request]
    if not request.requests:
        raise bad("The batchRunReportsRequest must contain at least one runReportRequest.")
    if len(request.requests) > BATCH:
        raise bad(
            f"Batch requests are limited to {BATCH} requests.\n"
            f"  This batch request contains {len(request.requests)} requests."
        )
    if any(each.property not in ("", request.property) for each in request.requests):
        raise bad("All requests in a batch must be for the same property.")
    return list(request.requests)


def received(call: int, method: str, request: Any) -> list[Entry]:
    """What a request asks for, one entry per report, before anything is checked."""
    property_id = property_of(request)
    if method not in ("runReport", "batchRunReports"):
        return [Entry(call, method, property_id)]
    reports = list(request.requests) if method == "batchRunReports" else [request]
    return [_entry(call, method, property_id, report) for report in reports] or [
        Entry(call, method, property_id)
    ]


def _entry(call: int, method: str, property_id: str, report: Any) -> Entry:
    ranges = report.date_ranges
    return Entry(
        call,
        method,
        property_id,
        tuple(each.name for each in report.dimensions),
        tuple(each.name for each in report.metrics),
        ranges[0].start_date if ranges else "",
        ranges[-1].end_date if ranges else "",
        sum(_days(each.start_date, each.end_date) for each in ranges),
        report.offset,
        report.limit,
    )


def _days(start: str, end: str) -> int:
    try:
        return (date.fromisoformat(end) - date.fromisoformat(start)).days + 1
    except ValueError:
        return 0
