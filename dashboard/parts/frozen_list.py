"""The frozen weeks, newest first: when each was known, whether it is untouched, and the way into it."""

import streamlit as st

from dashboard import restated, words
from dashboard.parts import frozen_week
from pipelines.snapshot import Snapshot

A_PAGE = 9


def section(kept: list[Snapshot]) -> None:
    """A card a week, nine at a time."""
    place = st.container()
    pages = -(-len(kept) // A_PAGE)
    at = st.pagination(pages, key="frozen_page") if pages > 1 else 1
    with place, st.grid(3, min_column_width=280, border=True) as grid:
        for one in kept[(at - 1) * A_PAGE : at * A_PAGE]:
            with grid.cell(), st.container(gap="xsmall"):
                _card(one)
    st.markdown(
        ":small[:gray[Untouched: every file has the content that the week was frozen with, and the list of them bears "
        "the seal of your company's key. Who can read that key could freeze it anew: to be safe from that, keep the "
        "line that `careful snapshot` prints somewhere else. "
        f"`careful snapshot --verify {kept[0].iso_week}` also builds the week again from what had arrived.]]"
    )


def _card(one: Snapshot) -> None:
    week, wrong = frozen_week.week_of(one), restated.touched(one)
    st.markdown(f"**{week.name}**")
    st.markdown(f":small[:gray[As it was known on {frozen_week.known_on(one)}]]")
    if wrong:
        st.markdown(f":red[:material/report: **Not as it was frozen**]  \n:small[{words.safe(wrong[0])}]")
    else:
        st.markdown(":green[:material/verified: Untouched]")
    if wrong[1:]:
        with st.expander(f"{words.count(len(wrong) - 1)} more", type="compact"):
            st.markdown("\n".join(f"- {words.safe(line)}" for line in wrong[1:]))
    st.page_link(
        "app_pages/this_week.py", label="Open it", icon=":material/ac_unit:", width="content",
        query_params={frozen_week.ADDRESS: one.iso_week},
    )  # fmt: skip
