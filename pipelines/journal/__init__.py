"""What people write down: plans, vetoes, draws, acts of care, kindness, decisions, gentle flags, who saw a name."""

from pipelines.journal.book import Journal
from pipelines.journal.records import (
    CHOICES,
    CLOSED,
    KINDNESSES,
    OPEN,
    STATES,
    Act,
    ActChanged,
    Budget,
    Draw,
    JournalError,
    Plan,
    PlanChanged,
    act_id_of,
)

__all__ = (
    "CHOICES",
    "CLOSED",
    "KINDNESSES",
    "OPEN",
    "STATES",
    "Act",
    "ActChanged",
    "Budget",
    "Draw",
    "Journal",
    "JournalError",
    "Plan",
    "PlanChanged",
    "act_id_of",
)
