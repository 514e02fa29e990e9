"""'Who gets our attention': of each group, how many had personal care, with ranges."""

import streamlit as st

from dashboard import attention, builds
from dashboard.charts import dots
from dashboard.parts import picture, table


def section(days: int) -> None:
    """By spend, segment, region or language. Nothing where the build has no such table.

    Args:
        days: within how many care counts.
    """
    if not builds.has(attention.SOURCE):
        return
    found = attention.groups()
    st.header("Who gets our attention", anchor=False)
    st.markdown(attention.sentence(found, days))
    known = [name for name in attention.DIMENSIONS if (found["dimension"] == name).any()]
    if not known:
        return
    by = st.segmented_control(
        "Attention", known, default=known[0], key="attention_by", format_func=attention.DIMENSIONS.__getitem__,
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    less = attention.left_out(found, by)
    if less:
        st.markdown(less)
    picture.show(
        dots.ranges, attention.of_dimension(found, by), name=f"attention_{by}", label_pixels=170,
        takeaway=f"Of 100 customers in each group, so many had personal care. {less}",
    )  # fmt: skip
    st.markdown(
        f":small[:gray[Of 100 customers, so many had personal care within {days} days. Beside the name: how many "
        "customers; bars: probably between, wide enough to hold for all groups at once.]]"
    )
    table.behind(attention.as_table(found), "Customers with personal care, by group")
