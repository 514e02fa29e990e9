"""What a lot can show, and by when: said before it is drawn, so that nobody waits for an answer that can not come."""

import math
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from pipelines.care import lot
from pipelines.journal import Draw
from pipelines.measures.impact import smallest_detectable_effect
from pipelines.store import Build

LONGEST_WEEKS = 260
WAIT_SHARE = 0.2
LEAST_KNOWN = 10


@dataclass(frozen=True)
class Initiative:
    """What a list is made for, from the journal's plan or the company's own list of initiatives."""

    initiative_id: str
    name: str
    occasion: str
    care_class: str
    horizon_days: int
    smallest_effect: float
    starts_on: date
    wait_share: float = WAIT_SHARE
    capacity_a_week: int | None = None


@dataclass(frozen=True)
class Outlook:
    """What a lot can show, and by when.

    Attributes:
        n_drawn, n_waiting: of this list. base_share: who would come back anyway, as far as we know.
        smallest: the smallest rise that this list alone would most likely show; infinite if none.
        known_on: when its result is in. weeks: how many lists like this show `worth_having`, None if not in five years.
        answer_on: when the result of that many lists is in.
    """

    n_drawn: int
    n_waiting: int
    base_share: float
    smallest: float
    known_on: date
    worth_having: float
    weeks: int | None
    answer_on: date | None


def outlook_of(build: Build, one: Initiative, draw: Draw, day: date) -> Outlook | None:
    """What a draw made on a day can show; None where it has no two arms."""
    drawn = draw.rows.filter(pl.col("arm") == lot.TREATED).height
    waiting = draw.rows.height - drawn
    if not drawn or not waiting:
        return None
    base = base_share(build, one)
    horizon = timedelta(days=one.horizon_days)
    weeks = _weeks_needed(drawn, waiting, base, one.smallest_effect)
    return Outlook(
        drawn,
        waiting,
        base,
        smallest_detectable_effect(drawn, waiting, base),
        day + horizon,
        one.smallest_effect,
        weeks,
        day + timedelta(weeks=weeks - 1) + horizon if weeks else None,
    )


def base_share(build: Build, one: Initiative) -> float:
    """Who orders within the horizon anyway, as `base_counts` has it; .5 where too few are known."""
    successes, n = base_counts(build, one)
    return successes / n if n else 0.5


def base_counts(build: Build, one: Initiative) -> tuple[int, int]:
    """How many order within the horizon anyway, and of how many: those waiting before, else all who bought before.

    (0, 0) where fewer than `LEAST_KNOWN` did.
    """
    before = build.query_people(
        "select count(*) filter (where is_success) as x, count(*) as n from initiative_outcome "
        "where initiative_id = $one and arm = 'control' and is_observed",
        {"one": one.initiative_id},
    )
    everybody = build.query_people(
        "with last as (select max(ordered_on) as day from purchase), person as ("
        "select customer_key, bool_or(ordered_on > day - $days * interval 1 day) as came_back, "
        "min(ordered_on) as first_on, max(day) as day from purchase cross join last "
        "where customer_key is not null group by customer_key) "
        "select count(*) filter (where came_back) as x, count(*) as n from person "
        "where first_on <= day - $days * interval 1 day",
        {"days": one.horizon_days},
    )
    for counted in (before, everybody):
        successes, n = counted.row(0)
        if n >= LEAST_KNOWN:
            return int(successes), int(n)
    return 0, 0


def _weeks_needed(drawn: int, waiting: int, base: float, worth_having: float) -> int | None:
    """How many lists of this size most likely show a rise worth having; None where not in five years."""

    def shows(weeks: int) -> bool:
        return smallest_detectable_effect(drawn * weeks, waiting * weeks, base) <= worth_having

    if not 0 < worth_having <= 1 - base or not shows(LONGEST_WEEKS):
        return None
    low, high = 0, LONGEST_WEEKS
    while high - low > 1:
        middle = math.ceil((low + high) / 2)
        low, high = (low, middle) if shows(middle) else (middle, high)
    return high
