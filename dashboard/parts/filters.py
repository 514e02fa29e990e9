"""Segment, region and the company's own dimensions, shared by the pages and kept in the address.

Builds hold each breakdown alone, because crossed groups would be too small to show: choosing one lets go of
the others.
"""

import streamlit as st

from dashboard import breakdowns, kpi, words
from dashboard.kpi import EVERYONE, Group

_EVERYONE = {"segment": "All customers", "region": "All regions"}


def choose() -> None:
    """The filters, in the sidebar."""
    for dimension, label in breakdowns.offered().items():
        known = kpi.groups(dimension)
        if known:
            st.selectbox(
                label, [_everyone(dimension), *known], key=breakdowns.key(dimension), bind="query-params",
                persist_state="session", on_change=_let_go_of_others, args=(dimension,),
                help="One at a time: crossed, the groups would be too small to show.",
            )  # fmt: skip


def chosen() -> Group:
    """The group that the reader chose; a segment goes before a region, and both before the company's own."""
    for dimension in breakdowns.offered():
        member = st.session_state.get(breakdowns.key(dimension))
        if member not in (_everyone(dimension), None):
            return Group(dimension, member)
    return EVERYONE


def in_words(group: Group) -> str:
    """`segment Family only`; empty for everyone."""
    return "" if group.is_everyone else f"{breakdowns.named(group.dimension)} {words.safe(group.member)} only"


def _everyone(dimension: str) -> str:
    return _EVERYONE.get(dimension, f"Any {breakdowns.named(dimension)}")


def _let_go_of_others(changed: str) -> None:
    if st.session_state[breakdowns.key(changed)] != _everyone(changed):
        for dimension in breakdowns.offered():
            if dimension != changed and breakdowns.key(dimension) in st.session_state:
                st.session_state[breakdowns.key(dimension)] = _everyone(dimension)
