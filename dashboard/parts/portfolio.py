"""All initiatives side by side: verdict, proof, effect, money, and what was decided."""

import polars as pl
import streamlit as st

from dashboard import decisions, margins, verdicts, words
from dashboard.charts import effects
from dashboard.charts.colours import Role
from dashboard.decisions import Decision
from dashboard.initiatives import Judged
from dashboard.parts import evidence, frozen_week, picture
from pipelines.journal import Plan

PAGE = "app_pages/did_it_work.py"
_COLOURS = {"better": "green", "worse": "red"}
_LEAST_DRAWN = 2
_ONLY_A_HINT = " It can only be a hint: the groups did not move alike before the start."


def show(found: list[Judged], planned: list[Plan], decided: list[Decision]) -> None:
    """The whole portfolio: those that can be judged, those that can't yet, those only written down."""
    compared = [one for one in found if one.is_judged]
    hints = [one for one in found if one.is_hint]
    shares = [one for one in compared if one.is_share]
    if len(shares) >= _LEAST_DRAWN:
        _side_by_side(shares)
    rest = [one for one in found if not one.is_compared]
    waiting = [one for one in rest if one.is_open]
    alone = [one for one in rest if not one.is_open]
    last = {one.initiative_id: one for one in reversed(decided)}
    for title, group in (
        ("Compared with others", compared),
        ("Only a hint", hints),
        ("Can't tell yet", waiting),
        ("Nothing to compare with", alone),
    ):
        if group:
            st.header(title, anchor=False)
        for one in group:
            _row(one, last.get(one.initiative_id))
    if planned:
        st.header("Written down, not judged yet", anchor=False)
        for plan in planned:
            _plan(plan)


def open_link(initiative_id: str, label: str = "Open") -> None:
    """The link to one initiative."""
    frozen_week.link(PAGE, label, "arrow_forward", initiative=initiative_id)


def _side_by_side(compared: list[Judged]) -> None:
    """Those judged by a share: amounts have another unit."""
    frame = pl.DataFrame(
        [
            {"label": one.name, "value": one.effect, "low": one.low, "high": one.high,
             "n": one.n_treated + one.n_control, "role": one.role}
            for one in compared
        ]
    )  # fmt: skip
    picture.show(
        effects.effects, frame, name="effects",
        takeaway="; ".join(f"{one.name}: {verdicts.in_list(one)} {verdicts.in_range(one)}" for one in compared),
    )  # fmt: skip
    st.markdown(
        ":small[:gray[More of 100 who did what each was to bring; bars: probably between, allowing for all that were "
        "judged. Right of the line is better.]]"
        if all(one.p_adjusted is not None for one in compared)
        else ":small[:gray[More of 100 who did what each was to bring; bars: probably between. Right of the line is "
        "better.]]"
    )


def _row(one: Judged, decision: Decision | None) -> None:
    with st.container(border=True):
        name, effect, money = st.columns([5, 6, 4], gap="medium")
        with name:
            st.markdown(f"**{words.safe(one.name)}**")
            evidence.badge(one.evidence)
            since = f"Since {words.short_day(one.starts_on)}. " if one.starts_on else ""
            done = f"Done {words.plural(one.acts_done, 'time')}." if one.acts_done else ""
            st.markdown(f":small[:gray[{since}{done}]]")
        with effect:
            st.markdown(f":{_COLOURS.get(role(one), 'gray')}[**{verdicts.in_list(one)}**]")
            st.markdown(told(one))
        with money:
            if one.is_compared:
                st.markdown(margins.left_over(one))
            quiet = (
                f":gray[{decided(decision)}]" if decision is None else f":material/gavel: {decided(decision)}"
            )
            st.markdown(f":small[{quiet}]")
            open_link(one.initiative_id)


def role(one: Judged) -> Role:
    """The colour of the one thing to know of it."""
    return "worse" if verdicts.in_list(one) == verdicts.LOSES_MONEY else one.role


def told(one: Judged) -> str:
    """The effect with its range, or why none is shown."""
    if not one.is_compared:
        return f"No effect and no money figure is shown. {verdicts.why_not(one)}"
    return f"{verdicts.short(one)}{_ONLY_A_HINT if one.is_hint and one.verdict != 'suggestive' else ''}"


def decided(decision: Decision | None) -> str:
    """What was decided last, when, and who does it."""
    if decision is None:
        return "Nothing was decided yet."
    return (
        f"**{decisions.SAID[decision.choice]}**, {words.short_day(decision.on)}, {words.safe(decision.who)}"
    )


def _plan(plan: Plan) -> None:
    with st.container(border=True, horizontal=True, horizontal_alignment="distribute"):
        st.markdown(
            f"**{words.safe(plan.name)}**  \n:small[:gray[Starts {words.short_day(plan.starts_on)}, "
            f"{words.count(plan.capacity_a_week)} a week. {words.safe(plan.owner)}]]",
            width="content",
        )
        open_link(plan.initiative_id)
