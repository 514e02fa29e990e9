"""Who is at the screen: said once a session, written beside everything that she does. Until there is a sign-in."""

import streamlit as st

from dashboard import words

_SAID = "acting_as"
_LONGEST = 40


def name() -> str:
    """Who acts; empty until she has said so."""
    said: str = st.session_state.get(_SAID, "")
    return said


def ask(place: str = "") -> None:
    """One line: who are you, or who you are and how to change it; `place` tells apart those of one page."""
    if name():
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f":small[:material/person: You are **{words.safe(name())}**.]", width="content")
            st.button(
                "Not you?",
                key=f"not_me{place}",
                type="tertiary",
                on_click=lambda: st.session_state.pop(_SAID, None),
            )
        return
    with st.form(f"who_acts{place}", border=True, enter_to_submit=True):
        st.text_input(
            "Who are you?", key=f"who_acts_name{place}", max_chars=_LONGEST, placeholder="A short name or a role",
            help="It stands beside what you do, so that nobody does it twice.",
        )  # fmt: skip
        st.form_submit_button("That's me", type="primary", on_click=_remember, args=(place,))


def _remember(place: str) -> None:
    st.session_state[_SAID] = " ".join(st.session_state.get(f"who_acts_name{place}", "").split())
