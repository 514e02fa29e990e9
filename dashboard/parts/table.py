"""The table behind a chart, and small tables that are the content."""

import polars as pl
import streamlit as st


def behind(frame: pl.DataFrame, alt: str, label: str = "The figures as a table") -> None:
    """Everything a chart was drawn from, one click down."""
    with st.expander(label, type="compact"):
        st.dataframe(frame, hide_index=True, alt=alt)


def plain(frame: pl.DataFrame, alt: str) -> None:
    """A small table to be read as text."""
    st.table(frame.to_pandas(), border="horizontal", hide_index=True, alt=alt)
