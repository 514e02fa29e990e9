"""Could we be fooled? Each doubt about a result, and whether it is settled."""

from dashboard import initiatives, verdicts, words
from dashboard.initiatives import DRAWN, Judged

Doubt = tuple[bool | None, str]
"""Settled, not settled, or (None) a thing to keep in mind; and the sentence."""


def of(one: Judged, compared: int) -> list[Doubt]:
    """What the build checked; for a build from before it did, what follows from its counts.

    Args:
        compared: how many initiatives were judged at all.
    """
    checked = initiatives.detail("initiative_check", one.initiative_id)
    if checked.height:
        return [
            (passed, words.localised(words.safe(says)))
            for passed, says in checked.select("passed", "says").iter_rows()
        ]
    return from_counts(one, compared) if one.is_compared and one.evidence == DRAWN else []


def from_counts(one: Judged, compared: int) -> list[Doubt]:
    """What follows from the counts of a lot alone."""
    people = verdicts.people(one)
    fair = one.draw_p is None or one.draw_p >= verdicts.FAIR_DRAW
    draw = (
        f"Fair draw: {people}, as planned." if fair else f"Lopsided draw: {people}. Do not trust this result."
    )
    missed = (
        f", also the {words.count(one.acts_not_delivered)} it did not reach" if one.acts_not_delivered else ""
    )
    over = f"The {one.horizon_days} days are over for everyone."
    if one.still_running:
        waiting = words.count(one.still_running)
        over = f"For {waiting} the {one.horizon_days} days are not over; they are not counted yet."
    told = f"Who was drawn was on file before their {one.horizon_days} days were over."
    if one.told_late:
        late = words.count(one.told_late)
        told = f"For {late} people the list came after the {one.horizon_days} days: did anybody choose by hindsight?"
    tries = "It is the only initiative that was judged, so there was one try."
    if compared > 1 and one.p_adjusted is not None:
        tries = (
            f"One of {words.number_word(compared)} initiatives judged; the range allows for so many tries."
        )
    elif compared > 1:
        number = words.capital(words.number_word(compared))
        tries = f"{number} initiatives were judged; the range does not allow for several tries."
    return [
        (fair, draw),
        (True, f"Everyone drawn is counted{missed}."),
        (not one.told_late, told),
        (not one.still_running, over),
        (compared == 1 or one.p_adjusted is not None, tries),
        (None, f"Nothing here says what happens after {one.horizon_days} days."),
    ]
