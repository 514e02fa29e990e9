"""One source: whether it is in time, what it holds, and that its rows add up."""

from typing import Any

import streamlit as st

from dashboard import health, web_health, words
from dashboard.weeks import local

MOST_NAMED = 8
"""Kinds of things; of more, only how many."""


def card(source: dict[str, Any], *, is_missing: bool) -> None:
    """A record of `health.by_source`; `is_missing` when its file for the last closed week is not there."""
    st.markdown(f"**{words.source(source['source'])}**")
    st.markdown(_state(source, is_missing))
    things = source["object"]
    named = words.capital(words.listed([words.thing(name) for name in things]))
    st.markdown(f":small[{named if len(things) <= MOST_NAMED else words.plural(len(things), 'report')}]")
    is_asked = source["source"] == "ga4" and web_health.is_known()
    facts = [f"Last {'pull' if is_asked else 'file'} {words.instant(local(source['last_received_at']))}"]
    if source["data_through_at"]:
        through_on = local(source["data_through_at"]).date()
        is_going_on = is_asked and through_on == local(source["last_received_at"]).date()
        facts.append(f"Data through {words.short_day(through_on)}{', so far' if is_going_on else ''}")
    facts.append(health.account(source))
    st.markdown("  \n".join(f":small[:gray[{fact}]]" for fact in facts))


def _state(source: dict[str, Any], is_missing: bool) -> str:
    if source["is_late"]:
        return f":orange[:material/schedule: {words.plural(source['days_late'], 'day')} late]"
    if is_missing and source["every_days"]:
        return ":orange[:material/schedule: Last week's file is not in yet]"
    return f":gray[:material/check: {'In time' if source['every_days'] else 'Received'}]"
