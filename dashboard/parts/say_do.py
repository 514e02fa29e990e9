"""'What people say, and what they did': intention against orders, with those who did not answer."""

import streamlit as st

from dashboard import builds, say_and_do
from dashboard.charts import dots
from dashboard.parts import picture, table


def section() -> None:
    """Of 100 who said they would, so many did. Nothing where the build has no such table."""
    if not builds.has(say_and_do.SOURCE):
        return
    frame = builds.rows("select * from intent_behaviour")
    rows = say_and_do.of_item(frame)
    st.header("What people say, and what they did", anchor=False)
    if rows["share"].drop_nulls().is_empty():
        st.markdown(
            "Nobody who was asked whether they would buy more has had half a year to do it yet, or no orders have "
            "arrived. Until then these are intentions, not loyalty."
        )
        return
    st.markdown(say_and_do.sentence(rows))
    picture.show(
        dots.ranges, say_and_do.panels(rows), name="say_and_do", label_pixels=170,
        takeaway=say_and_do.sentence(rows).replace("**", ""),
    )  # fmt: skip
    st.markdown(
        ":small[:gray[Of 100 customers in each row, so many ordered afterwards; bars: probably between. An intention "
        "is not loyalty, and who says yes may have ordered more often already.]]"
    )
    table.behind(say_and_do.as_table(frame), "What people said they would do, and how many then ordered")
