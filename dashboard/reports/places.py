"""Where a range lies on an axis, for a report that draws it itself. Places are shares of the axis' width."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor

from dashboard.kpi import Reading


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, of 100."""

    low: int
    high: int

    def at(self, share: float) -> float:
        """Where a share of 1 lies; what is beyond an end lies on it."""
        return round(min(1.0, max(0.0, (share * 100 - self.low) / (self.high - self.low))), 4)

    @property
    def says(self) -> str:
        """`50 to 90 of 100`."""
        return f"{self.low} to {self.high} of 100"


@dataclass(frozen=True)
class Place:
    """A dot with its bar, and a tick at what is usual."""

    low: float
    value: float
    high: float
    usual: float | None = None

    @classmethod
    def on(cls, axis: Axis, low: float, value: float, high: float, usual: float | None = None) -> "Place":
        """The place of shares of 1."""
        return cls(axis.at(low), axis.at(value), axis.at(high), None if usual is None else axis.at(usual))


def axis(readings: Iterable[Reading], others: Sequence[float] = ()) -> Axis:
    """One axis for all of them, its ends at whole tens; all of it where there is nothing to draw."""
    ends = [end for one in readings for end in (one.low, one.high, one.usually) if end is not None]
    ends += others
    if not ends:
        return Axis(0, 100)
    low, high = floor(min(ends) * 10) * 10, ceil(max(ends) * 10) * 10
    return Axis(low, high) if low < high else Axis(max(0, low - 10), min(100, high + 10))


def place(reading: Reading, on: Axis) -> Place | None:
    """Where a number lies; None where too few answered."""
    if reading.value is None or reading.low is None or reading.high is None:
        return None
    return Place.on(on, reading.low, reading.value, reading.high, reading.usually)
