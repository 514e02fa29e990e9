"""◀ week ▶: which closed week a page shows, kept in the address."""

import streamlit as st

from dashboard.weeks import Week

KEY = "week"


def pick(weeks: list[Week]) -> Week:
    """The chosen week; the last closed one unless the reader chose otherwise."""
    names = [week.iso_week for week in weeks]
    by_name = dict(zip(names, weeks, strict=True))
    at = names.index(st.session_state[KEY]) if st.session_state.get(KEY) in by_name else 0
    with st.container(
        horizontal=True, vertical_alignment="center", gap="xxsmall", width="content", wrap=False
    ):
        st.button(
            "", icon=":material/chevron_left:", key="week_before", help="The week before",
            disabled=at >= len(names) - 1, on_click=_move, args=(names, at + 1), type="tertiary",
        )  # fmt: skip
        chosen = st.selectbox(
            "Week", names, key=KEY, bind="query-params", persist_state="session", width=260,
            format_func=lambda name: by_name[name].name, label_visibility="collapsed",
        )  # fmt: skip
        st.button(
            "", icon=":material/chevron_right:", key="week_after", help="The week after",
            disabled=at == 0, on_click=_move, args=(names, at - 1), type="tertiary",
        )  # fmt: skip
    return by_name[chosen]


def _move(names: list[str], to: int) -> None:
    st.session_state[KEY] = names[to]
