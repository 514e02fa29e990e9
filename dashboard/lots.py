"""The lot in words: who could get something extra, who may not now, and what the draw can show, by when."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from dashboard import builds, care_list, words
from dashboard.weeks import local
from pipelines.care.lot import CONTROL, TREATED
from pipelines.care.outlook import Initiative, Outlook, outlook_of
from pipelines.care.plan import CareError, find_initiative, iso_week
from pipelines.care.rules import RULES
from pipelines.journal import Draw, Journal

NOT_DRAWN = "Whoever contacts you: be as kind as you like. Not drawn only means we don't start."
_NEVER_TOLD = ("hard up", "bill")
"""Reasons that are nobody's business, not even as a count beside an alias: said together."""


@dataclass(frozen=True)
class Extra:
    """Something extra that runs: its initiative, and this week's lot if it was drawn.

    Attributes:
        gift: what people get, such as "handwritten card". due: eligible when the build was made.
    """

    initiative: Initiative
    gift: str
    due: int
    draw: Draw | None

    @property
    def drawn(self) -> int:
        """How many were drawn."""
        return 0 if self.draw is None else self.draw.rows.filter(pl.col("arm") == TREATED).height

    @property
    def waiting(self) -> int:
        """How many were in the lot and not drawn."""
        return 0 if self.draw is None else self.draw.rows.filter(pl.col("arm") == CONTROL).height


def running(book: Journal, today: date) -> list[Extra]:
    """Every initiative that draws lots now, by name; those that have not begun or were stopped are left out."""
    build, settings = builds.build(), builds.settings()
    if build is None:
        return []
    proposed = care_list.proposals().filter(pl.col("care_class") == "extra")
    plans = {plan.initiative_id: plan for plan in book.plans() if plan.care_class == "extra"}
    ids = {*proposed["initiative_id"].drop_nulls().to_list(), *plans}
    found = []
    for name in sorted(ids):
        try:
            one = find_initiative(build, book, settings, name)
        except CareError:
            continue
        mine = proposed.filter(pl.col("occasion") == one.occasion)
        gift = plans[name].tactic if name in plans else mine["kind"].drop_nulls().first() or one.name
        draws = [draw for draw in book.draws(name) if draw.period == iso_week(today)]
        due = mine.filter(pl.col("status") == "eligible").height
        found.append(Extra(one, str(gift), due, draws[0] if draws else None))
    return sorted(found, key=lambda extra: extra.initiative.name)


def not_started(extras: Iterable[Extra]) -> pl.DataFrame:
    """Occasions for something extra that nothing runs for: occasion_name, people, most first."""
    served = {extra.initiative.occasion for extra in extras}
    return (
        care_list.proposals()
        .filter(
            pl.col("care_class") == "extra", pl.col("status") == "eligible", ~pl.col("occasion").is_in(served)
        )
        .group_by("occasion", "occasion_name")
        .agg(people=pl.len())
        .sort("people", "occasion", descending=[True, False])
    )


# Sentences


def headline(owed: int, extras: Iterable[Extra], is_all_done: bool = False) -> str:
    """The sentence of the page: 31 people wait for something owed; 50 of 140 get a thank-you this week, drawn by lot.

    Args:
        owed: people who wait for something owed. is_all_done: there is a list, and nothing on it is open.
    """
    drawn = [extra for extra in extras if extra.draw is not None]
    if is_all_done:
        return "Everything on this week's list is done."
    waits = "Nobody waits for something owed"
    if owed:
        waits = f"{words.count(owed)} {'person waits' if owed == 1 else 'people wait'} for something owed"
    if not drawn:
        return f"{waits}."
    got = sum(extra.drawn for extra in drawn)
    of = got + sum(extra.waiting for extra in drawn)
    gift = words.safe(_with_article(drawn[0].gift)) if len(drawn) == 1 else "something extra"
    return (
        f"{waits}; {words.count(got)} of {words.count(of)} {'gets' if got == 1 else 'get'} {gift} this week, "
        "drawn by lot."
    )


def drawn_words(one: Extra) -> str:
    """What was drawn, and what it can show."""
    of = one.drawn + one.waiting
    told = (
        f"{words.count(one.drawn)} of {words.count(of)} drawn by lot, {words.count(one.waiting)} not drawn."
    )
    return f"{told} {shows_words(outlook(one))}"


def outlook(one: Extra) -> Outlook | None:
    """What this week's lot can show; worked out once, because a lot never changes."""
    if one.draw is None:
        return None
    return _outlook(one.initiative.initiative_id, one.draw.period)


def shows_words(can: Outlook | None) -> str:
    """What effect a lot can show, and by when."""
    if can is None:
        return "Nobody is left to compare with, so it can show no effect."
    rows = f"{words.count(can.n_drawn)} drawn and {words.count(can.n_waiting)} not"
    alone = f"This lot alone ({rows}) can show no effect."
    if math.isfinite(can.smallest):
        alone = (
            f"This lot alone ({rows}) would most likely notice {words.of_100(can.smallest)} more of 100, by "
            f"{words.short_day(can.known_on)}."
        )
    if not can.worth_having:
        return alone
    worth = f"Worth having: {words.of_100(can.worth_having, 0.01).removesuffix('.0')} more of 100"
    if can.weeks is None or can.answer_on is None:
        return f"{alone} {worth}; weekly lists would not notice that within five years."
    if can.weeks == 1:
        return f"{alone} {worth}."
    return (
        f"{alone} {worth}; {words.count(can.weeks)} weekly lists, as people come up, would most likely notice that, "
        f"by {words.short_day(can.answer_on)}."
    )


def refused_words(refused: dict[str, int]) -> list[str]:
    """Who is not in the lot and why, in counts; money troubles are not told apart."""
    told = {rule: n for rule, n in refused.items() if rule not in _NEVER_TOLD}
    quiet = sum(refused.get(rule, 0) for rule in _NEVER_TOLD)
    lines = [f"{words.count(n)} {RULES.get(rule, rule)}" for rule, n in told.items()]
    if quiet:
        lines.append(f"{words.count(quiet)} whom it would not suit now")
    return lines


def _with_article(gift: str) -> str:
    name = gift.strip()
    if name.split()[0].lower() in ("a", "an", "the", "something"):
        return name
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


@builds.worked_out_once
def _outlook(initiative_id: str, period: str) -> Outlook | None:
    build, book, settings = builds.build(), care_list.journal(), builds.settings()
    draws = book.draws(initiative_id)
    draw = next(one for one in draws if one.period == period)
    if build is None:
        return None
    return outlook_of(
        build, find_initiative(build, book, settings, initiative_id), draw, local(draw.drawn_at).date(), draws
    )
