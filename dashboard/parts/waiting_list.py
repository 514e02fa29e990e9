"""'Who is waiting for us': top customers without care, by alias, each with why and what they will be worth."""

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboard import builds, care_list, customers, words, worth
from dashboard.kpi import Group
from dashboard.parts import filters, states, table

PAGE_OF_CARDS = 9


def section(days: int, group: Group, today: date, fitted: dict[str, Any] | None) -> None:
    """The list, nine cards at a time, and all of it as a table.

    Args:
        days: after how many without care somebody waits.
        group: whom the reader chose.
        today: the day by the company's clock.
        fitted: what the forecast rests on; see `worth.model`.
    """
    st.header("Who is waiting for us", anchor=False)
    if builds.scope() != "people":
        states.no_people()
        return
    everybody = customers.waiting(
        days, group, care_list.listed() if care_list.has_proposals() else frozenset()
    )
    sizes = dict(everybody["contact_advice"].value_counts().rows())
    advice = st.segmented_control(
        "Show", list(customers.ADVICE), default="can be contacted", key="advice", bind="query-params",
        format_func=lambda name: _option(name, sizes.get(name, 0)), label_visibility="collapsed",
    )  # fmt: skip
    waiting = everybody if advice is None else everybody.filter(pl.col("contact_advice") == advice)
    about_group = f", {filters.in_words(group)}" if not group.is_everyone else ""
    st.markdown(
        f":small[:gray[{words.plural(waiting.height, 'customer')}{about_group}, those who spent most first"
        f"{_how_many_listed(waiting)}. Aliases only: no name, address or number leaves the vault.]]"
    )
    if waiting.is_empty():
        states.empty("Nobody here is waiting.", "Choose another group above, or all customers at the left.")
        return
    pages = -(-waiting.height // PAGE_OF_CARDS)
    with st.container():
        place = st.container()
        at = st.pagination(pages, key=f"waiting_page_{advice}_{group.member}") if pages > 1 else 1
    with place, st.grid(3, min_column_width=250, border=True) as grid:
        for one in waiting.slice((at - 1) * PAGE_OF_CARDS, PAGE_OF_CARDS).iter_rows(named=True):
            with grid.cell(), st.container(gap="xsmall"):
                _card(one, today, fitted, is_mixed=advice is None)
    if fitted is not None and worth.is_known(fitted):
        st.markdown(f":small[:gray[{worth.counted_as(fitted)} {_ONE_PERSON[fitted['basis']]}]]")
    table.behind(
        customers.as_table(waiting), "Top customers without personal care", "The whole list as a table"
    )


def _card(one: dict[str, Any], today: date, fitted: dict[str, Any] | None, *, is_mixed: bool) -> None:
    label, colour, icon = customers.ADVICE[one["contact_advice"]]
    st.markdown(f"**{words.safe(one['alias'])}**")
    st.markdown(words.safe(customers.reason(one)))
    ahead = worth.of_customer(one, fitted) if fitted is not None and worth.is_known(fitted) else ""
    if ahead and fitted is not None:
        place = worth.place_of(one, fitted)
        st.markdown(f"{ahead}  \n:small[:gray[{place}]]" if place else ahead)
    st.markdown(f":small[:gray[{customers.since_words(one, today)}]]")
    if one["is_listed"]:
        st.markdown(":small[:material/checklist: On this week's care list]")
    if is_mixed:
        st.markdown(f":small[:{colour}[:material/{icon}: {label}]]")


def _option(advice: str, size: int) -> str:
    return f"{customers.ADVICE[advice][0].split(':')[0]} · {words.count(size)}"


def _how_many_listed(waiting: pl.DataFrame) -> str:
    listed = int(waiting["is_listed"].sum())
    if not listed:
        return ""
    return f"; {words.count(listed)} of them {'is' if listed == 1 else 'are'} on this week's care list"


_ONE_PERSON = {
    "orders": "One person's year can hardly be foretold, so these ranges are wide; of groups more can be said.",
    "contract": "It goes by how long customers of the same age stayed so far.",
}
