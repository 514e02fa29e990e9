"""The things that are written down, and what may not be written."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

import polars as pl

CareClass = Literal["owed", "extra"]
OPEN = ("planned", "taken", "not_reached")
CLOSED = ("done", "wrong_address", "never_again", "cancelled")
STATES = (*OPEN, *CLOSED)
CHOICES = ("keep going", "widen", "change", "stop", "wait")
KINDNESSES = (
    "A card",
    "Flowers",
    "A call",
    "Something in the parcel",
    "A small gift",
    "A refund without being asked",
)
"""Kinds of kindness that are counted by name; whatever else somebody writes is free text and stays in the journal."""
ARMS = ("treated", "control")
DRAWN_ROWS = {
    "customer_key": pl.String,
    "arm": pl.String,
    "stratum": pl.String,
    "probability": pl.Float64,
    "reason": pl.String,
}


class JournalError(Exception):
    """What was to be written does not fit what stands; the message says why and what to do."""


class ActChanged(JournalError):
    """Somebody else changed the act first; nothing was written.

    Attributes:
        by: who. at: when, naive UTC. state: what it is now. version: the version to change next.
    """

    def __init__(self, by: str, at: datetime, state: str, version: int) -> None:
        super().__init__(
            f"{by} changed this act at {at:%H:%M} UTC: it is {state.replace('_', ' ')} now. Look again, then decide."
        )
        self.by, self.at, self.state, self.version = by, at, state, version


class PlanChanged(JournalError):
    """Somebody rewrote the plan after people were drawn for it; nothing was written."""

    def __init__(self, initiative_id: str) -> None:
        super().__init__(
            f"The plan of {initiative_id!r} was rewritten after this lot was proposed, so nothing was drawn. Read it "
            "again, then draw."
        )


@dataclass(frozen=True)
class Budget:
    """What may be spent on kindness: an amount in a currency for everything since a moment (naive UTC)."""

    amount: float
    currency: str
    since: datetime


@dataclass(frozen=True)
class Plan:
    """What we are going to try, written before it starts; unchangeable once people were drawn for it.

    Attributes:
        occasion: which of `queries/occasions` it serves. tactic: the kind of act, such as "handwritten card".
        outcome: what it is judged by. smallest_effect: the rise of a share worth having (0.03 = 3 in 100).
        capacity_a_week: how many acts the team can do. wait_share: who waits where capacity covers everybody.
        looks: the dates on which the result is looked at. finding: the page and sentence it came from.
    """

    initiative_id: str
    name: str
    hypothesis: str
    occasion: str | None
    tactic: str
    care_class: CareClass
    horizon_days: int
    smallest_effect: float
    capacity_a_week: int
    owner: str
    starts_on: date
    outcome: str = "purchase_within_horizon"
    wait_share: float = 0.2
    cost_each: float | None = None
    currency: str | None = None
    looks: tuple[date, ...] = ()
    written_at: datetime | None = None
    finding: str | None = None

    def __post_init__(self) -> None:
        wrong = [
            ("an initiative_id", self.initiative_id.strip(), self.initiative_id),
            ("a name", self.name.strip(), self.name),
            ("a care_class of owed or extra", self.care_class in ("owed", "extra"), self.care_class),
            ("a horizon of 1 to 3650 days", 1 <= self.horizon_days <= 3650, self.horizon_days),
            ("a smallest effect from 0 to 1", 0 <= self.smallest_effect <= 1, self.smallest_effect),
            ("a capacity of 1 or more a week", self.capacity_a_week >= 1, self.capacity_a_week),
            ("a share that waits from 0 to below 1", 0 <= self.wait_share < 1, self.wait_share),
            ("a cost of 0 or more", self.cost_each is None or self.cost_each >= 0, self.cost_each),
        ]
        for expected, is_well, found in wrong:
            if not is_well:
                raise JournalError(f"A plan needs {expected}, found {found!r}.")


@dataclass(frozen=True)
class Act:
    """One act of care that is to be done; `since_on` is the day of what it answers."""

    act_id: str
    occasion: str
    customer_key: str
    kind: str
    reason: str
    due_on: date
    care_class: CareClass = "extra"
    since_on: date | None = None
    initiative_id: str | None = None
    draw_id: str | None = None


@dataclass(frozen=True)
class Draw:
    """One lot: who was drawn and who was not, and with which odds.

    Attributes:
        period: what the list is for, such as `2026-W47`; an initiative is drawn for once in each.
        rows: customer_key, arm (`treated`, `control`), stratum, probability, reason (why she was eligible).
        acts: the planned acts of those drawn, written in the same transaction.
    """

    draw_id: str
    initiative_id: str
    period: str
    seed: int
    drawn_at: datetime
    build_id: str
    capacity: int
    by: str
    rows: pl.DataFrame
    acts: tuple[Act, ...] = field(default=(), compare=False)


ACT_ID = "^A[0-9A-F]{15}$"
"""What every number of `act_id_of` looks like."""


def act_id_of(*facts: object) -> str:
    """A short name that is the same for the same facts, so that an act is planned once."""
    return "A" + hashlib.sha256("|".join(map(str, facts)).encode()).hexdigest()[:15].upper()
