"""What a lot can show, and by when: said before it is drawn, so that nobody waits for an answer that can not come."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from pipelines.care import lot
from pipelines.journal import Draw
from pipelines.measures.impact import look_level, smallest_detectable_effect
from pipelines.store import Build

LONGEST_WEEKS = 260
WAIT_SHARE = 0.2
LEAST_KNOWN = 10
RECENT_DAYS = 28


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
    looks: int = 1


@dataclass(frozen=True)
class Arrivals:
    """Of each week's lot at the odds of that lot: who was drawn and who was not in the first, and in each later one.

    As nobody is in two lots within the horizon, a later lot has only those who came up since.
    """

    first_drawn: float
    first_waiting: float
    drawn_a_week: float
    waiting_a_week: float

    def after(self, weeks: int) -> tuple[int, int]:
        """How many are drawn and how many are not, after so many weekly lots."""
        return (
            round(self.first_drawn + self.drawn_a_week * (weeks - 1)),
            round(self.first_waiting + self.waiting_a_week * (weeks - 1)),
        )


@dataclass(frozen=True)
class Outlook:
    """What a lot can show, and by when.

    Attributes:
        n_drawn, n_waiting: of this list. base_share: who would come back anyway, as far as we know.
        smallest: the smallest rise that this list alone would most likely show; infinite if none.
        known_on: when its result is in. weeks: how many weekly lists from this one on show `worth_having`, as far as
            people come up; None if not in five years. answer_on: when the result of that many lists is in.
    """

    n_drawn: int
    n_waiting: int
    base_share: float
    smallest: float
    known_on: date
    worth_having: float
    weeks: int | None
    answer_on: date | None


def outlook_of(
    build: Build, one: Initiative, draw: Draw, day: date, draws: Iterable[Draw] = ()
) -> Outlook | None:
    """What a draw made on a day can show; None where it has no two arms.

    Args:
        draws: of the same initiative; those before this one count with it.
    """
    drawn = draw.rows.filter(pl.col("arm") == lot.TREATED).height
    waiting = draw.rows.height - drawn
    if not drawn or not waiting:
        return None
    base, level = base_share(build, one), look_level(one.looks)
    earlier = [each for each in draws if each.drawn_at < draw.drawn_at]
    drawn_before, waiting_before = (
        sum(each.rows.filter(pl.col("arm") == arm).height for each in earlier)
        for arm in (lot.TREATED, lot.CONTROL)
    )
    people = build.query_people(
        "select since_on, due_on from care_proposal where occasion = $occasion and status <> 'never'",
        {"occasion": one.occasion},
    )
    each_drawn, each_waiting = split(a_week(people, day), draw.capacity, one.wait_share)
    lots = Arrivals(drawn + drawn_before, waiting + waiting_before, each_drawn, each_waiting)
    weeks = weeks_needed(lots, base, one.smallest_effect, level)
    return Outlook(
        drawn,
        waiting,
        base,
        smallest_detectable_effect(drawn, waiting, base, level=level),
        known_on(day, 1, one.horizon_days),
        one.smallest_effect,
        weeks,
        known_on(day, weeks, one.horizon_days) if weeks else None,
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


def arrivals(now: float, a_week: float, capacity: int, wait_share: float) -> Arrivals:
    """The lots of an occasion that finds `now` people today and so many more a week."""
    return Arrivals(*split(now, capacity, wait_share), *split(a_week, capacity, wait_share))


def split(people: float, capacity: int, wait_share: float) -> tuple[float, float]:
    """How many of so many are drawn, and how many are not, at the odds that their lot has."""
    if people < 1:
        return people * (1 - wait_share), people * wait_share
    share = float(lot.odds(max(1, round(people)), capacity, wait_share))
    return people * share, people * (1 - share)


def a_week(people: pl.DataFrame, today: date) -> float:
    """How many come up a week: by the days since what happened, or by those ahead where it is a day of the year.

    Args:
        people: since_on and due_on of everybody with the occasion who may ever be approached.
    """
    if people.is_empty():
        return 0.0
    if (people["since_on"] == today).all():
        ahead = max((day - today).days for day in people["due_on"]) + 1
        return people.height * 7 / max(7, ahead)
    ages = [(today - day).days for day in people["since_on"]]
    window = min(RECENT_DAYS, max(7, *ages))
    return sum(age <= window for age in ages) * 7 / window


def smallest_shown(lots: Arrivals, weeks: int, base: float, level: float) -> float:
    """The smallest rise that so many weekly lots would most likely show; infinite if none."""
    drawn, waiting = lots.after(weeks)
    return (
        smallest_detectable_effect(drawn, waiting, base, level=level)
        if min(drawn, waiting) >= 1
        else math.inf
    )


def weeks_needed(lots: Arrivals, base: float, worth_having: float, level: float) -> int | None:
    """How many weekly lots most likely show a rise worth having; None where not in five years."""
    if not 0 < worth_having <= 1 - base:
        return None
    return _first(lambda weeks: smallest_shown(lots, weeks, base, level) <= worth_having)


def known_on(starts_on: date, weeks: int, horizon_days: int) -> date:
    """When the horizon of the last of so many weekly lots is over."""
    return starts_on + timedelta(weeks=weeks - 1, days=horizon_days)


def _first(holds: Callable[[int], bool]) -> int | None:
    """The first week of five years from which on it holds."""
    if not holds(LONGEST_WEEKS):
        return None
    low, high = 0, LONGEST_WEEKS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
