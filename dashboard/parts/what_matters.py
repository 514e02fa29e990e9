"""'What matters, and how we do': what goes with loyalty against how many customers felt it."""

import polars as pl
import streamlit as st

from dashboard import builds, importance, kpi, words
from dashboard.charts import importance as chart
from dashboard.parts import picture, table


def section(leader: str | None) -> None:
    """The picture with ties said; cautions and the list one click down. Nothing where the build has no such table.

    Args:
        leader: which of success, effort and emotion leads where only the three are weighed, if one does.
    """
    if not builds.has(importance.SOURCE):
        return
    frame = builds.rows("select * from driver_importance")
    about = kpi.definitions()
    labels = {name: one.label for name, one in about.items()}
    found = importance.items(
        frame, labels, frozenset(name for name, one in about.items() if one.better == "down")
    )
    st.header("What matters, and how we do", anchor=False)
    if len(found) < 2:
        st.markdown(
            "Too few have answered all these questions to say what goes with loyalty and what does not."
        )
        return
    told = importance.sentence(found, leader)
    st.markdown(told)
    drawn = importance.as_frame(found)
    left, right = st.columns([3, 2], gap="large")
    with left:
        if drawn.height:
            picture.show(chart.importance, drawn, name="importance", takeaway=_spoken(told, drawn))
        st.markdown(
            ":small[:gray[Higher: more of the variation in loyalty goes with it. Further right: more customers felt it "
            f"(6–7 of 7). Bars: probably between. {words.count(max(one.n for one in found))} answers. Share of "
            "explained variation, not cause.]]"
        )
    with right, st.container(border=True):
        st.markdown(f"**By place**  \n{importance.in_order(found)}")
    with st.expander("What to be careful about", type="compact"):
        st.markdown("\n".join(f"- {caution}" for caution in importance.cautions(frame, found, labels)))
    table.behind(importance.places(found), "What goes with loyalty, by place, with ties and ranges")


def _spoken(told: str, drawn: pl.DataFrame) -> str:
    best = drawn.sort("value", descending=True).row(0, named=True)
    return (
        f"{told.replace('**', '')} Most customers felt “{best['label']}”: "
        f"{words.of_100(best['value'])} of 100."
    )
