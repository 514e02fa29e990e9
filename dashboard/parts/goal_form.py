"""A form to set a goal, change it or take it back. Every version stays: charts show the goal as it counted then."""

from datetime import timedelta

import streamlit as st

from dashboard import agreements, goals, kpi, words
from dashboard.goals import Goal
from dashboard.kpi import Definition
from dashboard.parts import refusal, who_acts, whom
from pipelines.journal import JournalError
from pipelines.journal.goals import LONGEST_OWNER, Aim

_NEW = "A new goal"
_QUARTER = timedelta(weeks=13)


def show(found: list[Goal]) -> None:
    """Which goal, then what it should be from today on."""
    who_acts.ask("_goal")
    if not who_acts.name():
        return
    by_id = {one.goal_id: one for one in (*found, *goals.set_here())}
    chosen = st.selectbox(
        "Goal",
        [_NEW, *by_id],
        format_func=lambda each: by_id[each].name if each in by_id else each,
        key="goal_which",
    )
    one = by_id.get(chosen)
    field = f"goal_{chosen}" if one else "goal_new"
    about = one.about if one else _of_what(field)
    with st.form(f"form_{field}", border=False):
        is_over = one is not None and one.due_on < agreements.today()
        if is_over:
            st.markdown("Its day is over, so it stays what it was. Set a new goal for what comes next.")
        else:
            _aim(one, about, field)
        with st.container(horizontal=True, gap="small"):
            if not is_over:
                st.form_submit_button(
                    "Change it" if one else "Set it",
                    key=f"save_{field}",
                    type="primary",
                    on_click=_set,
                    args=(one, field),
                )
            if one:
                st.form_submit_button(
                    "Take it back", key=f"drop_{field}", on_click=_set, args=(one, field, True)
                )
        refusal.tell(field)
    st.markdown(":small[:gray[It counts from today; charts keep the goal of before for the time before.]]")


def _aim(one: Goal | None, about: Definition | None, field: str) -> None:
    unit = "Of 100, or points" if about is None else "Points" if about.is_net else "Of 100"
    lower = "; lower is better" if about and about.better == "down" else ""
    left, middle, right = st.columns(3, gap="small")
    left.number_input(
        f"{unit}{lower}", min_value=-100.0, max_value=100.0, value=one.target * 100 if one else None, step=1.0,
        key=f"{field}_target", format="%.1f", placeholder="Where it should be",
    )  # fmt: skip
    middle.date_input(
        "By when", value=max(one.due_on, agreements.today()) if one else agreements.today() + _QUARTER,
        min_value=agreements.today(), key=f"{field}_due", format="YYYY-MM-DD",
    )  # fmt: skip
    right.text_input(
        "Whose it is", value=one.owner if one else "", key=f"{field}_owner", max_chars=LONGEST_OWNER,
        placeholder="A role or a team",
    )  # fmt: skip


def _of_what(field: str) -> Definition | None:
    """Outside the form, so that the target can say at once what is better; None until a number is chosen."""
    known = kpi.definitions()
    left, right = st.columns(2, gap="small")
    chosen = left.selectbox(
        "Number", list(known), index=None, format_func=lambda name: known[name].label, key=f"{field}_kpi",
        placeholder="Choose",
    )  # fmt: skip
    with right:
        whom.ask("Of whom", f"{field}_whom")
    return known.get(chosen or "")


def _set(one: Goal | None, field: str, is_dropped: bool = False) -> None:
    """Write a first or a next version; of a goal that came in a list, the first one here."""
    said, today, book = st.session_state, agreements.today(), goals.book()
    if one is None:
        whose = whom.chosen(f"{field}_whom")
    else:
        whose = (None, None) if one.group.is_everyone else (one.group.dimension, one.group.member)
    target, due_on, owner = (said.get(f"{field}_{name}") for name in ("target", "due", "owner"))
    if one and (is_dropped or one.due_on < today):
        target = one.target * 100 if target is None else target
        due_on, owner = due_on or one.due_on, owner or one.owner or "nobody"
    about = one.about.kpi if one else said.get(f"{field}_kpi")
    needed = {"which number": about, "where it should be": target is not None, "by when": due_on,
              "whose it is": (owner or "").strip()}  # fmt: skip
    if missing := [name for name, given in needed.items() if not given]:
        refusal.keep(field, f"Nothing was written yet: please say {words.listed(missing)}.")
        return
    aim = Aim(
        thing_id=one.goal_id if one else "", kpi=about or "",
        target_share=round((target or 0) / 100, 4), due_on=due_on or today, from_on=today, owner=owner or "",
        dimension=whose[0], member=whose[1], is_dropped=is_dropped,
    )  # fmt: skip
    if one is None and (there := goals.same_as(aim)):
        refusal.keep(field, f"This goal is there: {there}. Choose it above and change it instead.")
        return
    seen = goals.here(one.goal_id) if one else None
    try:
        if seen is None:
            book.write(aim, who_acts.name(), agreements.now())
        else:
            book.change(
                seen, who_acts.name(), agreements.now(), target_share=aim.target_share, due_on=aim.due_on,
                from_on=today, owner=aim.owner, is_dropped=is_dropped,
            )  # fmt: skip
    except JournalError as error:
        refusal.keep(field, str(error))
