"""Goals that are set, changed and taken back: every version is a target that counts from a day on.

A goal that a list told of may be changed here too: its first version here carries the list's goal_id.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from pipelines.journal.rows import day
from pipelines.journal.things import Thing, Things, insist
from pipelines.store import Store

LONGEST_OWNER = 40


@dataclass(frozen=True, kw_only=True)
class Aim(Thing):
    """Where a number should be.

    Attributes:
        target_share: from -1 to 1. from_on: the day from which this target counts, or from which the goal counts no
            more. owner: a role or a team. dimension, member: of whom; None is everybody.
    """

    kpi: str
    target_share: float
    due_on: date
    from_on: date
    owner: str
    dimension: str | None = None
    member: str | None = None

    def checked(self) -> Self:
        """As it is.

        Raises:
            JournalError: no number, a share that can not be, a due day before the first, no owner, half a group.
        """
        insist(
            "A goal",
            ("a number", bool(self.kpi.strip()), self.kpi),
            ("a share from -1 to 1", -1 <= self.target_share <= 1, self.target_share),
            (
                f"a due day from {self.from_on} on",
                self.is_dropped or self.due_on >= self.from_on,
                self.due_on,
            ),
            (
                f"an owner of at most {LONGEST_OWNER} letters",
                0 < len(self.owner.strip()) <= LONGEST_OWNER,
                self.owner,
            ),
            ("a dimension with its member", bool(self.dimension) == bool(self.member), self.member),
        )
        return self


def goals(store: Store) -> Things[Aim]:
    """The goals that were set in a company's journal."""
    return Things(store, "goal", "journal-G", _read)


def _read(facts: dict[str, Any]) -> Aim:
    return Aim(**{**facts, "due_on": day(facts["due_on"]), "from_on": day(facts["from_on"])})
