"""'Who we hear, and who we do not': answered share, the weighted figure, and what the silent could hide."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import builds, hearing, kpi
from dashboard.charts import bounds, dots
from dashboard.parts import picture, table
from dashboard.weeks import Week


def section(week: Week, invited: int | None, answered: int | None) -> None:
    """How many answered, whether they are like the others, and how far the silent could move the figure.

    Args:
        week: the week on the page.
        invited: how many were asked in the last thirteen weeks. answered: how many of them did.
    """
    st.header("Who we hear, and who we do not", anchor=False)
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.markdown(f"{hearing.overall(invited, answered)} {_alike(week)}")
        _weighted_and_bounds(week)
    reach = builds.rows("select * from reach_group") if builds.has("reach_group") else pl.DataFrame()
    if reach.height:
        with right:
            _by_group(reach)


def _by_group(reach: pl.DataFrame) -> None:
    least = hearing.least_heard(reach)
    st.markdown(least)
    picture.show(
        dots.ranges, hearing.groups(reach), name="reach", label_pixels=170,
        takeaway=f"Of 100 people asked in each group, so many answered. {least}",
    )  # fmt: skip
    st.markdown(
        ":small[:gray[Of 100 people asked, so many answered at least once in thirteen weeks. Beside the name: how many "
        "were asked; bars: probably between.]]"
    )
    table.behind(hearing.as_table(reach), "Who was asked and who answered, by group")


def _weighted_and_bounds(week: Week) -> None:
    weighted = _weighted(week)
    if weighted is None:
        st.markdown(
            "Those who did not answer may feel otherwise: every range on this page is about customers like those who "
            "answered."
        )
        return
    label = kpi.definitions()[hearing.KPI].label
    even, silent = hearing.weighted_in_words(weighted, label), hearing.silent_in_words(weighted, label)
    st.markdown(even)
    picture.show(
        bounds.bounds, hearing.bars(weighted), name="bounds", takeaway=f"{even} {silent}".replace("**", "")
    )
    st.markdown(silent)
    with st.expander("How this was weighed", type="compact"):
        st.markdown(hearing.method_in_words(weighted))
        alike = _representativeness(week)
        if alike:
            st.markdown(hearing.representativeness_in_words(alike))


def _weighted(week: Week) -> dict[str, Any] | None:
    if not builds.has("kpi_weighted") or hearing.KPI not in kpi.definitions():
        return None
    frame = builds.rows(
        "select * from kpi_weighted where kpi = $kpi and iso_week <= $week order by iso_week desc, weeks desc",
        kpi=hearing.KPI, week=week.iso_week,
    )  # fmt: skip
    clock = kpi.definitions()[hearing.KPI].clock_weeks
    own = frame.filter((pl.col("weeks") == clock) & pl.col("share_weighted").is_not_null())
    chosen = own if own.height else frame.filter(pl.col("share_weighted").is_not_null())
    if chosen.is_empty():
        return None
    row = chosen.row(0, named=True)
    raw = kpi.trend(hearing.KPI).filter(pl.col("iso_week") == row["iso_week"])
    ends = raw.select("low", "high").row(0) if raw.height and row["weeks"] == clock else (None, None)
    return row | {"share_low": ends[0], "share_high": ends[1]}


def _alike(week: Week) -> str:
    row = _representativeness(week)
    return hearing.alike_in_words(row["r_indicator"]) if row else ""


def _representativeness(week: Week) -> dict[str, Any] | None:
    if not builds.has("representativeness"):
        return None
    frame = builds.rows(
        "select * from representativeness where iso_week <= $week and r_indicator is not null order by iso_week desc, "
        "weeks desc",
        week=week.iso_week,
    )  # fmt: skip
    return frame.row(0, named=True) if frame.height else None
