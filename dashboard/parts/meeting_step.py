"""The five steps of the weekly meeting: what each shows, the notes beside it, the minutes at its end."""

from collections.abc import Callable

import streamlit as st

from dashboard import agreements, builds, minutes, week_notes, words
from dashboard.minutes import Meeting
from dashboard.parts import agreement, changes, decided, first_look, frozen_week, head, needs, who_acts
from dashboard.parts import week_notes as notes_part
from dashboard.this_week import ThisWeek
from pipelines.journal import JournalError
from pipelines.journal.notes import AGREED

NAMES = {
    "decided": "1 · What was decided",
    "changed": "2 · What changed",
    "needs": "3 · Needs you",
    "decide": "4 · Decide",
    "minutes": "5 · Minutes",
}
LISTEN_EVERY = "4s"
_TOLD = "minutes_told"


def show(step: str, said: ThisWeek) -> None:
    """What a step shows, under its title."""
    agreement.tell()
    _SHOWN[step](said)


@st.fragment(run_every=LISTEN_EVERY)
def notes(iso_week: str, step: str) -> None:
    """What everybody in the meeting wrote at this step; looks again by itself, so that nobody has to reload."""
    written = week_notes.of_step(iso_week, step)
    if not written:
        st.markdown(":small[:gray[Nothing is noted at this step yet.]]")
    notes_part.listed(written)


def note_box(iso_week: str, step: str) -> None:
    """One line to write in; Enter writes it down for everybody."""
    if not who_acts.name():
        st.markdown(":small[:gray[Say who you are, above, to write.]]")
        return
    key = f"note_{step}"
    st.chat_input("Write a note", key=key, on_submit=_note, args=(key, iso_week, step))
    st.markdown(f":small[:gray[{notes_part.NO_NAMES}]]")


def _note(key: str, iso_week: str, step: str) -> None:
    notes_part.write(iso_week, st.session_state.get(key) or "", step)


def _decided(said: ThisWeek) -> None:
    open_ones = agreements.book().carried()
    if not open_ones and not decided.known(said.week, now=said.is_latest, in_meeting=True):
        st.header("What was decided, and what became of it", anchor=False)
        st.markdown("Nothing was decided or promised in the last quarter.")
        return
    decided.section(said.week, now=said.is_latest, in_meeting=True)
    if open_ones:
        st.header("Still open", anchor=False)
        agreement.carried()


def _changed(said: ThisWeek) -> None:
    if changes.most_pressing(said.readings):
        changes.section(said.readings, said.week)
    else:
        st.header("What changed", anchor=False)
        st.markdown("Nothing moved more than it usually does.")
    first_look.section(said.week)


def _needs(said: ThisWeek) -> None:
    st.header("Needs you", anchor=False)
    if said.needs:
        needs.cards(said.needs)
    else:
        st.markdown("Nothing needs you.")


def _decide(said: ThisWeek) -> None:
    st.header("Decide", anchor=False)
    if said.needs:
        st.markdown(":small[:gray[On the table: " + "; ".join(need.title for need in said.needs) + ".]]")
    agreement.new(said.week.iso_week)


def _minutes(said: ThisWeek) -> None:
    st.header("Minutes", anchor=False)
    iso_week = said.week.iso_week
    if told := st.session_state.pop(_TOLD, None):
        st.markdown(f":orange[{words.safe(told)}]")
    there = week_notes.present(iso_week)
    if who_acts.name():
        st.text_input(
            "Who was there?", value=there.text if there else "", key="present", max_chars=300, on_change=_present,
            args=(iso_week,),
        )  # fmt: skip
    written = minutes.markdown(meeting(said), agreements.today())
    kept = week_notes.minutes(iso_week)
    if kept:
        same = "They are as below." if kept.text == written else "Since then something was added or changed."
        st.markdown(f":green[:material/check:] Kept by {week_notes.author(kept)}. {same}")
    with st.container(horizontal=True, gap="small"):
        if who_acts.name():
            st.button(
                "Keep these minutes", key="keep_minutes", type="primary", icon=":material/bookmark:",
                on_click=_keep, args=(iso_week, written), disabled=bool(kept and kept.text == written),
            )  # fmt: skip
        st.download_button("Markdown", written, f"minutes-{iso_week}.md", "text/markdown", key="minutes_markdown",
                           icon=":material/download:", on_click="ignore")  # fmt: skip
        st.download_button("Plain text", minutes.text(written), f"minutes-{iso_week}.txt", "text/plain",
                           key="minutes_text", icon=":material/download:", on_click="ignore")  # fmt: skip
    with st.container(border=True):
        st.markdown(_as_shown(written))


def meeting(said: ThisWeek) -> Meeting:
    """All that the minutes of a week say."""
    iso_week, moved = said.week.iso_week, changes.most_pressing(said.readings)
    there, written = week_notes.present(iso_week), week_notes.of(iso_week)
    headline, lead = said.headline
    return Meeting(
        said.week, headline, lead, _rests_on(said), there.text if there else "",
        {
            "decided": [decided.told(line, said.week)
                        for line in decided.known(said.week, now=said.is_latest, in_meeting=True)],
            "changed": changes.sentences(moved, said.week) if moved else ["Nothing moved more than it usually does."],
            "needs": [f"{need.title}. {need.facts}" + (f" Owner: {need.owner}." if need.owner else "")
                      for need in said.needs],
        },
        [one for one in agreements.book().of_week(iso_week) if one.sort in AGREED],
        {step: [one for one in written if one.sort == "note" and one.about == step] for step in NAMES},
        [one for one in written if one.sort == "annotation" or one.about not in NAMES],
    )  # fmt: skip


def _rests_on(said: ThisWeek) -> str:
    shown, then = builds.build(), builds.frozen()
    known = f"as frozen on {frozen_week.known_on(then)}" if then else head.published()
    return f"Numbers: {known}; {head.freshness(said.week)[0]}; {shown.id if shown else ''}."


def _as_shown(written: str) -> str:
    """The headings one size down: the page has its own."""
    return "\n".join(f"###{line[1:]}" if line.startswith("# ") else f"##{line}" if line.startswith("## ") else line
                     for line in written.splitlines())  # fmt: skip


def _present(iso_week: str) -> None:
    said, before = (st.session_state.get("present") or "").strip(), week_notes.present(iso_week)
    if not said or (before and before.text == said):
        return
    try:
        if before:
            agreements.book().change(before, who_acts.name(), text=said, at=agreements.now())
        else:
            agreements.book().write(
                "note", iso_week, said, who_acts.name(), about=week_notes.PRESENT, at=agreements.now()
            )
    except JournalError as error:
        st.session_state[_TOLD] = str(error)


def _keep(iso_week: str, written: str) -> None:
    try:
        agreements.book().keep_minutes(iso_week, written, who_acts.name(), agreements.now())
    except JournalError as error:
        st.session_state[_TOLD] = str(error)


_SHOWN: dict[str, Callable[[ThisWeek], None]] = {
    "decided": _decided, "changed": _changed, "needs": _needs, "decide": _decide, "minutes": _minutes,
}  # fmt: skip
