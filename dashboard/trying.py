"""Try something: what a plan could show by lot, and by when we would know, said before anything is written down."""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from dashboard import builds, care_list, words
from pipelines.care import outlook
from pipelines.care.outlook import Arrivals, Initiative, base_counts
from pipelines.journal import Journal, JournalError, Plan
from pipelines.measures.impact import look_level

LONGEST_FINDING = 200
SECOND_LOOK_DAYS = 90

_SUITS = {
    "human_within_promise": "gave_up_waiting",
    "web_reached_human": "gave_up_waiting",
    "web_returning": "welcome",
    "web_helpful": "not_solved",
    "top_customers": "top_customer_without_care",
    "emotion": "surprise",
    "forgive": "surprise",
    "purchase_more": "second_order",
}
_BELIEFS = {
    "second_order": "brings second-time buyers back",
    "welcome": "brings newcomers back",
    "silent_top_customer": "brings back top customers nobody has spoken to",
    "top_customer_without_care": "brings back top customers without personal care",
}


@dataclass(frozen=True)
class Pool:
    """Whom an occasion finds.

    Attributes:
        now: who could get it now. a_week: how many more come up each week, as far as the last weeks tell.
    """

    occasion: str
    name: str
    care_class: str
    kind: str
    now: int
    a_week: float

    @property
    def is_drawn(self) -> bool:
        """It is extra; what is owed is never drawn."""
        return self.care_class == "extra"


@dataclass(frozen=True)
class Idea:
    """What somebody is about to try; shares are of customers, `cost_each` in the company's currency."""

    name: str
    hypothesis: str
    tactic: str
    capacity: int
    weeks: int
    horizon_days: int
    smallest_effect: float
    starts_on: date
    cost_each: float = 0.0
    wait_share: float = 0.2
    looks: tuple[date, ...] = ()
    finding: str = ""


@dataclass(frozen=True)
class Prospect:
    """What an idea could show.

    Attributes:
        drawn, waiting: over all weeks. base: how many order in the time anyway, and of how many we know that.
        smallest: what so many would most likely show; infinite if nothing.
        needed: how many weeks what is worth having takes, None if more than five years. known_on: when the last lot of
            the planned weeks is over. answer_on: the same of the needed weeks.
    """

    drawn: int
    waiting: int
    base: tuple[int, int]
    smallest: float
    needed: int | None
    known_on: date
    answer_on: date | None

    def is_enough(self, weeks: int) -> bool:
        """The planned weeks show what is worth having."""
        return self.needed is not None and self.needed <= weeks


class NotWritten(Exception):
    """The plan was not written down; the message says why and what to do."""


def pools() -> dict[str, Pool]:
    """Every occasion with somebody in it, those that are drawn first, then by how many could get it now."""
    found = [
        _pool(occasion, rows) for (occasion,), rows in care_list.proposals().group_by("occasion", maintain_order=True)
    ]  # fmt: skip
    ranked = sorted(found, key=lambda pool: (not pool.is_drawn, -pool.now, pool.name))
    return {pool.occasion: pool for pool in ranked}


def suited(known: dict[str, Pool], kpi: str) -> str:
    """The occasion to begin with: the one that suits the number, if it finds anybody; else the largest."""
    wanted = _SUITS.get(kpi, "")
    return wanted if wanted in known else next(iter(known))


def belief(pool: Pool) -> str:
    """What one could believe, to begin with: a sentence that a lot can prove wrong."""
    gift = pool.kind[:1].upper() + pool.kind[1:]
    article = "" if gift.split()[0].lower() in ("a", "an", "the") else "An " if gift[0] in "AEIOU" else "A "
    gift = f"{article}{pool.kind}" if article else gift
    return f"{gift} {_BELIEFS.get(pool.occasion, 'brings customers back')}."


def prospect(pool: Pool, idea: Idea) -> Prospect:
    """What so many weeks of lots could show, and by when. Nobody is in two lots."""
    base = _base(pool.occasion, idea.horizon_days, idea.starts_on)
    share, level = base[0] / base[1] if base[1] else 0.5, look_level(max(1, len(idea.looks)))
    lots = _lots(pool, idea)
    needed = outlook.weeks_needed(lots, share, idea.smallest_effect, level)
    drawn, waiting = lots.after(idea.weeks)
    return Prospect(
        drawn, waiting, base, outlook.smallest_shown(lots, idea.weeks, share, level), needed,
        outlook.known_on(idea.starts_on, idea.weeks, idea.horizon_days),
        outlook.known_on(idea.starts_on, needed, idea.horizon_days) if needed else None,
    )  # fmt: skip


def accumulated(pool: Pool, idea: Idea, weeks: int) -> tuple[int, int]:
    """How many are drawn and how many are not, after so many weekly lots at the odds that the lot itself has."""
    return _lots(pool, idea).after(weeks)


def default_looks(idea: Idea) -> tuple[date, date]:
    """A week after the time of the last lot is over, as it may be drawn on any day of its week; and once more."""
    first = outlook.known_on(idea.starts_on, idea.weeks, idea.horizon_days) + timedelta(weeks=1)
    return first, first + timedelta(days=SECOND_LOOK_DAYS)


def plan_of(pool: Pool, idea: Idea, owner: str, currency: str) -> Plan:
    """The plan of an idea.

    Raises:
        NotWritten: something is missing.
    """
    asked = {"a name": idea.name, "what you believe": idea.hypothesis, "what people get": idea.tactic}
    lacks = [what for what, given in asked.items() if not given.strip()]
    if lacks:
        raise NotWritten(f"Nothing was written yet: please give {words.listed(lacks)}.")
    if not pool.is_drawn:
        raise NotWritten(
            "Nothing was written: what is owed is done for everybody, so there is nothing to test."
        )
    if not idea.smallest_effect > 0:
        raise NotWritten("Nothing was written yet: say how large an effect would be worth having, above 0.")
    if idea.looks and idea.looks[0] <= idea.starts_on:
        raise NotWritten("Nothing was written yet: the first look lies before the start.")
    return Plan(
        _id(idea), idea.name.strip(), idea.hypothesis.strip(), pool.occasion, idea.tactic.strip(),
        "extra", idea.horizon_days, idea.smallest_effect, idea.capacity, owner,
        idea.starts_on, wait_share=idea.wait_share, cost_each=idea.cost_each or None, currency=currency,
        looks=tuple(sorted(idea.looks)), finding=idea.finding or None,
    )  # fmt: skip


def write(book: Journal, plan: Plan, by: str, *, mine: str = "") -> Plan:
    """Write a plan down.

    Args:
        by: who writes. mine: the plan that this person wrote just now and may still change, if any.

    Raises:
        NotWritten: nobody says who writes, another plan has that name, or people were drawn for it already.
    """
    if not by.strip():
        raise NotWritten("Say who you are first; it stands beside the plan.")
    known = {
        *builds.rows("select initiative_id from initiative")["initiative_id"],
        *(p.initiative_id for p in book.plans()),
    }
    if plan.initiative_id in known and plan.initiative_id != mine:
        raise NotWritten(
            f"There is a plan called “{plan.name}” that starts in that month. Give yours another name."
        )
    if book.draws(plan.initiative_id):
        raise NotWritten(
            f"People were drawn for “{plan.name}”, so what was planned stays as it was written. Give a new plan "
            "another name."
        )
    now = builds.settings().as_of()
    try:
        return book.write_plan(replace(plan, written_at=None), by, now)
    except JournalError as error:
        raise NotWritten(str(error)) from error


def _pool(occasion: object, rows: pl.DataFrame) -> Pool:
    """An occasion's people; who waits comes up later and counts for the weeks, not for now."""
    able = rows.filter(pl.col("status") != "never")
    first = rows.row(0, named=True)
    return Pool(
        str(occasion), first["occasion_name"], first["care_class"], first["kind"],
        able.filter(pl.col("status") == "eligible").height, outlook.a_week(able, care_list.today()),
    )  # fmt: skip


def _lots(pool: Pool, idea: Idea) -> Arrivals:
    return outlook.arrivals(pool.now, pool.a_week, idea.capacity, idea.wait_share)


@builds.worked_out_once
def _base(occasion: str, horizon_days: int, starts_on: date) -> tuple[int, int]:
    build = builds.build()
    if build is None:
        return 0, 0
    return base_counts(build, Initiative("", "", occasion, "extra", horizon_days, 0.0, starts_on))


def _id(idea: Idea) -> str:
    """A name for machines that says what it is: `TRY-THANK-YOU-CARD-2026-11`."""
    slug = re.sub(r"[^A-Z0-9]+", "-", idea.name.upper()).strip("-")[:40].rstrip("-")
    return f"TRY-{slug or 'PLAN'}-{idea.starts_on:%Y-%m}"
