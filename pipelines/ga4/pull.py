"""A visit to Google Analytics: every property is asked for what is due; each window lands, the rest is pending."""

import difflib
import shutil
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import ExitStack, closing
from datetime import date
from functools import partial
from typing import TypeVar

from pipelines.door.pseudonym import fingerprint, read_key
from pipelines.ga4 import fields
from pipelines.ga4.audience import MOST_SECONDS, pull_audiences
from pipelines.ga4.budget import Budget
from pipelines.ga4.client import BATCH, Client
from pipelines.ga4.errors import (
    BadReport,
    GA4Error,
    NotAllowed,
    NotAsked,
    NotSignedIn,
    QuotaExhausted,
    TooSlow,
    Transient,
    Unreachable,
    WrongSetup,
)
from pipelines.ga4.fetch import PAUSES, Fetched, fetch
from pipelines.ga4.ledger import Ledger
from pipelines.ga4.periods import Window, today
from pipelines.ga4.plan import Settling, measured_settling, plan
from pipelines.ga4.record import PullRecord, last_pulled_at, most_remaining, new_pull, server_errors_before
from pipelines.ga4.reports import Report, load_reports
from pipelines.ga4.request import parts
from pipelines.settings import GA4, Settings, SettingsError
from pipelines.standpoint import query_folders
from pipelines.store import Store

__all__ = ["PullRecord", "chosen", "last_pulled_at", "pull"]

PAGE_ROWS = 100_000
FOLDER = "_fetch"
"""Where answers lie in landing/ until their window is in force."""

_OF_THE_PROPERTY = (NotAllowed, NotSignedIn, WrongSetup, QuotaExhausted, Transient)
"""What ends the visit to a property, and not only to a report or window."""

Progress = Callable[[str, int, int], None]
T = TypeVar("T")


def pull(
    settings: Settings,
    store: Store,
    *,
    since: date | None = None,
    until: date | None = None,
    only: tuple[str, ...] = (),
    progress: Progress = lambda window, done, total: None,
    dry_run: bool = False,
    page_rows: int = PAGE_ROWS,
    pauses: Sequence[float] = PAUSES,
) -> PullRecord:
    """Ask every property for what was never had and for what may still move, the newest first.

    What ends a visit early is in the record, with what is pending; the next pull goes on there.

    Args:
        since, until: ask for these days only, and for what is settled among them again. only: these reports.
        progress: called with the window's name, how many are done, and how many there are.
        dry_run: ask nothing; the record says what would be asked, and the estimated cost.
        page_rows: the most rows in memory. pauses: seconds before a question that met a server error is asked again.

    Raises:
        SettingsError: a report is unknown, or there are no settings of Google Analytics.
    """
    ga4 = settings.ga4
    if ga4 is None:
        raise SettingsError(f"{settings.path} has no [sources.ga4]. Add it with the ids of your properties.")
    at = settings.as_of()
    reports = chosen(settings, only)
    settling = measured_settling(store)
    record = PullRecord(at.isoformat(), dry_run)
    with Ledger(store, fingerprint(read_key(settings.key_file))) as ledger, ExitStack() as stack:
        visits = [
            _Visit(
                settings, ga4, store, ledger, property_id, reports, settling, since, until, page_rows, pauses
            )
            for property_id in ga4.properties
        ]
        if dry_run:
            record.planned = [planned for visit in visits for planned in visit.planned()]
            return record
        visits = [visit for visit in visits if visit.queue]
        if not visits:
            return record
        record.properties = [visit.told for visit in visits]
        try:
            client = stack.enter_context(Client(ga4, settings.workspace))
        except GA4Error as error:
            for visit in visits:
                visit.end(error)
            return record
        folder = store.landing / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        # A property in turn asks for one batch, so that a long backfill of one does not keep the others from today.
        turns = deque(stack.enter_context(closing(visit.ask(client))) for visit in visits)
        while turns:
            turn = turns.popleft()
            window = next(turn, None)
            if window is not None:
                turns.append(turn)
                pending = sum(len(visit.queue) for visit in visits)
                progress(window.name, record.windows_pulled, record.windows_pulled + pending)
        if not only and since is None and until is None:
            for visit in visits:
                visit.ask_for_audiences(client, settings)
    return record


def chosen(settings: Settings, only: Iterable[str] = ()) -> list[Report]:
    """The reports in force that the settings name, or all.

    Raises:
        SettingsError: a name that no report has; the nearest is named.
    """
    reports = load_reports(query_folders(settings))
    wanted = tuple(only) or (settings.ga4.reports if settings.ga4 else ())
    for name in wanted:
        if name not in reports:
            near = difflib.get_close_matches(name, reports, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known are {', '.join(sorted(reports))}."
            raise SettingsError(f"No report is called {name!r} (looked in queries/ga4/). {hint}")
    return [report for name, report in reports.items() if not wanted or name in wanted]


class _Visit:
    """One pull at one property.

    Attributes:
        queue: the windows to ask for, in order. told: the record.
    """

    def __init__(
        self,
        settings: Settings,
        ga4: GA4,
        store: Store,
        ledger: Ledger,
        property_id: str,
        reports: list[Report],
        settling: Settling,
        since: date | None,
        until: date | None,
        page_rows: int,
        pauses: Sequence[float],
    ) -> None:
        self._store, self._ledger, self._property_id = store, ledger, property_id
        self._reports, self._settling = reports, settling
        self._page_rows, self._pauses = page_rows, pauses
        self._at = settings.as_of()
        self._since, self._until = since or ga4.since, until
        self._anew = since is not None or until is not None
        self._zone = ledger.zone(property_id) or settings.company.time_zone
        self._budget = Budget(
            ga4,
            most=most_remaining(store, property_id),
            earlier_server_errors=server_errors_before(store, property_id, self._at),
        )
        self._left_out: set[str] = set()
        self._aside: list[Window] = []
        self._may_go_on = True
        self.told = new_pull(store, property_id, self._at)
        self.queue: deque[Window] = deque()
        self._plan()

    def _plan(self) -> None:
        planned = plan(
            self._ledger, self._reports, self._property_id, self._at, self._zone, self._settling,
            self._since, self._until, self._anew,
        )  # fmt: skip
        wanted = [window for window in planned if window.report.name not in self._left_out]
        # What the server fails on comes last, or it would end every visit before the same windows.
        self.queue = deque(sorted(wanted, key=lambda window: window.report.name in self.told.failing))

    def planned(self) -> list[dict[str, object]]:
        """What would be asked, and the estimated cost."""
        found = []
        for window in self.queue:
            requests = sum(1 for _ in parts(window))
            each = self._ledger.tokens_per_request(window)
            tokens = self._budget.estimate(window) if each is None else each * requests
            about = {"property_id": self._property_id, "window": window.name}
            found.append({**about, "requests": requests, "tokens": tokens})
        return found

    def ask(self, client: Client) -> Generator[Window, None, None]:
        """Ask for all windows of the queue, a batch at a time; yields the first window of each batch before it.

        However it ends, the record is kept, and what has landed stays.
        """
        self._keep()
        try:
            self._look_at_fields(client)
            while self.queue:
                yield self.queue[0]
                self._ask_batch(client, self._next_batch())
                self._keep()
        except GA4Error as error:
            self.end(error)
        else:
            self.told.outcome = "stopped" if self._aside else "complete"
            self.told.stopped_because = "some windows got no answer" if self._aside else None
        finally:
            self._keep()

    def ask_for_audiences(self, client: Client, settings: Settings) -> None:
        """Put the members of audiences into the inbox, unless an error says that nothing more can be asked."""
        if not self._may_go_on:
            return
        most_seconds = min(MOST_SECONDS, self._budget.seconds_left)
        had = pull_audiences(client, self._property_id, settings, self._at, most_seconds=most_seconds)
        for problem in had.problems:
            self.told.problem(problem["says"], problem["report"])
        self._budget.charged(had.tokens)
        self._keep()

    def end(self, error: GA4Error) -> None:
        """Note what ends the visit."""
        self._may_go_on = isinstance(error, _TimeIsUp)
        is_refused = isinstance(error, NotAllowed | NotSignedIn | WrongSetup)
        self.told.outcome = "failed" if is_refused else "stopped"
        self.told.stopped_because = str(error)
        if not isinstance(error, QuotaExhausted | _TimeIsUp):
            self.told.problem(str(error))
        self._keep()

    def _look_at_fields(self, client: Client) -> None:
        """Leave out the reports that this property can not answer: fields are gone, or do not go together."""
        before = fields.read(self._store, self._property_id)
        now = fields.Fields.of(
            self._insisting(partial(client.metadata, self._property_id)),
            today(self._zone, self._at),
            before.checked if before else {},
        )
        for report in {window.report.name: window.report for window in self.queue}.values():
            if reason := fields.gone(report, now, before):
                self._leave_out(report, reason)
                continue
            if warning := fields.renamed(report, now):
                self.told.problem(warning, report.name)
            if now.checked.get(report.name) != report.definition:
                quarrel = partial(fields.quarrel, client, self._property_id, report, now)
                if reason := self._insisting(quarrel):
                    self._leave_out(report, reason)
                    continue
                now.checked[report.name] = report.definition
        fields.write(self._store, self._property_id, now)

    def _insisting(self, ask: Callable[[], T]) -> T:
        """An answer; it is asked for again after each pause while the server fails and may still fail."""
        pauses = deque(self._pauses)
        while True:
            try:
                return ask()
            except Transient as error:
                if not isinstance(error, Unreachable):
                    self._budget.server_error()
                may_fail = self._budget.server_errors_left > 0
                if not pauses or pauses[0] > self._budget.seconds_left or not may_fail:
                    raise
            time.sleep(pauses.popleft())

    def _next_batch(self) -> list[Window]:
        """As many of the next windows as the budget bears.

        Raises:
            QuotaExhausted, _TimeIsUp: it does not bear one.
        """
        if not self._budget.seconds_left:
            raise _TimeIsUp("The time budget is used up.")
        batch = [self.queue.popleft() for _ in range(min(BATCH, len(self.queue)))]
        while short := self._budget.shortage(sum(map(self._budget.estimate, batch))):
            self.queue.appendleft(batch.pop())
            if not batch:
                raise short
        return batch

    def _ask_batch(self, client: Client, batch: list[Window]) -> None:
        """Ask for windows and land each as soon as it is complete; what does not land is asked for another time."""
        waiting = deque(batch)

        def take(fetched: Fetched) -> None:
            self._insist_on_the_day(fetched.quality.time_zone)
            self._take(fetched)
            waiting.remove(fetched.window)

        try:
            results = fetch(
                client,
                batch,
                self._store.landing / FOLDER,
                self._budget,
                self._page_rows,
                pauses=self._pauses,
                take=take,
            )
        except _AnotherDay:
            self._plan()
            return
        except BaseException:
            self.queue.extendleft(reversed(waiting))
            raise
        ends = None
        others_came = any(isinstance(result, Fetched) for result in results)
        for error in reversed([result for result in results if isinstance(result, GA4Error)]):
            ends = self._react(error, others_came) or ends
        if ends is not None:
            raise ends

    def _insist_on_the_day(self, zone: str | None) -> None:
        """Keep the property's zone. Raises _AnotherDay where today is another day in it than was planned for."""
        before, self._zone = self._zone, zone or self._zone
        if today(self._zone, self._at) != today(before, self._at):
            raise _AnotherDay

    def _take(self, fetched: Fetched) -> None:
        """Land a window; what is an estimate from a sample is asked again in halves, which may need none."""
        halves = fetched.window.halves() if _is_sampled(fetched) else ()
        if halves:
            self.queue.extendleft(halves)
            return
        load = self._ledger.land(fetched, self._at)
        if fetched.window.report.name in self.told.failing:
            self.told.failing.remove(fetched.window.report.name)
        self.told.windows_pulled += 1
        self.told.windows_restated += bool(load.window and load.window["restated"])
        self.told.rows += load.rows_read

    def _react(self, error: GA4Error, others_came: bool) -> GA4Error | None:
        """Do what an error asks for; returns it where it ends the visit.

        A server error while other windows of the batch came is of this window: it is set aside, or it would end every
        visit at the same place.
        """
        window = error.window
        assert window is not None
        is_of_the_server = isinstance(error, Transient) and not isinstance(error, Unreachable | NotAsked)
        if is_of_the_server and window.report.name not in self.told.failing:
            self.told.failing.append(window.report.name)
        if isinstance(error, NotAsked) and others_came:
            self.queue.append(window)
            return None
        if isinstance(error, _OF_THE_PROPERTY) and not (isinstance(error, Transient) and others_came):
            self.queue.appendleft(window)
            return error
        if isinstance(error, TooSlow) and (halves := window.halves()):
            self.queue.extendleft(halves)
        elif isinstance(error, BadReport):
            self._leave_out(window.report, str(error))
        else:
            self._aside.append(window)
            self.told.problem(f"{window.name}: {error}", window.report.name)
        return None

    def _leave_out(self, report: Report, reason: str) -> None:
        """Ask nothing more of a report until it, or the property, is mended; it is a problem, and not pending."""
        self._left_out.add(report.name)
        self.queue = deque(window for window in self.queue if window.report.name != report.name)
        self.told.problem(reason, report.name)

    def _keep(self) -> None:
        self.told.windows_pending = len(self.queue) + len(self._aside)
        self.told.requests, self.told.tokens = self._budget.requests, self._budget.tokens
        self.told.server_errors = self._budget.server_errors
        self.told.quota = self._budget.as_record()
        self.told.keep(self._store)


class _AnotherDay(Exception):
    """In the property's zone it is another day than was planned for."""


class _TimeIsUp(GA4Error):
    """Nothing is wrong; the rest is asked for another time."""


def _is_sampled(fetched: Fetched) -> bool:
    """Whether a shorter window may be counted in full. Overlapping periods are sampled each by itself already."""
    read, of = fetched.quality.samples_read_count, fetched.quality.sampling_space_size
    is_one_range = fetched.window.grain in ("day", "week", "month")
    return is_one_range and read is not None and of is not None and read < of
