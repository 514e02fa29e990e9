"""'What bad experiences may cost': a share of sales, less what happens anyway; published figures as context."""

import streamlit as st

from dashboard import at_risk, builds
from dashboard.parts import published


def section() -> None:
    """The figure and how it comes about. Nothing where the build has no such table."""
    if not builds.has(at_risk.SOURCE):
        return
    frame = builds.rows("select * from sales_at_risk")
    row = frame.row(0, named=True) if frame.height else {}
    st.header("What bad experiences may cost", anchor=False)
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.markdown(at_risk.sentence(row))
        steps = at_risk.steps(row)
        if steps:
            st.markdown("  \n\n".join(f"{says}: {figure}." for says, figure in steps))
            with st.expander("The published way to count it", type="compact"):
                st.markdown(at_risk.published_way(row))
                published.sales_at_risk()
    with right, st.container(border=True):
        published.would_switch()
