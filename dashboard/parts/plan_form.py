"""The fields of a plan, what it could show while they are filled in, and the button that writes it down."""

from dataclasses import replace
from datetime import date

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import builds, care_list, locales, prospects, trying, words
from dashboard.parts import frozen_week, who_acts
from dashboard.trying import Idea, NotWritten, Pool

_TOLD, _MINE = "try_told", "try_mine"
DAYS, WORTH, WAIT = 90, 3.0, 20
"""What a plan begins with: how long, what would be worth having, how many wait; the last two of 100."""


def show(known: dict[str, Pool], kpi: str, finding: str) -> Pool:
    """The form at the left, what it could show at the right; written by whoever says who she is.

    What is owed has no form: it is done for everybody, and the list is one click away.

    Args:
        known: occasions, at least one. kpi, finding: where it came from; may be empty.

    Returns:
        Whom the reader has chosen.
    """
    left, right = st.columns([11, 9], gap="large")
    with left:
        pool = _whom(known, trying.suited(known, kpi))
        idea = _fields(pool, finding) if pool.is_drawn else None
    with right, st.container(border=True):
        if idea is None:
            _owed(pool)
        else:
            _prospect(pool, idea)
    if idea is not None:
        _write(pool, idea)
    return pool


def written() -> str:
    """The plan that this session wrote last; empty before."""
    mine: str = st.session_state.get(_MINE, "")
    return mine


def _whom(known: dict[str, Pool], first: str) -> Pool:
    names = list(known)
    chosen = st.selectbox(
        "Who?", names, index=names.index(first), key="try_occasion",
        format_func=lambda name: known[name].name + ("" if known[name].is_drawn else " (owed: everybody gets it)"),
        help="The occasion that finds the customers. Who of them is drawn says the lot.",
    )  # fmt: skip
    return known[chosen]


def _owed(pool: Pool) -> None:
    st.markdown(f"**Done for everybody at once**\n\n{prospects.owed(pool)}")
    frozen_week.link(
        "app_pages/this_weeks_care.py", "To the list: this week's care", "checklist", occasion=pool.occasion
    )
    st.markdown(":small[:gray[To learn what helps beyond that, choose something extra under “Who?”.]]")


def _fields(pool: Pool, finding: str) -> Idea:
    occasion = pool.occasion
    tactic = st.text_input("What do they get?", value=pool.kind, key=f"try_tactic_{occasion}", max_chars=60)
    name = st.text_input(
        "What do we call it?", value=f"{words.capital(pool.kind)}: {pool.name[:1].lower()}{pool.name[1:]}",
        key=f"try_name_{occasion}", max_chars=80,
    )  # fmt: skip
    belief = st.text_input(
        "What do we believe?", value=trying.belief(pool), key=f"try_belief_{occasion}", max_chars=300
    )
    one, two, three = st.columns(3)
    capacity = one.number_input("How many a week?", 1, 100_000, 50, key="try_capacity")
    weeks = two.number_input("For how many weeks?", 1, 260, 12, key="try_weeks")
    cost = three.number_input(
        f"Cost of each, {_currency()}", 0.0, 100_000.0, 3.0, step=0.5, format="%.2f", key="try_cost"
    )
    waits = st.slider(
        "How many of 100 wait, even if there are hands for all?", 5, 90, WAIT, step=5, key="try_waits",
        help="They are whom we compare with. They are denied nothing: we only don't start.",
    )  # fmt: skip
    one, two, three = st.columns(3, vertical_alignment="bottom")
    horizon = one.number_input(
        "Within how many days?",
        1,
        730,
        DAYS,
        key="try_horizon",
        help="We judge it by: ordered again within so many days.",
    )
    worth = two.number_input(
        "Worth having, of 100", 0.0, 100.0, WORTH, step=0.5, format="%.1f", key="try_worth",
        help="The smallest rise that would make you go on.",
    )  # fmt: skip
    idea = Idea(
        name, belief, tactic, int(capacity), int(weeks), int(horizon), float(worth) / 100,
        _starts(three), float(cost), float(waits) / 100, finding=finding,
    )  # fmt: skip
    return replace(idea, looks=_looks(idea))


def _starts(place: DeltaGenerator) -> date:
    given = place.date_input(
        "From when?",
        value=care_list.today(),
        min_value=care_list.today(),
        key="try_starts",
        format=locales.current().date_field,
    )
    return given if isinstance(given, date) else care_list.today()


def _looks(idea: Idea) -> tuple[date, ...]:
    """The two looks; their fields follow the answer's day until somebody sets another."""
    first, second = trying.default_looks(idea)
    stamp = f"{idea.starts_on}_{idea.weeks}_{idea.horizon_days}"
    one, two = st.columns(2)
    given = (
        one.date_input("First look", value=first, key=f"try_look_1_{stamp}", format=locales.current().date_field,
                       help="When the answer should be in. Nobody looks before."),
        two.date_input("Second look", value=second, key=f"try_look_2_{stamp}", format=locales.current().date_field,
                       help="Once more, with everybody whose time is over by then."),
    )  # fmt: skip
    return tuple(sorted(day for day in given if isinstance(day, date)))


def _prospect(pool: Pool, idea: Idea) -> None:
    can = trying.prospect(pool, idea)
    known, told = prospects.by_when(idea, can)
    st.markdown("**By when we would know**")
    (st.success if known else st.warning)(
        told, icon=":material/event_available:" if known else ":material/event_busy:"
    )
    if better := prospects.sooner(pool, idea):
        st.markdown(better)
    st.markdown(prospects.whom(pool, idea, can))
    st.markdown(prospects.could_show(idea, can))
    cost = prospects.costs(idea, can, _currency())
    if cost:
        st.markdown(cost)
    st.markdown(
        f":small[:gray[We judge it by: ordered again within {idea.horizon_days} days. That is known of everybody, "
        "whether they answer a survey or not.]]"
    )


def _write(pool: Pool, idea: Idea) -> None:
    told = st.session_state.pop(_TOLD, None)
    if told:
        st.markdown(f":orange[{words.safe(told)}]")
    if mine := written():
        _next_steps(mine)
    who_acts.ask()
    if not who_acts.name():
        st.markdown(":small[:gray[Say who you are, above, to write it down.]]")
        return
    st.button(
        "Write it down again, changed" if mine else "Write it down", key="try_write", type="primary",
        icon=":material/edit_note:", on_click=_written_down, args=(pool, idea),
    )  # fmt: skip
    st.markdown(
        ":small[:gray[It stands beside the result later. You may change it until people are drawn for it, and then "
        "nobody can.]]"
    )


def _next_steps(mine: str) -> None:
    st.success("It is written down.", icon=":material/check:")
    with st.container(horizontal=True, gap="small"):
        frozen_week.link("app_pages/this_weeks_care.py", "Carry it out: this week's care", "checklist")
        frozen_week.link("app_pages/did_it_work.py", "See what we said", "arrow_forward", initiative=mine)


def _written_down(pool: Pool, idea: Idea) -> None:
    try:
        plan = trying.plan_of(pool, idea, who_acts.name(), _currency())
        trying.write(care_list.journal(), plan, who_acts.name(), mine=written())
    except NotWritten as error:
        st.session_state[_TOLD] = str(error)
        return
    st.session_state[_MINE] = plan.initiative_id


def _currency() -> str:
    return builds.settings().company.currency
