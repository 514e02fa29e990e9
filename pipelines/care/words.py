"""A list in plain words, and for machines."""

import math
from dataclasses import asdict
from typing import Any

from pipelines.care.outlook import Outlook
from pipelines.care.plan import Listed, Proposal
from pipelines.care.rules import RULES


def in_words(proposal: Proposal, listed: Listed, *, dry_run: bool = False) -> list[str]:
    """What was drawn, who waits, who is left out and why, and what the lot can show, a sentence each."""
    one, n = listed.initiative, listed.acts.height
    if listed.draw is None:
        said = [f"{one.name} is owed: everybody it is time for gets it, {n} of them. Nothing is drawn."]
    else:
        draw = listed.draw
        said = [
            f"{one.name}, {draw.period}: {n} of {n + listed.n_waiting} drawn by lot (seed {draw.seed}); "
            f"{listed.n_waiting} wait, and are denied nothing: after {one.horizon_days} days they may be in one again."
        ]
    if listed.draw is not None and not listed.is_new:
        said.insert(
            0,
            f"This week's list is already drawn, on {listed.draw.drawn_at:%d %B %Y}: {_people(n)}, here. It stays as "
            "it is; one a week, so that nobody draws until the names please.",
        )
    elif dry_run:
        said.append("This was a rehearsal: nothing is written down.")
    said += [f"Not in the lot: {count} {RULES[rule]}." for rule, count in _kept_out(proposal, listed).items()]
    if listed.outlook:
        said += outlook_in_words(listed.outlook)
    elif listed.draw is not None:
        said.append("With nobody on one of the two sides there is nothing to compare with.")
    return said


def _kept_out(proposal: Proposal, listed: Listed) -> dict[str, int]:
    """Why people are not on the list; whoever is on this very one is not among them.

    Once a list is drawn its own people are looked after, so that what keeps others out can be said on the day only.
    """
    if listed.draw is not None and not listed.is_new:
        return {}
    own = {"on the list"} if listed.draw is None else set()
    return {rule: count for rule, count in proposal.refused.items() if rule not in own}


def _people(n: int) -> str:
    return f"{n} person" if n == 1 else f"{n} people"


def outlook_in_words(outlook: Outlook) -> list[str]:
    """What the lot can show, and by when."""
    base = round(100 * outlook.base_share)
    first = f"Of every 100 such customers about {base} order within the time anyway. "
    if math.isinf(outlook.smallest):
        first += "This list alone can not show any effect."
    else:
        first += (
            f"This list alone would most likely show a rise of {100 * outlook.smallest:.0f} more of 100, or a larger "
            f"one, by {outlook.known_on:%d %B %Y}; it would miss smaller ones."
        )
    worth = f"{100 * outlook.worth_having:g} more of 100"
    if outlook.answer_on and outlook.weeks == 1:
        return [first, f"That is enough for what is worth having, {worth}."]
    if outlook.answer_on:
        return [
            first,
            f"For what is worth having, {worth}, it takes about {outlook.weeks} weekly lists: known by about "
            f"{outlook.answer_on:%d %B %Y}.",
        ]
    return [first, f"For what is worth having, {worth}, lists of this size do not suffice in five years."]


def as_record(proposal: Proposal, listed: Listed, *, dry_run: bool = False) -> dict[str, Any]:
    """The same for machines; nobody's key, and nothing about one person who waits."""
    draw = listed.draw
    return {
        "initiative_id": listed.initiative.initiative_id,
        "is_new": listed.is_new,
        "is_rehearsal": dry_run,
        "period": draw.period if draw else None,
        "seed": draw.seed if draw else None,
        "drawn": listed.acts.drop("customer_key").to_dicts(),
        "n_waiting": listed.n_waiting,
        "refused": _kept_out(proposal, listed),
        "outlook": asdict(listed.outlook) if listed.outlook else None,
    }
