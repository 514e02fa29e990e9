"""Segment and region, shared by the pages and kept in the address.

Builds hold each breakdown alone, because crossed groups would be too small to show: choosing one lets go of
the other.
"""

import streamlit as st

from dashboard import kpi, words
from dashboard.kpi import EVERYONE, Group

_EVERYONE = {"segment": "All customers", "region": "All regions"}
_LABELS = {"segment": "Segment", "region": "Region"}


def choose() -> None:
    """The two filters, in the sidebar."""
    for dimension, everyone in _EVERYONE.items():
        known = kpi.groups(dimension)
        if known:
            st.selectbox(
                _LABELS[dimension], [everyone, *known], key=dimension, bind="query-params",
                persist_state="session", on_change=_let_go_of_other, args=(dimension,),
                help="One at a time: crossed, the groups would be too small to show.",
            )  # fmt: skip


def chosen() -> Group:
    """The group that the reader chose; a segment goes before a region."""
    for dimension, everyone in _EVERYONE.items():
        member = st.session_state.get(dimension, everyone)
        if member not in (everyone, None):
            return Group(dimension, member)
    return EVERYONE


def in_words(group: Group) -> str:
    """`segment Family`; empty for everyone."""
    return "" if group.is_everyone else f"{group.dimension} {words.safe(group.member)} only"


def _let_go_of_other(changed: str) -> None:
    if st.session_state[changed] != _EVERYONE[changed]:
        for dimension, everyone in _EVERYONE.items():
            if dimension != changed and dimension in st.session_state:
                st.session_state[dimension] = everyone
