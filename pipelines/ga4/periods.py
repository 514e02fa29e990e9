"""Days, weeks, months, 28 days and cohorts: what one row of a report is about, and how many are asked for at once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from pipelines.ga4.reports import Grain, Report

COHORTS = 8
COHORT_WEEKS = 8
"""A cohort is followed this many weeks after its own."""

MOST_PERIODS: dict[Grain, int] = {
    "day": 62,
    "week": 26,
    "month": 12,
    "rolling_28_days": 26,
    "cohort_week": 12,
}
"""The most periods of a window."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Period:
    """Whole days of the property, first and last included."""

    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Window:
    """Consecutive periods of one report, fetched and replaced together.

    `asked_on` is the day it was in the property's zone: nothing is asked of later days, and a period that ends before
    it is complete.
    """

    report: Report
    property_id: str
    grain: Grain
    periods: tuple[Period, ...]
    asked_on: date = date.max

    @property
    def first_on(self) -> date:
        """The first day."""
        return self.periods[0].starts_on

    @property
    def last_on(self) -> date:
        """The last day that is asked for: not after the day of asking, where a period is still going on."""
        return min(self.periods[-1].ends_on, self.asked_on)

    @property
    def name(self) -> str:
        """`visitors day 2026-10-01..2026-10-31`."""
        return f"{self.report.name} {self.grain} {self.first_on}..{self.last_on}"

    def halves(self) -> tuple["Window", ...]:
        """Two windows of half the periods each, or none where one period is left."""
        if len(self.periods) == 1:
            return ()
        middle = len(self.periods) // 2
        return replace(self, periods=self.periods[:middle]), replace(self, periods=self.periods[middle:])

    def is_complete(self, period: Period) -> bool:
        """Whether the period was over when it was asked for."""
        return period.ends_on < self.asked_on


def today(zone: str, at: datetime) -> date:
    """The day it is in a property's zone at a naive UTC time."""
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def ends_at(day: date, zone: str) -> datetime:
    """When a day of a property is over, as naive UTC."""
    midnight = datetime.combine(day + _DAY, datetime.min.time(), ZoneInfo(zone))
    return midnight.astimezone(UTC).replace(tzinfo=None)


def period_of(grain: Grain, day: date) -> Period:
    """The period that a day belongs to; of the rolling ones, the first that ends on or after that day."""
    if grain == "day":
        return Period(day, day)
    if grain == "month":
        first = day.replace(day=1)
        return Period(first, (first + timedelta(days=31)).replace(day=1) - _DAY)
    monday = day - timedelta(days=day.weekday())
    if grain == "week":
        return Period(monday, monday + 6 * _DAY)
    if grain == "rolling_28_days":
        return Period(monday - 21 * _DAY, monday + 6 * _DAY)
    sunday = day - timedelta(days=(day.weekday() + 1) % 7)
    return Period(sunday, sunday + 6 * _DAY)


def periods(grain: Grain, since: date, until: date, today: date) -> list[Period]:
    """The periods that there is something to ask about, oldest first.

    Days, weeks and months have a day from `since` to `until`, and the one of `today` is among them though it is not
    over. Of 28 days, the ends are the Sundays before `today` with all days after `since`. Cohorts are those of the last
    complete weeks, Sunday to Saturday.
    """
    last = min(until, today)
    if grain == "cohort_week":
        since = max(since, period_of(grain, today).starts_on - COHORTS * 7 * _DAY)
    found = []
    day = since
    while day <= last:
        period = period_of(grain, day)
        found.append(period)
        day = period.ends_on + _DAY
    if grain in ("rolling_28_days", "cohort_week"):
        return [p for p in found if since <= p.starts_on and p.ends_on <= until and p.ends_on < today]
    return found


def settles_on(grain: Grain, period: Period, settling_days: int) -> date:
    """The last day on which what is said of a period may still move."""
    followed = COHORT_WEEKS * 7 if grain == "cohort_week" else 0
    return period.ends_on + timedelta(days=followed + settling_days)


def windows(
    report: Report, property_id: str, grain: Grain, wanted: Iterable[Period], today: date
) -> list[Window]:
    """Windows of neighbouring periods, newest first, none with more than `MOST_PERIODS` of its grain."""
    runs: list[list[Period]] = []
    for period in sorted(wanted, reverse=True):
        neighbour = runs and period_of(grain, runs[-1][-1].ends_on - _step(grain, runs[-1][-1])) == period
        if neighbour and len(runs[-1]) < MOST_PERIODS[grain]:
            runs[-1].append(period)
        else:
            runs.append([period])
    return [Window(report, property_id, grain, tuple(reversed(run)), today) for run in runs]


def _step(grain: Grain, period: Period) -> timedelta:
    """How far before a period's end the one before it ends."""
    return 7 * _DAY if grain == "rolling_28_days" else period.ends_on - period.starts_on + _DAY
