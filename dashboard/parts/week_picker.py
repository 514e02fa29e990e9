"""◀ week ▶: which closed week a page shows, kept in the address as `?week=2026-W46`."""

import streamlit as st

from dashboard.weeks import Week

ADDRESS = "week"
_CHOSEN, _WRITTEN = "week_chosen", "week_written"


def pick(weeks: list[Week]) -> Week:
    """The chosen week; the last closed one unless the reader chose otherwise."""
    names = [week.iso_week for week in weeks]
    by_name = dict(zip(names, weeks, strict=True))
    _follow_address(names)
    at = names.index(st.session_state[_CHOSEN])
    with st.container(
        horizontal=True, vertical_alignment="center", gap="xxsmall", width="content", wrap=False
    ):
        st.button(
            "", icon=":material/chevron_left:", key="week_before", help="The week before",
            disabled=at >= len(names) - 1, on_click=_move, args=(names, at + 1), type="tertiary",
        )  # fmt: skip
        chosen = st.selectbox(
            "Week", names, key=_CHOSEN, persist_state="session", width=260,
            format_func=lambda name: by_name[name].name, label_visibility="collapsed",
        )  # fmt: skip
        st.button(
            "", icon=":material/chevron_right:", key="week_after", help="The week after",
            disabled=at == 0, on_click=_move, args=(names, at - 1), type="tertiary",
        )  # fmt: skip
    _write_address(None if chosen == names[0] else chosen)
    return by_name[chosen]


def _follow_address(names: list[str]) -> None:
    """The address wins when the reader changed it: a link, or back and forward."""
    asked = st.query_params.get(ADDRESS)
    if asked != st.session_state.get(_WRITTEN) or st.session_state.get(_CHOSEN) not in names:
        st.session_state[_CHOSEN] = asked if asked in names else names[0]


def _write_address(week: str | None) -> None:
    st.session_state[_WRITTEN] = week
    if week is None:
        st.query_params.pop(ADDRESS, None)
    else:
        st.query_params[ADDRESS] = week


def _move(names: list[str], to: int) -> None:
    st.session_state[_CHOSEN] = names[to]
