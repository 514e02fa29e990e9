"""One initiative in full: verdict, of every 100, money, what to do next, what we said before, could we be fooled."""

import polars as pl
import streamlit as st

from dashboard import agreed, doubts, initiatives, margins, verdicts, words
from dashboard.charts import effect, hundred
from dashboard.initiatives import Judged
from dashboard.parts import (
    evidence,
    frozen_week,
    head,
    one_page,
    picture,
    portfolio,
    table,
    what_next,
    worked_out,
)
from pipelines.journal import Journal, Plan

_MARKS = {
    True: ":green[:material/check:]", False: ":red[:material/close:]", None: ":orange[:material/priority_high:]",
}  # fmt: skip


def title(name: str, evidence_word: str = "") -> None:
    """The way back, what it is called, and how strong the proof is."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        frozen_week.link(portfolio.PAGE, "All initiatives", "arrow_back")
        st.markdown(f"**{words.safe(name)}**", width="content")
        if evidence_word:
            evidence.badge(evidence_word)


def show(one: Judged, compared: int, plan: Plan | None, book: Journal) -> None:
    """Everything about an initiative.

    Args:
        compared: how many initiatives were judged at all. plan: as written in the journal, if it was.
    """
    title(one.name, one.evidence)
    head.headline(*verdicts.answer(one))
    if one.is_compared:
        left, right = st.columns([11, 9], gap="large")
        with left:
            _seen(one)
        with right, st.container(border=True):
            _money(one)
    elif one.evidence == initiatives.DRAWN:
        st.markdown(verdicts.counts(one))
    what_next.section(one, plan, book)
    left, right = st.columns([1, 1], gap="large")
    with left:
        _said_before(one, plan, is_drawn=bool(plan and book.draws(one.initiative_id)))
    with right:
        _fooled(one, compared)
        _also(one)
    worked_out.section(one)
    one_page.offer(one, compared, plan, book)


def planned(plan: Plan, book: Journal) -> None:
    """A plan that no build knows yet."""
    title(plan.name)
    how = "The lot is drawn on the page of this week's care."
    if plan.care_class == "owed":
        how = "It is owed, so everybody gets it: nothing is drawn, and nobody is left to compare with."
    drawn = sum(draw.rows.height for draw in book.draws(plan.initiative_id))
    head.headline(
        "It has begun; nothing can be said of it yet." if drawn else "It is written down and has not begun.",
        f"{words.plural(drawn, 'person was', 'people were')} in its lots so far."
        if drawn
        else f"It starts on {words.day(plan.starts_on, year=True)}. {how}",
    )
    frozen_week.link("app_pages/this_weeks_care.py", "This week's care", "checklist")
    one = Judged(
        plan.initiative_id, plan.name, "inconclusive", initiatives.DRAWN, plan.outcome, plan.hypothesis,
        horizon_days=plan.horizon_days, starts_on=plan.starts_on if drawn else None, worth=plan.smallest_effect,
        currency=plan.currency or "EUR", looks=plan.looks,
    )  # fmt: skip
    _said_before(one, plan, is_drawn=bool(drawn))
    what_next.buttons(one, book)


def _seen(one: Judged) -> None:
    if one.verdict in ("works", "harmful") and one.anyway is not None:
        st.markdown(verdicts.of_every_100(one))
        _hundred(one, one.anyway)
    else:
        if one.verdict in ("works", "harmful"):
            st.markdown(verdicts.of_every_100(one))
        _against_worth(one)
    st.markdown(verdicts.counts(one))


def _hundred(one: Judged, anyway: float) -> None:
    share, low, high = one.effect or 0.0, one.low or 0.0, one.high or 0.0
    gained = share >= 0
    picture.show(
        hundred.hundred,
        pl.DataFrame({"place": range(100)}),
        name=f"hundred_{one.initiative_id}",
        takeaway=f"Of 100 customers {words.of_100(anyway)} anyway, {verdicts.more(share)} because of it",
        anyway=anyway * 100,
        extra=share * 100,
        extra_end=(high if gained else low) * 100,
    )
    colour = "green" if gained else "red"
    st.markdown(
        f":small[:gray[● anyway]] :small[:{colour}[● {'because of it' if gained else 'lost because of it'}]] "
        f":small[:{colour}[○ perhaps: to the end of the range]]"
    )


def _against_worth(one: Judged) -> None:
    if not one.is_share:
        return
    figures = {"value": [one.effect], "low": [one.low], "high": [one.high], "worth": [one.worth]}
    picture.show(
        effect.effect,
        pl.DataFrame(figures, schema=dict.fromkeys(figures, pl.Float64)),
        name=f"effect_{one.initiative_id}",
        takeaway=f"{verdicts.word(one)} {verdicts.lead(one)}",
        role=one.role,
        title=f"more of 100 {one.judged_by.did}",
    )


def _money(one: Judged) -> None:
    st.markdown("**Money**")
    if one.is_paid:
        table.plain(margins.table(one), f"{one.name}: money")
        told = margins.break_even(one)
        st.markdown(f"{told}  \n:small[:gray[{margins.rests_on(one)}]]")
    else:
        st.markdown(margins.unknown(one))
    if one.verdict == "works" and one.anyway is not None:
        st.markdown("**How much, and is it worth having?**")
        _against_worth(one)


def _said_before(one: Judged, plan: Plan | None, *, is_drawn: bool) -> None:
    st.header("What we said before we started", anchor=False)
    by = agreed.heading(one, plan, is_drawn)
    st.markdown(f"{f':small[:gray[{by}]]  ' if by else ''}\n\n{agreed.belief(one, plan)}")
    table.plain(agreed.beside(one, plan), f"{one.name}: what we said, and what it came to")
    st.markdown(agreed.looks(one, plan))


def _fooled(one: Judged, compared: int) -> None:
    found = doubts.of(one, compared)
    if not found:
        return
    st.header("Could we be fooled?", anchor=False)
    st.markdown("  \n".join(f"{_MARKS[settled]} {says}" for settled, says in found))


def _also(one: Judged) -> None:
    others = initiatives.also_looked_at(one.initiative_id)
    if not others:
        return
    st.header("Also looked at", anchor=False)
    st.markdown(":small[:gray[Not what we promised to judge by.]]")
    st.markdown("  \n".join(verdicts.secondary(other) for other in others))
