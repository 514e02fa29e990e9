"""A decision or a promise in the meeting: whose, by when, and what becomes of it; and the form for a new one."""

from datetime import timedelta

import streamlit as st

from dashboard import agreements, words
from dashboard.parts import refusal, who_acts
from pipelines.journal import JournalError
from pipelines.journal.notes import LONGEST, Note, NoteChanged

_TOLD = "agreement_told"
_FORM = "agree"
_SORTS = {"decision": "We decide", "promise": "We promise customers"}
_NEW = ("agreed_text", "agreed_owner", "agreed_due")
_ONE_WEEK = timedelta(weeks=1)


def carried() -> None:
    """What is still open from any week, the next due first, each with what can be done about it."""
    today = agreements.today()
    for one in agreements.book().carried():
        with st.container(border=True, gap="xsmall"):
            st.markdown(
                f"**{words.safe(one.text)}**  \n:small[{agreements.sort_name(one)}, about week {int(one.iso_week[-2:])}"
                f" · {agreements.facts(one, today)}]"
            )
            if who_acts.name():
                with st.container(horizontal=True, gap="small"):
                    _close(one, "done", "Done", "What became of it?")
                    _move(one)
                    _close(one, "dropped", "Drop", "Why?")


def new(iso_week: str) -> None:
    """What this meeting agreed so far, and the form for one more."""
    today = agreements.today()
    for one in agreements.book().agreed():
        if one.iso_week == iso_week and one.state != "dropped":
            st.markdown(
                f":gray[:material/gavel:] {agreements.sort_name(one)}: **{words.safe(one.text)}**  \n"
                f":small[:gray[{agreements.facts(one, today)}. Written down by {words.safe(one.first_by)}]]"
            )
    if not who_acts.name():
        st.markdown(":small[:gray[Say who you are, above, to write down what was decided.]]")
        return
    with st.form(_FORM, border=True, enter_to_submit=False):
        st.segmented_control(
            "Which", list(_SORTS), format_func=_SORTS.__getitem__, default="decision", key="agreed_sort",
            label_visibility="collapsed", required=True,
        )  # fmt: skip
        st.text_area("What?", key="agreed_text", max_chars=LONGEST, height=80)
        left, right = st.columns(2)
        left.text_input("Who does it?", key="agreed_owner", max_chars=60)
        right.date_input("By when?", key="agreed_due", value=None, min_value=today, format="YYYY-MM-DD")
        st.form_submit_button("Write it down", type="primary", on_click=_write, args=(iso_week,))
        refusal.tell(_FORM)


def tell() -> None:
    """Say once what could not be written, and why."""
    told = st.session_state.pop(_TOLD, None)
    if told:
        st.markdown(f":orange[{words.safe(told)}]")


def _write(iso_week: str) -> None:
    text, owner, due_on = (st.session_state.get(name) for name in _NEW)
    missing = [
        name for name, given in (("what", (text or "").strip()), ("who does it", (owner or "").strip()),
                                 ("by when", due_on)) if not given
    ]  # fmt: skip
    if missing:
        refusal.keep(_FORM, f"Nothing was written yet: please say {words.listed(missing)}.")
        return
    try:
        agreements.book().write(
            st.session_state.get("agreed_sort") or "decision", iso_week, text or "", who_acts.name(),
            owner=owner or "", due_on=due_on, at=agreements.now(),
        )  # fmt: skip
    except JournalError as error:
        refusal.keep(_FORM, str(error))
        return
    # What is only forgotten stays on screen, and a second tap would write it again: the browser still holds it.
    st.session_state.update(agreed_text="", agreed_owner="", agreed_due=None)


def _close(one: Note, state: str, label: str, question: str) -> None:
    field = f"{state}_{one.note_id}_{one.version}"
    with st.popover(label, key=f"open_{field}"), st.form(f"form_{field}", border=False):
        st.text_input(question, key=field, max_chars=300)
        st.form_submit_button(
            label, key=f"do_{field}", type="primary", on_click=_change, args=(one, field, state)
        )


def _move(one: Note) -> None:
    field = f"move_{one.note_id}_{one.version}"
    with st.popover("New date", key=f"open_{field}"), st.form(f"form_{field}", border=False):
        st.date_input(
            "By when?", key=field, value=agreements.today() + _ONE_WEEK, min_value=agreements.today(),
            format="YYYY-MM-DD",
        )  # fmt: skip
        st.form_submit_button(
            "New date", key=f"do_{field}", type="primary", on_click=_change, args=(one, field, "open")
        )


def _change(one: Note, field: str, state: str) -> None:
    said, book = st.session_state.get(field), agreements.book()
    try:
        if state == "open":
            book.change(one, who_acts.name(), due_on=said, at=agreements.now())
        elif state == "done":
            book.change(one, who_acts.name(), state="done", became=(said or "").strip(), at=agreements.now())
        else:
            book.change(
                one, who_acts.name(), state="dropped", became=(said or "").strip(), at=agreements.now()
            )
    except NoteChanged as first:
        yours = f": “{said}”" if state != "open" and said else ""
        st.session_state[_TOLD] = (
            f"{first.now.by} was first: “{first.now.text}” is changed. Yours was not written{yours}."
        )
    except JournalError as error:
        st.session_state[_TOLD] = str(error)
