"""'First look and final': the week's unsettled answers beside the newest week whose answers are all in."""

import streamlit as st

from dashboard import first_look
from dashboard.parts import table
from dashboard.weeks import Week


def section(week: Week) -> None:
    """The two columns; nothing where every answer is in."""
    final_week, rows = first_look.of(week)
    if not rows:
        return
    st.header("First look and final", anchor=False)
    st.markdown(first_look.in_words(week, final_week))
    table.plain(
        first_look.as_table(week, final_week, rows),
        "Numbers whose answers still come in, at first look, beside the newest final week",
    )
