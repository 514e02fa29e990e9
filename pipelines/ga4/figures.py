"""What a column of a query holds of Google Analytics: a figure, or what guides to the figures beside it.

A figure is *loose* in rows whose metric is not known to add up, *mixed* in rows whose grain is not known to be one, and
*several* in rows that may be of more than one report. The rows of each table are numbered anew wherever it is read: a
condition on a column frees the figures of the same rows, and no others.
"""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Rows = frozenset[int]
Role = Literal["metric", "adds up", "grain", "period", "report", "share"]

NONE: Rows = frozenset()
NEVER: Rows = frozenset((0,))
"""The rows of a figure that no condition frees."""

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Figure:
    """What a value is made of; `origin` says it in words."""

    origin: str
    loose: Rows = NONE
    mixed: Rows = NONE
    several: Rows = NONE

    def __add__(self, other: "Figure") -> "Figure":
        worse = other if other.loose and not self.loose else self
        return Figure(
            worse.origin, self.loose | other.loose, self.mixed | other.mixed, self.several | other.several
        )


@dataclass(frozen=True)
class Guide:
    """What a condition can free the figures of its rows by; `names` are the metrics that add up."""

    role: Role
    rows: Rows
    names: frozenset[str] = frozenset()


Mark = Figure | Guide


def together(marks: Iterable[Mark | None]) -> Figure | None:
    """What a value that is made of all these is made of."""
    found: Figure | None = None
    for mark in marks:
        if isinstance(mark, Figure):
            found = found + mark if found else mark
    return found


@dataclass(frozen=True)
class Known:
    """What conditions say of rows: the metric adds up, grain and report are one, the periods lie apart."""

    adds_up: Rows = NONE
    one_grain: Rows = NONE
    apart: Rows = NONE
    one_report: Rows = NONE

    def __or__(self, other: "Known") -> "Known":
        return Known(*(mine | theirs for mine, theirs in zip(self._all(), other._all(), strict=True)))

    def __and__(self, other: "Known") -> "Known":
        return Known(*(mine & theirs for mine, theirs in zip(self._all(), other._all(), strict=True)))

    def _all(self) -> tuple[Rows, ...]:
        return self.adds_up, self.one_grain, self.apart, self.one_report

    def of(self, mark: Mark) -> Mark:
        """A mark, in the rows that are left."""
        if isinstance(mark, Guide):
            return mark
        return replace(
            mark,
            loose=mark.loose - self.adds_up,
            mixed=mark.mixed - self.apart,
            several=mark.several - self.one_report,
        )


@dataclass(frozen=True)
class Relation:
    """The marked columns of a table, all of its columns in order where they are known, and what any other one holds."""

    marks: Mapping[str, Mark] = field(default_factory=dict)
    names: tuple[str, ...] | None = None
    rest: Figure | None = None

    def get(self, name: str) -> Mark | None:
        """What a column holds."""
        return self.marks.get(name, self.rest)

    def figure(self) -> Figure | None:
        """All its figures together."""
        return together([*self.marks.values(), self.rest])

    def anew(self) -> "Relation":
        """The same, read once more, with rows of its own."""
        number = {row: row for row in NEVER}

        def rows(of: Rows) -> Rows:
            return frozenset(number.setdefault(row, next(_numbers)) for row in of)

        def figure(of: Figure) -> Figure:
            return replace(of, loose=rows(of.loose), mixed=rows(of.mixed), several=rows(of.several))

        marks: dict[str, Mark] = {
            name: figure(mark) if isinstance(mark, Figure) else replace(mark, rows=rows(mark.rows))
            for name, mark in self.marks.items()
        }
        return Relation(marks, self.names, figure(self.rest) if self.rest else None)

    def renamed(self, names: Iterable[str]) -> "Relation":
        """With other names, by their place; whatever has no known place is taken for a figure."""
        names = tuple(names)
        if self.names is None or len(names) > len(self.names):
            return Relation({}, None, self.figure())
        new = dict(zip(self.names, names, strict=False))
        marks = {new.get(name, name): mark for name, mark in self.marks.items()}
        return Relation(marks, tuple(new.get(name, name) for name in self.names), self.rest)


def stacked(first: Relation, second: Relation, *, by_name: bool = False) -> Relation:
    """One relation on top of the other, column by column."""
    if not by_name and second.names is not None and first.names is not None:
        second = second.renamed(first.names[: len(second.names)])
    elif not by_name and (first.figure() or second.figure()):
        return Relation({}, None, together([first.figure(), second.figure()]))
    marks: dict[str, Mark] = {}
    for name in first.marks.keys() | second.marks.keys():
        pair = [mark for side in (first, second) if (mark := side.get(name))]
        guides = [mark for mark in pair if isinstance(mark, Guide)]
        if found := together(pair):
            marks[name] = found
        elif guides:
            both = frozenset.union(*(guide.rows for guide in guides))
            marks[name] = replace(
                guides[0], rows=both, names=frozenset.intersection(*(g.names for g in guides))
            )
    return Relation(marks, first.names, together([first.rest, second.rest]))
