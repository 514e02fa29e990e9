"""The sample company's calendar: when drops are received, what each can know, how busy a day is.

Times are numpy int64 seconds since 1970: naive local (Zürich) where a function says so, otherwise UTC.
"""

import zlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

ZONE = "Europe/Zurich"
AS_OF = datetime(2026, 11, 16, 5)
FIRST_DROP_ON = date(2026, 9, 21)
WEEKLY_DROPS = 8
DAY = 86_400
HOUR = 3_600
NEVER = 2**62
EVENING_FROM_HOUR = 18
ROTA_WEEK_FROM = date(2026, 11, 9)
CHAT_OPENED_ON = date(2025, 9, 1)

_MONTH_LEVEL = [0.88, 0.86, 0.93, 0.97, 1.0, 0.95, 0.86, 0.9, 1.0, 1.04, 1.15, 1.5]
_WEEKDAY_LEVEL = [1.12, 1.04, 1.0, 1.0, 0.98, 0.92, 0.94]


def epoch(day: date) -> int:
    """Seconds since 1970 of a day's midnight, taking the day as UTC (or as naive local)."""
    return (day - date(1970, 1, 1)).days * DAY


def as_datetimes(seconds: np.ndarray) -> pl.Series:
    """Datetimes of epoch seconds; NEVER becomes null."""
    series = pl.Series(np.where(seconds >= NEVER, 0, seconds) * 1000, dtype=pl.Int64).cast(pl.Datetime("ms"))
    return series.zip_with(
        pl.Series(seconds < NEVER), pl.Series([None], dtype=pl.Datetime("ms")).new_from_index(0, len(series))
    )


def to_utc(local: np.ndarray) -> np.ndarray:
    """UTC of naive Zürich seconds; the hour that spring skips is read as the hour before."""
    series = pl.Series(local * 1000).cast(pl.Datetime("ms"))
    zoned = series.dt.replace_time_zone(ZONE, ambiguous="earliest", non_existent="null").dt.timestamp("ms")
    return zoned.fill_null(pl.Series((local - HOUR) * 1000)).to_numpy() // 1000


def to_local(utc: np.ndarray) -> np.ndarray:
    """Naive Zürich seconds of UTC seconds; NEVER stays NEVER."""
    series = pl.Series(np.where(utc >= NEVER, 0, utc) * 1000).cast(pl.Datetime("ms", "UTC"))
    local = series.dt.convert_time_zone(ZONE).dt.replace_time_zone(None).dt.timestamp("ms").to_numpy() // 1000
    return np.where(utc >= NEVER, NEVER, local)


def text(seconds: np.ndarray, pattern: str) -> pl.Series:
    """Formatted times; null where NEVER."""
    return as_datetimes(seconds).dt.strftime(pattern)


def local_text(utc: np.ndarray, pattern: str) -> pl.Series:
    """UTC seconds written as naive Zürich time; null where NEVER."""
    return text(to_local(utc), pattern)


def offset_text(utc: np.ndarray) -> pl.Series:
    """Shop times such as `2026-08-24 13:18:58 +0200`; null where NEVER."""
    local = to_local(utc)
    hours = np.where(utc >= NEVER, 0, (local - utc) // HOUR)
    return text(local, "%Y-%m-%d %H:%M:%S") + " " + pl.Series(["+0000", "+0100", "+0200"]).gather(hours)


@dataclass(frozen=True)
class Clock:
    """The months covered before the first drop, and the drops.

    >>> Clock(24).opens_on
    datetime.date(2024, 9, 21)
    """

    months: int

    @property
    def opens_on(self) -> date:
        """The first day of the history."""
        years, month = divmod(FIRST_DROP_ON.year * 12 + FIRST_DROP_ON.month - 1 - self.months, 12)
        return date(years, month + 1, FIRST_DROP_ON.day)

    @property
    def drops(self) -> list[date]:
        """The Mondays on which files are received; the first brings the history."""
        return [FIRST_DROP_ON + timedelta(weeks=week) for week in range(WEEKLY_DROPS + 1)]

    @property
    def mondays_before(self) -> list[date]:
        """Every Monday from the opening up to the first drop, which is one itself."""
        weeks = (FIRST_DROP_ON - self.opens_on).days // 7
        return [FIRST_DROP_ON - timedelta(weeks=week) for week in range(weeks, -1, -1)]

    @property
    def cuts(self) -> list[int]:
        """What a drop knows ends at its day's local midnight: UTC seconds, one per drop."""
        return to_utc(np.array([epoch(day) for day in self.drops])).tolist()

    @property
    def days(self) -> np.ndarray:
        """Local midnights of every day from opening to the last cut."""
        return np.arange(epoch(self.opens_on), epoch(self.drops[-1]), DAY)


def busyness(days: np.ndarray, seasonal: bool = True) -> np.ndarray:
    """Relative activity per local midnight: weekday pattern and, if asked, December."""
    dates = [datetime.fromtimestamp(day, UTC) for day in days.tolist()]
    weekday = np.array([_WEEKDAY_LEVEL[day.weekday()] for day in dates])
    if not seasonal:
        return weekday
    position = np.array([day.month - 1 + (day.day - 15) / 30.5 for day in dates])
    return weekday * np.interp(position, np.arange(-1, 13), [_MONTH_LEVEL[m % 12] for m in range(-1, 13)])


def draw(seed: int, purpose: str) -> np.random.Generator:
    """An own stream per purpose, so that a change in one part leaves the others as they were."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])


def weighted_among_first(rng: np.random.Generator, weight: np.ndarray, first: np.ndarray) -> np.ndarray:
    """For each entry k of `first`, one index below k, drawn in proportion to `weight` (0 where k is 0)."""
    total = np.cumsum(weight)
    return np.searchsorted(total, rng.random(len(first)) * total[np.maximum(first, 1) - 1], side="right")


def pick(rng: np.random.Generator, words: list[str], n: int, weights: list[float] | None = None) -> pl.Series:
    """Words drawn with replacement, `n` of them."""
    p = None if weights is None else np.array(weights) / np.sum(weights)
    return pl.Series(words).gather(rng.choice(len(words), n, p=p))
