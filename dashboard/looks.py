"""When an initiative will be looked at, and by when more of it would tell."""

import math
from datetime import date, timedelta

from dashboard import words
from dashboard.initiatives import Judged
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


def look(one: Judged, today: date) -> str:
    """The next look that was fixed before the start; if all are past, that nothing more was promised."""
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
    return f"{day}: {place} look, fixed before we started. It shows whether it lasts."


def _times_needed(one: Judged) -> float | None:
    """How many times as many people would most likely show what is worth having; None where 100 times do not."""
    base, worth = one.anyway or 0.0, one.worth or 0.0
    if not 0 < worth <= 1 - base:
        return None
    for step in range(40):
        times = 1.122**step
        if (
            smallest_detectable_effect(round(one.n_treated * times), round(one.n_control * times), base)
            <= worth
        ):
            return float(times)
    return None
