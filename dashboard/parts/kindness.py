"""'Log a kindness': what, for how much, for whom, in ten seconds."""

import streamlit as st

from dashboard import builds, care_list, kindness, words
from dashboard.parts import who_acts
from pipelines.journal import JournalError

_TOLD = "kindness_told"
_EMPTY = {"kindness_kind": None, "kindness_cost": 0.0, "kindness_alias": "", "kindness_note": ""}


def log() -> None:
    """The form, and what is left of the budget."""
    st.header("Log a kindness", anchor=False)
    one = kindness.spent(care_list.journal())
    st.markdown(
        f"Something you did of your own accord. {kindness.spent_words(one)}  \n:small[:gray[It needs no lot and is "
        "kept apart: no comparison counts it.]]"
    )
    if told := st.session_state.pop(_TOLD, None):
        st.markdown(f":green[:material/check: {words.safe(told)}]")
    if not who_acts.name():
        st.markdown(":small[:gray[Say who you are, above, to log one.]]")
        return
    with st.container(border=True, key="touch_kindness"):
        left, right = st.columns([2, 1])
        kind = left.selectbox("What", kindness.KINDS, key="kindness_kind", index=None, accept_new_options=True,
                              placeholder="Choose, or write your own")  # fmt: skip
        cost = right.number_input(
            f"Cost, {one.currency}", min_value=0.0, step=1.0, format="%.2f", key="kindness_cost"
        )
        alias = st.text_input("For whom", key="kindness_alias", placeholder="First letters of the alias, or empty",
                              help="Empty: nobody in particular.")  # fmt: skip
        found = kindness.matches(alias)
        whom = None
        if alias.strip() and not found:
            st.markdown(":small[:orange[Nobody's alias begins like this.]]")
        elif found:
            whom = st.radio("Which one", list(found), format_func=lambda key: words.safe(found[key]),
                            key="kindness_whom", index=0 if len(found) == 1 else None)  # fmt: skip
        if not one.leaves(cost):
            left_over = words.money(max(0.0, (one.budget or 0) - one.amount), one.currency)
            st.markdown(
                f":small[:orange[Only {left_over} is left for this quarter. Ask before you spend more.]]"
            )
        note = st.text_input(
            "Note", key="kindness_note", max_chars=500, placeholder="If you like; stays with us"
        )
        ready = bool(kind) and (not alias.strip() or whom is not None) and one.leaves(cost)
        st.button("Log it", key="kindness_log", type="primary", icon=":material/favorite:", disabled=not ready,
                  on_click=_log, args=(whom, str(kind), float(cost), note.strip() or None))  # fmt: skip


def _log(whom: str | None, kind: str, cost: float, note: str | None) -> None:
    try:
        care_list.journal().log_kindness(
            whom, kind, cost, who_acts.name(), note=note, currency=builds.settings().company.currency,
            budget=kindness.budget(),
        )  # fmt: skip
    except JournalError as error:
        st.session_state[_TOLD] = str(error)
        return
    st.session_state[_TOLD] = f"Noted: {kind}. Thank you."
    # What is only forgotten stays on screen, and a second tap would log it again: the browser still holds it.
    st.session_state.update(_EMPTY)
