"""The weeks a reader may look at: closed ones, from the first that has any number."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard import builds, words


@dataclass(frozen=True)
class Week:
    """A closed ISO week in the company's zone."""

    iso_week: str
    starts_on: date
    ends_on: date

    @property
    def name(self) -> str:
        """`Week 46 · 9–15 November 2026`."""
        return f"Week {int(self.iso_week[-2:])} · {words.period(self.starts_on, self.ends_on)}"


def closed() -> list[Week]:
    """Closed weeks, newest first; at least the last one, even where nothing was counted."""
    frame = builds.rows(
        """
        select iso_week, week_starts_on, week_ends_on from dates
        where is_closed
        group by iso_week, week_starts_on, week_ends_on
        having iso_week >= coalesce((select min(iso_week) from kpi_week), max(iso_week))
        order by iso_week desc
        """
    )
    weeks = [Week(*row) for row in frame.iter_rows()]
    if builds.rows("select count(*) as n from kpi_week").item() == 0:
        return weeks[:1]
    return weeks


def named(iso_week: str) -> Week:
    """An ISO week by its name, such as `2026-W46`."""
    monday = date.fromisocalendar(int(iso_week[:4]), int(iso_week[-2:]), 1)
    return Week(iso_week, monday, monday + timedelta(days=6))


def zone() -> str:
    """The company's clock."""
    shown = builds.build()
    return str(shown.manifest["time_zone"]) if shown else "UTC"


def local(moment: datetime) -> datetime:
    """A naive UTC instant of the build, on the company's clock."""
    return moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone())).replace(tzinfo=None)
