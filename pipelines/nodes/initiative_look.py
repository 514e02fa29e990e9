"""When an initiative is judged: on days fixed beforehand; between them the last look stands.

A build is made every day. Judged anew each time, what does nothing "works" sooner or later by chance. So those are
judged whose horizon had passed by the last look, whoever came since, and each look has its share of the error
(`impact.judge`). Initiatives judged in the same quarter allow for each other. When the quarter of the last look
planned is over, the answer is frozen for good.

Where no days were written down there is one look: on the day after the horizon of the last who started has passed.
What is corrected later in the data of those people (an order cancelled, two records merged) is taken over.

Source: Jennison and Turnbull (2000), Group Sequential Methods, chapter 2 (why repeated looks need a smaller error).
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from pipelines.measures import impact
from pipelines.nodes.initiative_found import Check, Row


@dataclass(frozen=True)
class Looks:
    """The days of an initiative.

    Attributes:
        planned: how many looks share the error. judged_on: the last look that has passed, None before the first.
        next_on: the first that has not passed, None after the last.
    """

    planned: int
    judged_on: date | None
    next_on: date | None

    @property
    def facts(self) -> Row:
        """Columns of `initiative_effect`."""
        return {"looks": self.planned, "judged_on": self.judged_on, "next_look_on": self.next_on}

    @property
    def waits(self) -> date | None:
        """The first look, where it is still to come."""
        return self.next_on if self.judged_on is None else None


def looks_of(plan: Row, last_ends_on: date | None, unknown_from: date | None = None) -> Looks:
    """Which look has passed.

    Args:
        plan: with `looks_on` (`2026-05-04;2026-08-02`, or null) and `looked_on`, the day of the build.
        last_ends_on: the last day of the horizon of the last who started: the one look where none was fixed.
        unknown_from: the first day of which not everything is known yet, if any before today: a look after it waits
            until the late data have come, as else it would be taken twice.
    """
    days = fixed_days(plan)
    if not days and last_ends_on is not None:
        days = [last_ends_on + timedelta(days=1)]
    through = plan["looked_on"] if unknown_from is None else min(plan["looked_on"], unknown_from)
    passed = [day for day in days if day <= through]
    ahead = [day for day in days if day > through]
    return Looks(max(1, len(days)), passed[-1] if passed else None, ahead[0] if ahead else None)


def looks_at(plan: Row, people: pl.DataFrame) -> Looks:
    """The looks at people (or incidents) with `ends_on` and `is_observed`."""
    last = people["ends_on"].max()
    unknown = people.filter(~pl.col("is_observed"))["ends_on"].min()
    return looks_of(
        plan,
        last if isinstance(last, date) else None,
        unknown if isinstance(unknown, date) else None,
    )


def as_judged(people: pl.DataFrame, looks: Looks) -> pl.DataFrame:
    """The people, `is_observed` only where the horizon had passed by the last look; before the first as they are."""
    if looks.judged_on is None:
        return people
    return people.with_columns(pl.col("is_observed") & (pl.col("ends_on") < looks.judged_on))


def month_looks(plan: Row, last_started_on: date | None, known_months: Sequence[date] = ()) -> Looks:
    """The looks at what is counted by whole months: those before the month of the look are judged.

    Args:
        last_started_on: of everybody who got it. known_months: those whose data are complete, if not all before today.
    """
    last = last_started_on + timedelta(days=plan["horizon_days"]) if last_started_on else None
    following = known_months[-1] + timedelta(days=62) if known_months else None
    return looks_of(plan, last, following.replace(day=1) - timedelta(days=1) if following else None)


def told_when(looks: Looks) -> Check:
    """When it was judged, and when next: a sentence."""
    if looks.judged_on is None:
        return Check("looks", None, "It has not been judged yet.", float(looks.planned))
    error = 100 * (1 - impact.look_level(looks.planned))
    share = f" Each of the {looks.planned} looks may err {error:.1f} times in 100."
    ahead = f"next look {looks.next_on}." if looks.next_on else "the last look that was planned."
    says = f"Judged at the look of {looks.judged_on}; {ahead}{share if looks.planned > 1 else ''}"
    return Check("looks", True, f"{says} In between nothing is judged.", float(looks.planned))


def fixed_days(plan: Row) -> list[date]:
    """The days of `looks_on`, in order, each once; what is no day is left out."""
    days = set()
    for part in (plan.get("looks_on") or "").split(";"):
        with contextlib.suppress(ValueError):
            days.add(date.fromisoformat(part.strip()))
    return sorted(days)
