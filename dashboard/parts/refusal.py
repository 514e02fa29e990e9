"""Why a form was not written: said once, in the form beside its button."""

import streamlit as st

from dashboard import words


def keep(form: str, why: str) -> None:
    """Remember why a form was not written, until it is drawn again."""
    st.session_state[f"refused_{form}"] = why


def tell(form: str) -> None:
    """Say it, if there is something to say; to be called where the button of the form stands."""
    if why := st.session_state.pop(f"refused_{form}", None):
        st.markdown(f":orange[{words.safe(why)}]")
