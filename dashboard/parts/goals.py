"""'Goals': on track, behind, or can't tell yet."""

import polars as pl
import streamlit as st

from dashboard import builds, goals, words
from dashboard.charts import bullet
from dashboard.charts.colours import Role
from dashboard.goals import Goal
from dashboard.parts import goal_form, picture, table

_MARKS: dict[Role, str] = {
    "better": ":green[:material/check: **{}**]",
    "worse": ":red[:material/trending_down: **{}**]",
    "steady": ":gray[:material/more_horiz: {}]",
}


def section() -> None:
    """Each goal in words and as a bar against its mark, and a form to set, change or take back one."""
    found = goals.known()
    if found or goals.to_come():
        st.header("Goals", anchor=False)
    if found:
        _standing(found)
    for line in goals.to_come():
        st.markdown(f":gray[:material/schedule:] {line}")
    if builds.frozen() is None:
        with st.expander("Set or change a goal", type="compact", icon=":material/flag:"):
            goal_form.show(found)


def _standing(found: list[Goal]) -> None:
    drawn = goals.drawn(found)
    prose, beside = st.columns([5, 6], gap="medium") if drawn.height else (st.container(), None)
    with prose:
        st.markdown("\n\n".join(_told(one) for one in found))
    if beside is not None:
        with beside:
            picture.show(
                bullet.goals,
                drawn,
                name="goals",
                takeaway="; ".join(f"{one.name}: {one.status}" for one in found),
            )
            table.behind(_as_table(drawn), "Goals and where they stand")
    st.markdown(f":small[:gray[{goals.WORDS}]]")


def _told(one: Goal) -> str:
    owner = f" :small[:gray[Owner: {words.safe(one.owner)}.]]" if one.owner else ""
    status = _MARKS[one.role].format(words.capital(one.status))
    return f"**{words.safe(one.name)}** {status}  \n{goals.in_words(one)}{owner}"


def _as_table(drawn: pl.DataFrame) -> pl.DataFrame:
    return drawn.select(
        pl.col("label").alias("Goal"),
        *table.of_100(),
        (pl.col("target") * 100).round(1).alias("Should be"),
        pl.col("n").alias("Rests on"),
    )
