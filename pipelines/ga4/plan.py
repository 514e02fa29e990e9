"""Which windows a pull asks for: what was never had, and what may still move. The newest come first."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from pipelines.ga4.ledger import Ledger, Said
from pipelines.ga4.periods import Window, periods, settles_on, today, windows
from pipelines.ga4.reports import Grain, Report
from pipelines.store import Store, StoreError

ASKED_ANEW_AFTER = timedelta(hours=1)
"""What was asked less than this ago is not asked again: an interrupted pull goes on where it stood."""

BACKFILL_MONTHS = 14
FIRST_DAY = date(2015, 9, 1)
"""Google Analytics refuses days before 14 August 2015: the first whole month, with its first week."""

Settling = Mapping[tuple[str, Grain], int]


def plan(
    ledger: Ledger,
    reports: Iterable[Report],
    property_id: str,
    at: datetime,
    zone: str,
    settling: Settling,
    since: date | None = None,
    until: date | None = None,
    anew: bool = False,
) -> list[Window]:
    """The windows to ask a property for at `at` (naive UTC), newest first.

    Asked for is what was never had, what may still move, and money in a currency that the property no longer has; and
    once more, late, what should stand still, so that a slow creep is seen.

    Args:
        zone: of the property, so that its own day is today. settling: (report, grain) -> days, as measured; where the
            report says more, that counts.
        since, until: the first and the last day to have. anew: settled periods between them are asked again, too.
    """
    day = today(zone, at)
    since, until = max(since or months_before(day, BACKFILL_MONTHS), FIRST_DAY), until or date.max
    found: list[tuple[int, int, Window]] = []
    for number, report in enumerate(reports):
        for grain in report.grains:
            said = ledger.said(property_id, report, grain)
            days = max(report.settling_days, settling.get((report.name, grain), 0))
            wanted = {p for p in periods(grain, since, until, day) if p.starts_on not in said}
            wanted |= {
                known.period
                for known in said.values()
                if at - known.pulled_at >= ASKED_ANEW_AFTER
                and (
                    known.period.ends_on >= since and known.period.starts_on <= until
                    if anew
                    else known.asked_on <= settles_on(grain, known.period, days)
                    or _is_due_late(known, grain, days, day)
                    or (report.has_money and known.currency not in (None, ledger.currency(property_id)))
                )
            }
            found += [
                (-window.last_on.toordinal(), number, window)
                for window in windows(report, property_id, grain, wanted, day)
            ]
    return [window for _, _, window in sorted(found, key=lambda each: each[:2])]


def _is_due_late(known: Said, grain: Grain, days: int, day: date) -> bool:
    """Whether twice the settling days are over and the last look, at least those days ago, came before that."""
    late_on = settles_on(grain, known.period, 2 * days)
    return known.asked_on <= late_on < day and day - known.asked_on >= timedelta(days=days)


def months_before(day: date, months: int) -> date:
    """The first day of the month that many months before."""
    months_since_zero = day.year * 12 + day.month - 1 - months
    return date(months_since_zero // 12, months_since_zero % 12 + 1, 1)


def measured_settling(store: Store) -> Settling:
    """(report, grain) -> days after which its figures stay as they are, as the published build has it.

    Measured from our own pulls, or put off because figures moved after the days that the report declares.
    """
    try:
        build = store.current()
    except StoreError:
        return {}
    if build is None:
        return {}
    try:
        known = build.query("select 1 from information_schema.tables where table_name = 'settled_after'")
        if known.is_empty():
            return {}
        found = build.query(
            "select report, grain, max(settled_after_days) from settled_after "
            "where settled_after_days is not null group by report, grain"
        )
        return {(report, grain): int(days) for report, grain, days in found.iter_rows()}
    finally:
        build.close()
