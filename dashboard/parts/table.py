"""The table behind a chart, and small tables that are the content."""

import polars as pl
import streamlit as st

from dashboard import locales


@st.fragment
def behind(frame: pl.DataFrame, alt: str, label: str = "The figures as a table") -> None:
    """Everything a chart was drawn from, one click down; sent to the browser only when it is opened."""
    with st.expander(label, type="compact", key=f"behind_{alt}", on_change="rerun") as opened:
        if opened.open:
            form = "D MMM YYYY" if locales.current().is_day_first else "MMM D, YYYY"
            days = {
                name: st.column_config.DateColumn(format=form)
                for name, kind in frame.schema.items()
                if kind in (pl.Date, pl.Datetime)
            }
            st.dataframe(frame, hide_index=True, alt=alt, column_config=days)


def plain(frame: pl.DataFrame, alt: str) -> None:
    """A small table to be read as text."""
    st.table(frame.to_pandas(), border="horizontal", hide_index=True, alt=alt)


def of_100(value: str = "value", low: str = "low", high: str = "high") -> list[pl.Expr]:
    """An estimate and its range as three columns of a table, of 100.

    Args:
        value: the column with the share. low, high: those with the ends of its range.
    """
    named = {"Of 100": value, "From": low, "To": high}
    return [(pl.col(column) * 100).round(1).alias(name) for name, column in named.items()]
