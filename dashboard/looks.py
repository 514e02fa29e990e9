"""When an initiative will be looked at, and by when more of it would tell."""

import math
from datetime import date, timedelta

from dashboard import words
from dashboard.initiatives import Judged
from pipelines.journal import Plan
from pipelines.measures.impact import smallest_detectable_effect

LONGEST_WAIT = timedelta(weeks=260)


def when_known(one: Judged, pace: float | None, today: date | None) -> str:
    """`With 50 a week by lot we will know by about 30 May; with 100, by about 10 March.` Empty if nobody can say."""
    if not pace or not today or one.anyway is None or min(one.n_treated, one.n_control) < 1:
        return ""
    times = _times_needed(one)
    if times is None:
        return "At this size it would take more than five years; do more, or look for a larger effect."
    missing = max(0.0, (times - 1) * one.n_treated)
    days = [
        (each, today + timedelta(weeks=math.ceil(missing / each), days=one.horizon_days))
        for each in (pace, 2 * pace)
    ]
    if days[0][1] > today + LONGEST_WAIT:
        return "At this pace it would take more than five years; do more, or look for a larger effect."
    (each, first), (double, second) = days
    return (
        f"With {words.count(each)} a week by lot we will know by about {words.short_day(first)}; with "
        f"{words.count(double)}, by about {words.short_day(second)}."
    )


def pace(one: Judged, plan: Plan | None, today: date) -> float | None:
    """Acts a week: as planned, else as so far; None where nobody can say."""
    if plan is not None:
        return float(plan.capacity_a_week)
    if one.starts_on is None or not one.n_treated:
        return None
    weeks = (today - one.starts_on).days / 7
    return one.n_treated / weeks if weeks >= 1 else None


def look(one: Judged, today: date) -> str:
    """At which look it was judged and when the next one is; before the first, when that is."""
    if one.judged_on is not None:
        at = words.short_day(one.judged_on)
        if one.next_look_on is not None:
            following = words.short_day(one.next_look_on)
            return f"Judged at the look of {at}; next look {following}. In between nobody else is counted."
        if one.looks:
            return f"Judged at the look of {at}, the last look that was planned. Nobody else will be counted."
        return f"Judged once, on {at}, when everybody's {one.horizon_days} days were over."
    if not one.looks:
        return ""
    ahead = [day for day in one.looks if day > today]
    if not ahead:
        last = words.short_day(one.looks[-1])
        return f"The last look fixed before we started was {last}."
    day, nth = words.short_day(ahead[0]), one.looks.index(ahead[0])
    if nth == 0:
        return f"{day}: first look, fixed before we started. None before."
    place = {1: "second", 2: "third"}.get(nth, "next")
    return f"{day}: {place} look, fixed before we started."


def is_over(one: Judged) -> bool:
    """It was judged at the last look that was fixed."""
    return bool(one.looks) and one.judged_on is not None and one.next_look_on is None


def _times_needed(one: Judged) -> float | None:
    """How many times as many people would most likely show what is worth having; None where 100 times do not."""
    base, worth = one.anyway or 0.0, one.worth or 0.0
    if not 0 < worth <= 1 - base:
        return None
    for step in range(40):
        times = 1.122**step
        if (
            smallest_detectable_effect(
                round(one.n_treated * times), round(one.n_control * times), base, level=one.level
            )
            <= worth
        ):
            return float(times)
    return None
