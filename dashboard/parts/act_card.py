"""One act of care on a phone: who, why, by when, taken by, and what became of it in one tap."""

from datetime import date

import polars as pl
import streamlit as st

from dashboard import builds, care_list, words
from dashboard.care_list import Item
from dashboard.parts import customer_card, who_acts
from dashboard.parts.customer_card import TOLD
from pipelines.care import plan
from pipelines.care.plan import CareError
from pipelines.journal import ActChanged, JournalError

_KEPT = "acts_kept"
_TAKEN_UP = "owed_taken_up"
TOUCH = "<style>[class*='st-key-touch'] button {min-height: 2.75rem}</style>"
"""44 pixels: what a thumb needs."""


def on_the_list() -> pl.DataFrame:
    """The acts of the journal. Once a person says who she is, what is owed by this build is put on the list.

    Before that the page only shows what it would be: looking writes nothing.
    """
    book, shown = care_list.journal(), builds.build()
    try:
        if not who_acts.name() or shown is None:
            return care_list.with_owed(book.acts())
        if st.session_state.get(_TAKEN_UP) != shown.id:
            plan.take_up_owed(builds.store(), builds.settings(), who_acts.name())
            st.session_state[_TAKEN_UP] = shown.id
    except CareError as error:
        st.warning(words.safe(str(error)), icon=":material/report:")
    return book.acts()


def kept() -> set[str]:
    """What this session closed: it stays in its place, so that it can be undone."""
    found: set[str] = st.session_state.setdefault(_KEPT, set())
    return found


def show(one: Item, today: date) -> None:
    """An act with its buttons."""
    with st.container(gap="xsmall", key=f"touch_{one.act_id}"):
        st.markdown(f"**{words.safe(one.alias)}** :small[:gray[· {words.safe(one.kind)}]]")
        if one.is_open:
            st.markdown(words.localised(words.safe(one.reason), today))
        told = [care_list.due_words(one.due_on, today)] if one.is_open else []
        told += [state] if (state := care_list.state_words(one)) else []
        st.markdown(f":small[:gray[{' · '.join(told)}]]")
        if one.held:
            st.markdown(f":orange[:material/pause_circle: Not now: {words.safe(one.held)}.]")
        if one.note and builds.may_see_names():
            st.markdown(f":small[Said back: “{words.safe(one.note)}”]")
        _warn(one.act_id)
        if who_acts.name():
            with st.container(horizontal=True, gap="xsmall"):
                _buttons(one)


def change(one: Item, to: str, note: str | None = None) -> None:
    """Write down what became of an act; if somebody else was first, say who and write nothing."""
    try:
        care_list.journal().change_act(one.act_id, to, who_acts.name(), one.version, note=note)
    except ActChanged as first:
        _say(one.act_id, care_list.was_first(first))
    except JournalError as error:
        _say(one.act_id, str(error))
    else:
        kept().add(one.act_id)


def undo(one: Item) -> None:
    """Take the last change back."""
    try:
        care_list.journal().undo(one.act_id, who_acts.name(), one.version)
    except ActChanged as first:
        _say(one.act_id, care_list.was_first(first))
    except JournalError as error:
        _say(one.act_id, str(error))


def _buttons(one: Item) -> None:
    me = who_acts.name()
    if one.is_open and one.held:
        _act("Take it off the list", one, "cancelled")
    elif one.is_open:
        if st.button("Open", key=f"open_{one.act_id}", icon=":material/visibility:"):
            customer_card.open_card(one, lambda to, note: change(one, to, note))
        if one.state != "taken" or one.is_taken_by_another(me):
            label = "Take over" if one.is_taken_by_another(me) else "Take it"
            _act(label, one, "taken")
        if not one.is_taken_by_another(me) and not customer_card.is_blocked(one.customer_key):
            _act("Done", one, "done", is_main=one.state == "taken")
            _act("Couldn't reach", one, "not_reached")
            _act("Wrong address", one, "wrong_address")
    if one.state != "planned" and (care_list.same(one.by, me) or not one.is_open):
        st.button("Undo", key=f"undo_{one.act_id}", icon=":material/undo:", type="tertiary",
                  on_click=undo, args=(one,))  # fmt: skip


def _act(label: str, one: Item, to: str, *, is_main: bool = False) -> None:
    st.button(
        label, key=f"{to}_{one.act_id}", type="primary" if is_main else "secondary",
        on_click=change, args=(one, to),
    )  # fmt: skip


def _say(act_id: str, sentence: str) -> None:
    st.session_state[TOLD] = {**st.session_state.get(TOLD, {}), act_id: sentence}


def _warn(act_id: str) -> None:
    told = st.session_state.get(TOLD, {})
    if act_id in told:
        st.warning(words.safe(told.pop(act_id)), icon=":material/group:")
