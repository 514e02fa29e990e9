"""Windows, fetched: all pages of each, checked to fit together, in one Parquet file with what was said about them."""

import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.ga4.budget import Budget, tokens
from pipelines.ga4.client import BATCH, Client
from pipelines.ga4.errors import (
    BadPages,
    GA4Error,
    NotAllowed,
    NotAsked,
    NotSignedIn,
    QuotaExhausted,
    Transient,
    Unreachable,
    WrongSetup,
)
from pipelines.ga4.page import first_row, read_page
from pipelines.ga4.periods import Window
from pipelines.ga4.quality import Quality, added, quality, totals, worst
from pipelines.ga4.request import LARGEST_PAGE, parts, report_request

__all__ = ["Fetched", "Quality", "fetch"]

RESTARTS = 3
"""How often a window whose pages do not fit is begun again."""
PAUSES = (2.0, 8.0)
"""Seconds before a question that met a server error is asked again: at most twice."""
LEAST_ROWS = 2
"""Of a page: one row overlaps, one is new."""

_STOPS = (QuotaExhausted, NotAllowed, NotSignedIn, WrongSetup, Unreachable)
"""After these nothing more is asked of the property."""

Asking = Generator[Any, Any, "Fetched"]
"""Yields raw requests, is sent raw responses, returns what a window says."""


@dataclass
class Fetched:
    """A window as Google has it now.

    Attributes:
        rows_path: Parquet with the columns of `page.decode`, a row group per page; None where there are no rows.
        row_count: rows by Google's count. rows: rows in the file; fewer where Google rolled periods into "(other)".
        totals: our column -> Google's own total, as it wrote it; see `quality.totals`.
        requests, tokens: what it cost, restarts and unfinished attempts included.
        scrubbed: texts in which something personal was left out.
    """

    window: Window
    rows_path: Path | None = None
    row_count: int = 0
    rows: int = 0
    quality: Quality = field(default_factory=Quality)
    totals: dict[str, str] = field(default_factory=dict)
    requests: int = 0
    tokens: int = 0
    scrubbed: int = 0
    restarts: int = 0


def fetch(
    client: Client,
    windows: Sequence[Window],
    folder: Path,
    budget: Budget,
    page_rows: int = 100_000,
    *,
    pauses: Sequence[float] = PAUSES,
    take: Callable[[Fetched], None] = lambda fetched: None,
) -> list[Fetched | GA4Error]:
    """Fetch up to five windows of one property side by side, a batch of pages at a time.

    Pages overlap by one row. The first row of a page has to be the last one of the page before, the count of rows, the
    currency and the time zone may not change, and at the end there are as many different rows as Google counts:
    else the window begins again, at most `RESTARTS` times. Not more than `page_rows` rows are in memory.

    Args:
        folder: where the Parquet files go. pauses: seconds before each repetition after a server error.
        take: called with each window as soon as all of it is there, while others may still miss pages.

    Returns:
        For each window what was fetched, or the error (with its `.window`) that stood in the way. After an exhausted
        quota, a refusal of access or a server that stays down, all windows that are not complete have that error.
    """
    if not 1 <= len(windows) <= BATCH or len({window.property_id for window in windows}) != 1:
        raise ValueError(f"expected 1 to {BATCH} windows of one property, found {len(windows)}")
    if not LEAST_ROWS <= page_rows <= LARGEST_PAGE:
        raise ValueError(f"expected pages of {LEAST_ROWS} to {LARGEST_PAGE} rows, found {page_rows}")
    desk = _Desk(client, budget, pauses)
    done: dict[int, Fetched | GA4Error] = {}
    reading = {place: read_window(window, folder, budget) for place, window in enumerate(windows)}
    wanted = {place: next(each) for place, each in reading.items()}
    while wanted:
        for request in wanted.values():
            request.limit = max(page_rows // len(wanted), LEAST_ROWS)
        answers = deque(desk.ask(windows[0].property_id, list(wanted.values())))
        for place in list(wanted):
            try:
                wanted[place] = _passed_on(answers.popleft(), reading[place])
            except StopIteration as finished:
                done[place] = finished.value
                take(finished.value)
            except GA4Error as error:
                done[place] = error.about(windows[place])
            if place in done:
                del wanted[place]
        stop = next((each for each in done.values() if isinstance(each, _STOPS)), None)
        if stop is not None:
            for place in wanted:
                reading[place].close()
                done[place] = stop.about(windows[place])
            break
    return [done[place] for place in range(len(windows))]


def _passed_on(answer: Any, reading: Asking) -> Any:
    """The next request, after an answer or an error; neither is kept."""
    return reading.throw(answer) if isinstance(answer, GA4Error) else reading.send(answer)


class _Desk:
    """Sends requests, and sends them again where that may help."""

    def __init__(self, client: Client, budget: Budget, pauses: Sequence[float]) -> None:
        self._client, self._budget, self._pauses = client, budget, pauses
        self._dearest = 0

    def ask(self, property_id: str, requests: Sequence[Any]) -> list[Any]:
        """A response or an error for each request, in their order.

        A batch fails as one. What one of its reports may be to blame for, they are then asked one by one.
        """
        is_batch = len(requests) > 1
        try:
            return self._sent(property_id, requests, self._pauses[:1] if is_batch else self._pauses)
        except GA4Error as error:
            failed = error
        is_server = isinstance(failed, Transient)
        if not is_batch or (isinstance(failed, _STOPS) and not _is_crowded(failed)):
            return [failed] * len(requests)
        if is_server and not self._waited(self._pauses[1:2]):
            return [failed] * len(requests)
        return self._one_by_one(property_id, requests, () if is_server else self._pauses)

    def _one_by_one(self, property_id: str, requests: Sequence[Any], pauses: Sequence[float]) -> list[Any]:
        """As `ask`; when two in a row meet a server error, it is not the report, and the rest is not asked."""
        answers: list[Any] = []
        for request in requests:
            is_down = len(answers) > 1 and all(isinstance(each, Transient) for each in answers[-2:])
            if is_down:
                answers.append(NotAsked(str(answers[-1])))
                continue
            if answers and isinstance(answers[-1], _STOPS):
                answers.append(answers[-1])
                continue
            try:
                answers += self._sent(property_id, [request], pauses)
            except GA4Error as error:
                answers.append(error)
        return answers

    def _sent(self, property_id: str, requests: Sequence[Any], pauses: Sequence[float]) -> list[Any]:
        """The responses; asked again after each pause while there are server errors or too many questions at once."""
        if short := self._budget.shortage(self._dearest * len(requests)):
            raise short
        try:
            answers = self._client.run_reports(property_id, requests)
        except Transient as error:
            if not isinstance(error, Unreachable):
                self._budget.server_error()
            failed: GA4Error = error
        except QuotaExhausted as error:
            failed = (
                QuotaExhausted(self._budget.emptiest(), says=error.says)
                if error.quota == "unknown"
                else error
            )
            if not _is_crowded(failed):
                raise failed from None
        else:
            self._budget.learn(answer.property_quota for answer in answers)
            self._dearest = max(self._dearest, *(tokens(answer.property_quota) for answer in answers))
            return answers
        if self._waited(pauses[:1]):
            return self._sent(property_id, requests, pauses[1:])
        raise failed

    def _waited(self, pause: Sequence[float]) -> bool:
        """Whether there was a pause, and time for it."""
        if not pause or pause[0] > self._budget.seconds_left:
            return False
        time.sleep(pause[0])
        return True


def _is_crowded(error: GA4Error) -> bool:
    return isinstance(error, QuotaExhausted) and error.quota == "concurrent"


class _Moved(Exception):
    """Pages do not fit together: what is read changes while it is read."""


def read_window(window: Window, folder: Path, budget: Budget) -> Asking:
    """Ask for a window page by page, whoever it is that sends the requests and brings the responses.

    A page has as many rows as the sender sets the `limit` of the request to, at least `LEAST_ROWS`.

    Raises:
        BadPages: the pages do not fit together. Whatever the sender throws in place of a response; no file is left.
    """
    name = f"{window.property_id}__{window.report.name}__{window.grain}__{window.first_on}__{window.last_on}.parquet"
    fetched = Fetched(window)
    why = ""
    for fetched.restarts in range(RESTARTS + 1):
        try:
            with _Rows(folder / name) as rows:
                yield from _reading_once(fetched, rows, budget)
        except _Moved as moved:
            why = str(moved)
        else:
            return fetched
    raise BadPages(
        f"{window.name}: asked {RESTARTS + 1} times, and each time {why}. Its figures change while they are read: "
        "pull again at a quieter hour, or give the report fewer dimensions."
    )


def _reading_once(fetched: Fetched, rows: "_Rows", budget: Budget) -> Generator[Any, Any, None]:
    waiting, read = deque(parts(fetched.window)), list[_Part]()
    while waiting:
        part = _Part(waiting.popleft(), rows)
        while not part.is_complete:
            offset = max(part.rows - 1, 0)
            part.add((yield report_request(part.window, offset, LARGEST_PAGE)), fetched, budget)
            if part.is_too_large:
                waiting.extendleft(reversed(part.window.halves()))
                break
        else:
            read.append(part)
    counted = sum(part.row_count for part in read)
    different = len(np.unique(np.concatenate([keys for part in read for keys in part.keys])))
    if different != counted:
        raise _Moved(f"{counted} rows were announced and {different} different ones came")
    fetched.row_count = counted
    fetched.rows, fetched.rows_path = rows.n, rows.path if rows.n else None
    fetched.scrubbed = sum(part.scrubbed for part in read)
    fetched.quality = worst([part.said for part in read])
    fetched.totals = added(part.totals for part in read)


class _Part:
    """What one request after another tells of a window, or of as much of it as a request can ask for.

    Attributes:
        row_count: rows by Google's count; -1 before the first answer. rows: rows that came, each counted once.
        is_too_large: several date ranges that do not fit on one page; nothing of it was kept.
    """

    def __init__(self, window: Window, file: "_Rows") -> None:
        self.window = window
        self.row_count = -1
        self.rows = 0
        self.scrubbed = 0
        self.said = Quality()
        self.totals: dict[str, list[str]] = {}
        self.keys: list[np.ndarray] = []
        self.is_too_large = False
        self._file = file
        self._last = b""

    @property
    def is_complete(self) -> bool:
        """Whether all rows came."""
        return self.rows == self.row_count

    def add(self, response: Any, fetched: Fetched, budget: Budget) -> None:
        """Take one page. Raises _Moved where it does not fit the pages before."""
        fetched.requests += 1
        fetched.tokens += budget.spent(self.window, response.property_quota)
        said = quality(response.metadata)
        if self.row_count < 0:
            self.row_count, self.said, self.totals = response.row_count, said, totals(response)
            ranges = len(self.window.periods) if self.window.grain == "rolling_28_days" else 1
            self.is_too_large = ranges > 1 and self.row_count > len(response.rows)
            if self.is_too_large:
                return
        else:
            self._check_fit(response, said)
            self.said = worst([self.said, replace(said, samples_read_count=None, sampling_space_size=None)])
        page = read_page(response, self.window, skip=1 if self.rows else 0)
        if not len(page.keys) and self.row_count:
            raise _Moved("a page came back empty before the last row")
        self.rows += len(page.keys)
        if self.rows > self.row_count:
            raise _Moved("more rows came than were announced")
        self.keys.append(page.keys)
        self.scrubbed += page.scrubbed
        self._last = page.last
        self._file.write(page.table)

    def _check_fit(self, response: Any, said: Quality) -> None:
        if response.row_count != self.row_count:
            raise _Moved("the count of rows changed from one page to the next")
        if first_row(response) != self._last:
            raise _Moved("rows moved from one page to the next")
        if (said.currency, said.time_zone) != (self.said.currency, self.said.time_zone):
            raise _Moved("the currency or time zone of the property changed from one page to the next")


class _Rows:
    """A Parquet file that grows page by page, and goes away when the window is not complete."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.n = 0
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> "_Rows":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()
        if kind is not None:
            self.path.unlink(missing_ok=True)

    def write(self, table: pa.Table) -> None:
        """Add a page; its types have to be those of the pages before."""
        if not table.num_rows:
            return
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, table.schema, compression="zstd")
        if table.schema != self._writer.schema:
            raise _Moved("the types of its metrics changed from one page to the next")
        self._writer.write_table(table)
        self.n += table.num_rows
