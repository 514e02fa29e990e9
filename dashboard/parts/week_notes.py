"""Notes of a week on a page: who wrote what when, a way to change one's words, and a form for a new one."""

import streamlit as st

from dashboard import agreements, builds, kpi, week_notes, words
from dashboard.parts import refusal, who_acts
from dashboard.weeks import Week
from pipelines.journal import JournalError
from pipelines.journal.notes import AGREED, LONGEST, Note

_TOLD = "notes_told"
_FORM = "week_note"
_THE_WEEK = ""
TOLD_SECONDS = 12
NO_NAMES = "Write no customer's name: what is written here is kept."


def section(week: Week, *, now: bool = True) -> None:
    """What was written about the week, what its meeting agreed, and a form for more.

    Args:
        now: it is the latest week, whose page tells what was agreed in another place, unless it is frozen.
    """
    notes, kept = week_notes.of(week.iso_week), week_notes.minutes(week.iso_week)
    is_told = now and builds.frozen() is None
    agreed = [one for one in agreements.book().of_week(week.iso_week) if one.sort in AGREED and not is_told]
    if notes or kept or agreed:
        st.header("What we wrote about this week", anchor=False)
        listed(notes)
        today = agreements.today()
        for one in agreed:
            st.markdown(
                f":gray[:material/gavel:] {agreements.sort_name(one)}: **{words.safe(one.text)}**  \n"
                f":small[:gray[{agreements.facts(one, today)}]]"
            )
        if kept:
            with st.expander(f"Minutes, kept by {week_notes.author(kept)}", type="compact"):
                st.markdown(kept.text)
    with st.expander("Write something about this week", type="compact", icon=":material/edit_note:"):
        _form(week)


def listed(notes: list[Note]) -> None:
    """The notes one under the other, each with its author; whoever said who she is may change the words."""
    if told := st.session_state.pop(_TOLD, None):
        st.toast(words.safe(told), icon=":material/group:", duration=TOLD_SECONDS)
    for one in notes:
        with st.container(horizontal=True, vertical_alignment="top", gap="small", wrap=False):
            st.markdown(
                f"{week_notes.in_words(one)}  \n:small[:gray[{week_notes.author(one)}]]", width="stretch"
            )
            if who_acts.name():
                _editor(one)


def write(iso_week: str, text: str, about: str, sort: str = "note") -> bool:
    """Write a note down in the name of who acts; if that can not be, say why. Returns whether it is written."""
    try:
        agreements.book().write(
            "annotation" if sort == "annotation" else "note", iso_week, text, who_acts.name(), about=about,
            at=agreements.now(),
        )  # fmt: skip
    except JournalError as error:
        st.session_state[_TOLD] = str(error)
        return False
    return True


def _editor(now: Note) -> None:
    """The words to change. While it is open it stays with the version that was opened, whatever others write."""
    seen_key = f"seen_{now.note_id}"
    with st.popover(
        "", icon=":material/edit:", key=f"edit_{now.note_id}", type="tertiary", on_change="rerun"
    ) as opened:
        if not opened.open:
            st.session_state.pop(seen_key, None)
            return
        one: Note = st.session_state.setdefault(seen_key, now)
        field = f"words_{one.note_id}_{one.version}"
        with st.form(f"form_{field}", border=False):
            st.text_area("Your words", value=one.text, key=field, max_chars=LONGEST)
            with st.container(horizontal=True, gap="small"):
                st.form_submit_button(
                    "Save", key=f"save_{field}", type="primary", on_click=_rewrite, args=(one, field)
                )
                st.form_submit_button("Take it back", key=f"drop_{field}", on_click=_take_back, args=(one,))
        if one.version > 1:
            before = [
                f"- {words.safe(past.text)} :small[:gray[{words.safe(past.by)}]]"
                for past in agreements.book().history(one.note_id)[: one.version - 1]
            ]
            st.markdown(":small[Before:]\n" + "\n".join(before))


def _rewrite(one: Note, field: str) -> None:
    st.session_state.pop(f"seen_{one.note_id}", None)
    text = st.session_state.get(field, "")
    if text.strip() == one.text:
        return
    try:
        written = agreements.book().rewrite(one, text, who_acts.name(), agreements.now())
    except JournalError as error:
        st.session_state[_TOLD] = str(error)
        return
    if written.note_id != one.note_id:
        st.session_state[_TOLD] = (
            "Somebody changed it at the same time. Both are kept: yours is a note of its own."
        )


def _take_back(one: Note) -> None:
    try:
        agreements.book().change(one, who_acts.name(), state="dropped", at=agreements.now())
    except JournalError as error:
        st.session_state[_TOLD] = str(error)


def _form(week: Week) -> None:
    who_acts.ask()
    if not who_acts.name():
        return
    names = {_THE_WEEK: "The week as a whole"} | {name: one.label for name, one in kpi.definitions().items()}
    with st.form(_FORM, border=False):
        st.selectbox("About", list(names), format_func=names.__getitem__, key="week_note_about")
        st.text_area("What", key="week_note_text", max_chars=LONGEST, placeholder=NO_NAMES)
        st.form_submit_button("Write it down", on_click=_write_form, args=(week.iso_week,))
        refusal.tell(_FORM)


def _write_form(iso_week: str) -> None:
    about = st.session_state.get("week_note_about", _THE_WEEK)
    if not st.session_state.get("week_note_text", "").strip():
        refusal.keep(_FORM, "Nothing was written yet: please say what.")
    elif write(
        iso_week, st.session_state.get("week_note_text", ""), about, "annotation" if about else "note"
    ):
        st.session_state["week_note_text"] = ""
