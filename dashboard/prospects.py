"""What a plan could show, in sentences."""

import math
from dataclasses import replace
from datetime import timedelta

from dashboard import trying, words
from dashboard.trying import Idea, Pool, Prospect
from pipelines.measures.proportions import wilson

HALF = 0.5
"""Of a fixed number of people, two groups of the same size tell most."""
WORTH_WAITING_FOR = timedelta(weeks=2)
"""To leave more people out for an answer that comes hardly sooner is a bad bargain."""


def owed(pool: Pool) -> str:
    """How many wait for what is owed, and why there is nothing to test."""
    if not pool.now:
        wait = "Nobody waits for it now"
    else:
        wait = f"{words.count(pool.now)} {'person waits' if pool.now == 1 else 'people wait'} for it now"
    return (
        f"{wait}, and about {words.count(pool.a_week)} more come up a week. All of them get it, so nobody is left to "
        "compare with, and holding it back from some to learn something would be wrong. Do it because it is right."
    )


def whom(pool: Pool, idea: Idea, can: Prospect) -> str:
    """Who would get it, and who would not."""
    people = words.plural(pool.now, "person", "people")
    return (
        f"{people} could get it now, and about {words.count(pool.a_week)} more come up a week. In "
        f"{words.plural(idea.weeks, 'week')} about {words.count(can.drawn)} would be drawn, and "
        f"{words.count(can.waiting)} not: they are denied nothing, we only don't start."
    )


def could_show(idea: Idea, can: Prospect) -> str:
    """How large an effect would show, and what that is measured against."""
    if math.isinf(can.smallest):
        return "So few can show no effect at all."
    successes, n = can.base
    anyway = "How many order anyway is not known yet; we reckon with half."
    if n:
        low, high = wilson(successes, n)
        anyway = (
            f"Of every 100 customers, {words.of_100(successes / n)} order within {idea.horizon_days} days anyway "
            f"(probably between {words.between(low, high)}; {words.count(n)} customers)."
        )
    weeks = words.plural(idea.weeks, "week")
    return (
        f"{anyway} {weeks} would most likely notice {_worth(can.smallest)} more of 100, or a larger rise; we would "
        "miss smaller ones."
    )


def by_when(idea: Idea, can: Prospect) -> tuple[bool, str]:
    """Whether we would know, and by when."""
    worth = f"{_worth(idea.smallest_effect)} more of 100"
    if can.is_enough(idea.weeks):
        return True, (
            f"We would know by about {words.short_day(can.known_on)}. That is when the {idea.horizon_days} days of the "
            f"last lot are over. Worth having: {worth}."
        )
    if can.needed is None or can.answer_on is None:
        return False, (
            f"We would never know. Worth having: {worth}; so few people would not show that within five years. Look "
            "for a larger effect, more people, or another occasion."
        )
    return False, (
        f"We would not know after {words.plural(idea.weeks, 'week')}. Worth having: {worth}; that takes about "
        f"{words.plural(can.needed, 'week')} of lots, so we would know by about {words.short_day(can.answer_on)}."
    )


def sooner(pool: Pool, idea: Idea) -> str:
    """What would tell sooner with the same people: half of them waiting. Empty where it would not."""
    can, half = trying.prospect(pool, idea), trying.prospect(pool, replace(idea, wait_share=HALF))
    if half.answer_on is None:
        return ""
    if can.answer_on is not None and half.answer_on > can.answer_on - WORTH_WAITING_FOR:
        return ""
    return f"If half of them waited, we would know by about {words.short_day(half.answer_on)}."


def costs(idea: Idea, can: Prospect, currency: str) -> str:
    """What it would cost, and what each customer it brings would cost if it is just worth having."""
    if not idea.cost_each:
        return ""
    told = f"It would cost about {words.money(idea.cost_each * can.drawn, currency)} in all."
    if idea.smallest_effect > 0:
        each = words.money(idea.cost_each / idea.smallest_effect, currency)
        told += f" If it brings just what is worth having, that is {each} for each customer it brings back."
    return told


def _worth(share: float) -> str:
    """3, or 3.4 where it is that exact."""
    whole = math.isclose(share * 100, round(share * 100), abs_tol=1e-6)
    return words.decimal(share * 100, 0 if whole else 1)
