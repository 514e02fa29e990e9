"""Audience exports: who is in an audience, asked for once a day, made by Google in its own time, read page by page.

Members are people. They are written to the inbox as a file and come in by the same door as any other: identifiers go to
the vault and become tokens, and are nobody's records.
"""

import csv
import json
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from google.analytics.data_v1beta import types

from pipelines.ga4.client import Client
from pipelines.ga4.errors import BadPages, BadReport, GA4Error, Transient
from pipelines.ga4.tables import PULLS
from pipelines.settings import Settings
from pipelines.store import Store, write_atomically

PAGE_ROWS = 250_000
"""The most members that Google gives at once."""
DIMENSIONS = ("userId", "deviceId")
HEADER = ("property", "audience", "snapshot_at", "member_number", *DIMENSIONS)
FRESH = timedelta(hours=24)
"""An export is not asked for again before it is as old: membership changes once a day."""
EXPIRES = timedelta(hours=72)
MOST_SECONDS = 20 * 60
"""Exports take about a quarter of an hour; what is not there by then is read by the next pull."""
MOST_FAILURES = 2
"""Server errors are few in an hour, and reports need them too."""
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
_DAYS_OF_NAMES = 28
_KEPT = 1000
WORK = ".work"
_State = types.AudienceExport.State


@dataclass
class AudiencePull:
    """What one visit did.

    Attributes:
        files: written to the inbox. members: audience -> how many. pending: audiences whose export is still being made.
        problems: `report`, which says which audience, and `says`. tokens: what creating exports cost.
    """

    property_id: str
    files: list[Path] = field(default_factory=list)
    members: dict[str, int] = field(default_factory=dict)
    pending: list[str] = field(default_factory=list)
    problems: list[dict[str, str]] = field(default_factory=list)
    tokens: int = 0

    def failed(self, audience: str, says: object) -> None:
        """Keep why an audience was not had."""
        self.problems.append({"report": f"audience {audience}", "says": str(says)})


def pull_audiences(
    client: Client,
    property_id: str,
    settings: Settings,
    pulled_at: datetime,
    *,
    most_seconds: float = MOST_SECONDS,
    page_rows: int = PAGE_ROWS,
    wait: Callable[[float], None] = time.sleep,
) -> AudiencePull:
    """Put the members of the settings' audiences into the inbox, one file an audience; never raises a `GA4Error`.

    An export of the last 24 hours is used, whoever asked for it, else a new one is made and waited for. What is not
    ready after `most_seconds` is left to the next pull, and an earlier export that nobody read and that has not expired
    is read in its place. What goes wrong with one audience is kept in `problems`; what goes wrong with all of them (a
    quota, access, the settings) ends the visit.

    Args:
        pulled_at: the clock, naive UTC; also when the files arrive.
        wait: lets so many seconds pass.
    """
    done = AudiencePull(property_id)
    wanted = settings.ga4.audiences if settings.ga4 else ()
    if not wanted:
        return done
    for begun in settings.inbox.glob(f".ga4-audience-{property_id}-*{WORK}"):
        begun.unlink()  # by a run that was killed
    ledger = _Ledger(Store(settings.store), property_id)
    try:
        made = [
            export for export in client.list_audience_exports(property_id) if _is_usable(export, pulled_at)
        ]
        exports = _begin(client, property_id, wanted, made, pulled_at, done)
        unread = {name: export for name, export in exports.items() if not ledger.has_read(export)}
        ready = _wait_for(client, property_id, unread, done, most_seconds, wait)
        for name in unread.keys() - ready.keys():
            earlier = [
                each for each in made if each.audience_display_name == name and each.state == _State.ACTIVE
            ]
            if earlier and not ledger.has_read(newest := max(earlier, key=_begun_at)):
                ready[name] = newest
    except GA4Error as error:
        done.failed(", ".join(wanted), error)
        return done
    for name, export in sorted(ready.items()):
        try:
            path = _write(client, property_id, name, export, settings.inbox, pulled_at, page_rows)
        except GA4Error as error:
            done.failed(name, error)
            continue
        ledger.keep(export)
        done.files.append(path)
        done.members[name] = int(export.row_count)
    return done


class _Ledger:
    """Which exports were read: each is read once."""

    def __init__(self, store: Store, property_id: str) -> None:
        self._path = store.landing / PULLS / f"audiences-{property_id}.json"
        self._read: list[str] = json.loads(self._path.read_text("utf-8")) if self._path.is_file() else []

    def has_read(self, export: Any) -> bool:
        return export.name in self._read

    def keep(self, export: Any) -> None:
        self._read = [*self._read, export.name][-_KEPT:]
        write_atomically(self._path, json.dumps(self._read))


def _is_usable(export: Any, pulled_at: datetime) -> bool:
    """Whether an export can still be read, and holds what we ask for."""
    dimensions = {each.dimension_name for each in export.dimensions}
    has_expired = pulled_at - _begun_at(export) >= EXPIRES
    return dimensions >= set(DIMENSIONS) and export.state != _State.FAILED and not has_expired


def _begin(
    client: Client,
    property_id: str,
    wanted: Iterable[str],
    made: list[Any],
    pulled_at: datetime,
    done: AudiencePull,
) -> dict[str, Any]:
    """Audience -> its export of the last 24 hours, else one that is made from now on."""
    fresh = sorted((each for each in made if pulled_at - _begun_at(each) < FRESH), key=_begun_at)
    exports = {each.audience_display_name: each for each in fresh if each.audience_display_name in wanted}
    missing = [name for name in wanted if name not in exports]
    numbers = {each.audience_display_name: each.audience for each in made}
    if set(missing) - numbers.keys():
        numbers |= _audiences(client, property_id)
    for name in missing:
        if name not in numbers:
            known = ", ".join(sorted(numbers)) or "none"
            done.failed(
                name,
                f"The property {property_id} has no audience {name!r} with users in the last {_DAYS_OF_NAMES} days "
                f"(it has: {known}). Names are those under Admin, Audiences; change audiences under [sources.ga4].",
            )
            continue
        try:
            exports[name] = client.create_audience_export(property_id, numbers[name], DIMENSIONS)
        except BadReport as error:
            done.failed(name, error)
            continue
        done.tokens += int(exports[name].creation_quota_tokens_charged)
    return exports


def _audiences(client: Client, property_id: str) -> dict[str, str]:
    """Name -> resource name, of all audiences that anybody is in. The Data API tells them only as dimensions."""
    request = types.RunReportRequest.pb()(
        property=f"properties/{property_id}",
        dimensions=[{"name": "audienceName"}, {"name": "audienceId"}],
        metrics=[{"name": "activeUsers"}],
        date_ranges=[{"start_date": f"{_DAYS_OF_NAMES}daysAgo", "end_date": "today"}],
        order_bys=[{"dimension": {"dimension_name": "audienceId"}}],
        limit=PAGE_ROWS,
    )
    (answer,) = client.run_reports(property_id, [request])
    told = [[value.value for value in row.dimension_values] for row in answer.rows]
    return {name: f"properties/{property_id}/audiences/{number}" for name, number in told if number.isdigit()}


def _wait_for(
    client: Client,
    property_id: str,
    exports: dict[str, Any],
    done: AudiencePull,
    most_seconds: float,
    wait: Callable[[float], None],
) -> dict[str, Any]:
    """The exports that are ready within `most_seconds`; what failed or takes longer is kept in `done`."""
    pending, ready = dict(exports), {}
    failures = 0
    waited, pause = 0.0, _FIRST_WAIT
    while pending:
        for name, export in list(pending.items()):
            try:
                if export.state != _State.ACTIVE:
                    export = client.get_audience_export(property_id, export.name)  # noqa: PLW2901
            except Transient:
                failures += 1
                if failures > MOST_FAILURES:
                    raise
            if export.state == _State.ACTIVE:
                ready[name] = export
                del pending[name]
            elif export.state == _State.FAILED:
                says = export.error_message or "Google does not say why."
                done.failed(name, f"Google could not make the export; the next pull asks again. {says}")
                del pending[name]
        if not pending or waited + pause > most_seconds:
            break
        wait(pause)
        waited += pause
        pause = min(2 * pause, _LONGEST_WAIT)
    done.pending = sorted(pending)
    return ready


def _write(
    client: Client,
    property_id: str,
    name: str,
    export: Any,
    inbox: Path,
    pulled_at: datetime,
    page_rows: int,
) -> Path:
    """All members of an export as a file in the inbox, put there by one rename.

    Member number 0 is the export itself, so that an audience that nobody is in any more is told too.

    Raises:
        GA4Error: a page can not be had. BadPages: the pages are not all members.
    """
    snapshot_at = min(_begun_at(export), pulled_at)
    export_id = export.name.rpartition("/")[2]
    path = inbox / f"ga4-audience-{property_id}-{export_id}-{snapshot_at:%Y%m%dT%H%M%S}.csv"
    inbox.mkdir(parents=True, exist_ok=True)
    work = path.with_name(f".{path.name}{WORK}")
    work.touch(mode=0o600)
    about = (property_id, name, f"{snapshot_at:%Y-%m-%d %H:%M:%S}")
    try:
        with work.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(HEADER)
            writer.writerow((*about, 0, *[""] * len(DIMENSIONS)))
            members = 0
            while members < export.row_count:
                page = client.query_audience_export(property_id, export.name, members, page_rows)
                if page.row_count != export.row_count or not page.audience_rows:
                    raise BadPages(
                        f"Expected {export.row_count} members, found {members} and then a page of "
                        f"{len(page.audience_rows)} of {page.row_count}. The next pull reads the export again."
                    )
                columns = [each.dimension_name for each in page.audience_export.dimensions]
                places = [columns.index(dimension) for dimension in DIMENSIONS]
                for number, row in enumerate(page.audience_rows, start=members + 1):
                    values = row.dimension_values
                    writer.writerow((*about, number, *(values[place].value for place in places)))
                members += len(page.audience_rows)
    except BaseException:
        work.unlink(missing_ok=True)
        raise
    moment = pulled_at.replace(tzinfo=UTC).timestamp()
    os.utime(work, (moment, moment))
    return work.replace(path)


def _begun_at(export: Any) -> datetime:
    """When Google began to make an export, which is when its members were in the audience: naive UTC."""
    begun: datetime = export.begin_creating_time.ToDatetime()
    return begun
