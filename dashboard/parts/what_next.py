"""'What to do next': what is suggested, and the buttons that record what was decided."""

import streamlit as st

from dashboard import care_list, decisions, initiatives, locales, looks, verdicts, words
from dashboard.initiatives import Judged
from dashboard.parts import frozen_week, refusal, who_acts
from pipelines.journal import Journal, Plan

_TOLD = "decision_told"


def section(one: Judged, plan: Plan | None, book: Journal) -> None:
    """The suggestion, the next look, what was decided so far, and the buttons."""
    today = decisions.today()
    st.header("What to do next", anchor=False)
    lines = [verdicts.suggestion(one, plan, today), looks.look(one, today)]
    st.markdown("\n\n".join(line for line in lines if line))
    if (
        one.verdict == "not identifiable"
        and one.evidence != initiatives.DRAWN
        and not verdicts.is_for_all(one)
    ):
        frozen_week.link(
            "app_pages/try_something.py", "Plan it so that we can tell", "science",
            finding=f"{one.name}: this set-up could not tell us",
        )  # fmt: skip
    buttons(one, book)


def buttons(one: Judged, book: Journal) -> None:
    """What was decided, newest first, and the form for a new decision."""
    taken = decisions.of(book, one.initiative_id)
    for each in taken:
        st.markdown(f":material/gavel: {decisions.in_words(each)}  \n:small[:gray[{decisions.became(each)}]]")
    if told := st.session_state.pop(_TOLD, None):
        st.markdown(f":orange[{words.safe(told)}]")
    if (one.verdict == "harmful" or (taken and taken[0].choice == "stop")) and (
        left := decisions.still_planned(book, one.initiative_id)
    ):
        st.markdown(f"{words.plural(left, 'act is', 'acts are')} still planned.")
        if who_acts.name():
            st.button(f"Cancel {'it' if left == 1 else 'them'}", key="cancel_planned", icon=":material/block:",
                      on_click=_cancel, args=(one.initiative_id,))  # fmt: skip
    who_acts.ask()
    if not who_acts.name():
        st.markdown(":small[:gray[Say who you are, above, to write down what was decided.]]")
    elif taken:
        with st.expander("Decide again", type="compact"):
            _form(one, len(taken))
    else:
        _form(one, 0)


def _form(one: Judged, known: int) -> None:
    name = f"{one.initiative_id}_{known}"
    with st.form(f"decide_{name}", border=True, enter_to_submit=False):
        st.text_input("Why?", key=f"why_{name}", max_chars=300)
        left, right = st.columns(2)
        left.text_input("Who does it?", key=f"whose_{name}", max_chars=60)
        right.date_input("By when?", key=f"by_{name}", value=None, format=locales.current().date_field,
                         help="If there is a day.")  # fmt: skip
        with st.container(horizontal=True, gap="small"):
            for place, (choice, label) in enumerate(decisions.offered(one)):
                st.form_submit_button(
                    label, key=f"decide_{choice}_{name}", on_click=_decide, args=(one.initiative_id, choice, known),
                    type="primary" if place == 0 else "secondary",
                )  # fmt: skip
        refusal.tell(name)


def _decide(initiative_id: str, choice: str, known: int) -> None:
    name = f"{initiative_id}_{known}"
    given = [st.session_state.get(f"{field}_{name}") for field in ("why", "whose", "by")]
    told = decisions.record(
        care_list.journal(), initiative_id, choice, given[0] or "", given[1] or "", given[2], who_acts.name(), known
    )  # fmt: skip
    if told:
        # Where somebody was first, this form makes room for another one: said above it.
        if len(decisions.of(care_list.journal(), initiative_id)) > known:
            st.session_state[_TOLD] = told
        else:
            refusal.keep(name, told)


def _cancel(initiative_id: str) -> None:
    cancelled, left = decisions.cancel_planned(care_list.journal(), initiative_id, who_acts.name())
    told = f"{words.plural(cancelled, 'act')} taken off the list."
    if left:
        told += f" {words.plural(left, 'act')} somebody changed at the same moment: look again."
    st.session_state[_TOLD] = told
