"""'Needs you': at most three cards, numbered, each with its owner and where to go."""

import streamlit as st

from dashboard.briefing import Need


def cards(needs: list[Need]) -> None:
    """The cards side by side, stacked on a telephone."""
    with st.grid(max(2, len(needs)), min_column_width=260, border=True) as grid:
        for place, need in enumerate(needs, start=1):
            with grid.cell():
                st.markdown(f"**{place}. {need.title}**\n\n{need.facts}")
                if need.owner:
                    st.markdown(f":small[:gray[Owner: {need.owner}]]")
                if need.page:
                    st.page_link(need.page, label=need.link, icon=":material/arrow_forward:")
