"""What was said before the start, beside what came of it."""

import polars as pl

from dashboard import margins, verdicts, words
from dashboard.initiatives import Judged
from pipelines.journal import Plan


def heading(one: Judged, plan: Plan | None, is_drawn: bool) -> str:
    """`1 August 2026, head of care; unchanged since`."""
    on = plan.written_at.date() if plan and plan.written_at else one.written_on
    owner = plan.owner if plan else one.owner
    facts = [words.short_day(on) if on else "", words.safe(owner)]
    told = ", ".join(fact for fact in facts if fact)
    late = bool(on and one.starts_on and on > one.starts_on)
    stands = "written after it had begun" if late else "unchanged since" if plan and is_drawn else ""
    return "; ".join(fact for fact in (told, stands) if fact)


def belief(one: Judged, plan: Plan | None) -> str:
    """What we believed."""
    said = plan.hypothesis if plan else one.hypothesis
    return f"We believe: {words.safe(said)}" if said else "What we believed was not written down."


def looks(one: Judged, plan: Plan | None) -> str:
    """The days on which the result is looked at, fixed beforehand."""
    days = plan.looks if plan and plan.looks else one.looks
    if not days:
        return "No day was fixed on which to look."
    return f"Looks: {words.listed([words.short_day(day) for day in days])}. None in between."


def beside(one: Judged, plan: Plan | None) -> pl.DataFrame:
    """What we said, and what came of it, line by line; lines without either are left out."""
    worth = plan.smallest_effect if plan else one.worth
    each = plan.cost_each if plan else None
    counted = margins.spent(one)
    rows = [
        ("We judge it by", one.judged_by.by, ""),
        (
            "Worth having: more of 100",
            f"{verdicts.in_100(worth)} or better" if worth else "",
            f"{verdicts.more(one.effect or 0)} ({verdicts.in_range(one)})"
            if one.is_compared and one.is_share
            else "not known",
        ),
        ("Started", words.short_day(plan.starts_on) if plan else "",
         words.short_day(one.starts_on) if one.starts_on else ""),
        ("Each costs", words.money_exactly(each, plan.currency or one.currency) if plan and each else "",
         words.money_exactly(one.acts_amount / one.acts_counted, one.currency)
         if one.acts_amount and one.acts_counted else ""),
        ("All of it costs", "", f"{counted}, counted" if counted else ""),
        ("How many a week", words.count(plan.capacity_a_week) if plan else "", ""),
    ]  # fmt: skip
    told = [row for row in rows if row[1] or row[2]]
    return pl.DataFrame(told, schema=[" ", "We said", "It came to"], orient="row")
