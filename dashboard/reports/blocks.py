"""The blocks of a report, ready to be set: what needs the reader, numbers with their ranges, what changed."""

from dataclasses import dataclass, replace

import polars as pl

from dashboard.charts.colours import Role
from dashboard.kpi import Reading
from dashboard.reports.paper import Lines, Run
from dashboard.reports.places import Axis, Place

LONGEST = 300
"""Letters of what somebody wrote, before the appendix."""


@dataclass(frozen=True)
class Need:
    """What needs the reader, and whose it is."""

    title: Lines
    facts: Lines
    owner: Lines


@dataclass(frozen=True)
class Row:
    """A number: what it is, its figure, what that rests on, whether it moved; `history` as its card draws it."""

    reading: Reading
    label: str
    figure: str
    basis: Lines
    moved: Lines
    goal: str
    spoken: str
    role: Role
    place: Place | None
    history: pl.DataFrame


@dataclass(frozen=True)
class Numbers:
    """Numbers under one heading. `note` is said once for all of them."""

    heading: str
    rows: list[Row]
    note: str


@dataclass(frozen=True)
class Part:
    """A number in one channel."""

    label: str
    figure: str
    between: str
    usually: str
    rests_on: str
    role: Role
    place: Place


@dataclass(frozen=True)
class Changed:
    """What changed, and the number that changed most in every channel."""

    sentences: list[Lines]
    label: str
    parts: list[Part]
    axis: Axis
    frame: pl.DataFrame


@dataclass(frozen=True)
class Marked:
    """A line with the colour of what it says, and whose it is."""

    role: Role
    says: Lines
    owner: Lines

    @property
    def is_long(self) -> bool:
        """It is cut where it stands among others, and whole in the appendix."""
        return sum(len(run["text"]) for line in self.says for run in line) > LONGEST

    def shortened(self) -> "Marked":
        """At most `LONGEST` letters of it."""
        left, cut = LONGEST, list[list[Run]]()
        for line in self.says:
            cut.append([])
            for run in line:
                said = run["text"]
                cut[-1].append(
                    {**run, "text": said if len(said) <= left else f"{said[: max(0, left)].rstrip()}…"}
                )
                left -= len(said)
                if left < 0:
                    return replace(self, says=cut)
        return self


def told(found: list[Marked], most: int) -> tuple[list[Marked], list[Marked]]:
    """The first few, none of them long; and what the appendix holds: the rest, and whole what was cut."""
    first, rest = found[:most], found[most:]
    return [one.shortened() for one in first], [*(one for one in first if one.is_long), *rest]
