"""For whom something is: all customers, or one group of one breakdown."""

import streamlit as st

from dashboard import breakdowns, kpi, words

EVERYBODY = ("", "")


def ask(label: str, key: str, chosen: tuple[str, str] = EVERYBODY) -> None:
    """A choice of (dimension, member) under a key; `EVERYBODY` is all customers."""
    groups = [EVERYBODY, *((name, each) for name in breakdowns.offered() for each in kpi.groups(name))]
    at = groups.index(chosen) if chosen in groups else 0
    st.selectbox(label, groups, index=at, key=key, format_func=_named)


def chosen(key: str) -> tuple[str | None, str | None]:
    """What was chosen; nothing of both for all customers."""
    dimension, member = st.session_state.get(key) or EVERYBODY
    return dimension or None, member or None


def _named(group: tuple[str, str]) -> str:
    dimension, member = group
    return f"{words.capital(breakdowns.named(dimension))} {member}" if dimension else "All customers"
