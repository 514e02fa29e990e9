"""What happened: campaigns, outages, holidays. Told in a few words, drawn on the charts of their time and group.

Unlike notes they are landed and published: the words are a label for everybody, short, and without what tells who
somebody is, as at the door.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

import polars as pl

from pipelines.door.scrub import scrub
from pipelines.journal.rows import day
from pipelines.journal.things import Thing, Things, insist
from pipelines.sources.careful import EVENT_KINDS, LONGEST_LABEL
from pipelines.store import Store


@dataclass(frozen=True, kw_only=True)
class Event(Thing):
    """Something that happened.

    Attributes:
        until_on: its last day; None is one day. dimension, member: to whom; None is everybody.
        kpi: the one number whose charts tell of it; None is every number.
    """

    kind: str
    says: str
    from_on: date
    until_on: date | None = None
    dimension: str | None = None
    member: str | None = None
    kpi: str | None = None

    def checked(self) -> Self:
        """With its words as they may be shown.

        Raises:
            JournalError: no such kind, no words or too many, a last day before the first, a dimension without a member.
        """
        said = " ".join(self.says.split())
        insist(
            "An event",
            (f"one of {', '.join(EVENT_KINDS)}", self.kind in EVENT_KINDS, self.kind),
            ("a few words", bool(said), said),
            (f"at most {LONGEST_LABEL} letters", len(said) <= LONGEST_LABEL, len(said)),
            (
                f"a last day from {self.from_on} on",
                (self.until_on or self.from_on) >= self.from_on,
                self.until_on,
            ),
            ("a dimension with its member", bool(self.dimension) == bool(self.member), self.member),
        )
        clean, _ = scrub(pl.Series([said]))
        return replace(self, says=clean[0], until_on=None if self.until_on == self.from_on else self.until_on)


def events(store: Store) -> Things[Event]:
    """What was written down that happened to a company."""
    return Things(store, "event", "journal-E", _read)


def _read(facts: dict[str, Any]) -> Event:
    return Event(**{**facts, "from_on": day(facts["from_on"]), "until_on": day(facts["until_on"])})
