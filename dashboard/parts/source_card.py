"""One source: whether it is in time, what it holds, and that its rows add up."""

from typing import Any

import streamlit as st

from dashboard import health, web_health, words
from dashboard.weeks import local

MOST_NAMED = 8
"""Kinds of things; of more, only how many."""


def card(source: dict[str, Any], *, is_missing: bool, is_refused: bool) -> None:
    """One source, and whether it wants a look.

    Args:
        source: a record of `health.by_source`.
        is_missing: its file for the last closed week is not there.
        is_refused: its newest file was refused.
    """
    st.markdown(f"**{words.source(source['source'])}**")
    st.markdown(_state(source, is_missing, is_refused))
    things = [
        words.thing(name)
        for name in source["object"]
        if words.export(source["source"], name) != words.source(source["source"])
    ]
    if things:
        named = words.capital(words.listed(things))
        kind = "report" if source["source"] == "ga4" else "list"
        st.markdown(f":small[{named if len(things) <= MOST_NAMED else words.plural(len(things), kind)}]")
    is_asked = source["source"] == "ga4" and web_health.is_known()
    facts = [f"Last {'pull' if is_asked else 'file'} {words.instant(local(source['last_received_at']))}"]
    if source["data_through_at"]:
        through_on = local(source["data_through_at"]).date()
        is_going_on = is_asked and through_on == local(source["last_received_at"]).date()
        facts.append(f"Data through {words.short_day(through_on)}{', so far' if is_going_on else ''}")
    facts.append(health.account(source))
    st.markdown("  \n".join(f":small[:gray[{fact}]]" for fact in facts))


def _state(source: dict[str, Any], is_missing: bool, is_refused: bool) -> str:
    if is_refused:
        late = f", {words.plural(source['days_late'], 'day')} late" if source["is_late"] else ""
        return f":orange[:material/block: Newest file refused{late}]"
    if source["is_late"]:
        return f":orange[:material/schedule: {words.plural(source['days_late'], 'day')} late]"
    if is_missing and source["every_days"]:
        return ":orange[:material/schedule: Last week's file is not in yet]"
    return f":gray[:material/check: {'In time' if source['every_days'] else 'Received'}]"
