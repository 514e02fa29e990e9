"""'Google Analytics' on the page Data health: pulls, quotas, problems, how long figures move, what changed late."""

import polars as pl
import streamlit as st

from dashboard import builds, journey, web, web_health, words
from dashboard.charts import settling
from dashboard.parts import picture, table, website

ABREAST, NARROWEST = 3, 240


def section() -> None:
    """Nothing where Google Analytics is neither asked nor known."""
    if not web_health.is_known():
        if builds.settings().ga4 is not None:
            st.header("Google Analytics", anchor=False)
            st.markdown("Nothing has been pulled yet: `careful run` does it.")
        return
    st.header("Google Analytics", anchor=False)
    for pull in web_health.pulls():
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**Property {words.safe(pull['property_id'])}**")
            st.markdown(web_health.outcome(pull))
            facts = (f"Pulled {web_health.when(pull)}", web_health.windows(pull), web_health.used(pull))
            st.markdown("  \n".join(f":small[:gray[{fact}]]" for fact in facts))
            quotas = web_health.quotas(pull)
            if quotas.height:
                table.behind(
                    quotas, f"Quotas of property {pull['property_id']}, used and left", "Every quota"
                )
    website.problems(web.problems())
    quality = web_health.quality()
    for said in web_health.changes_in_words(quality):
        st.markdown(f":orange[:material/priority_high:] {said}")
    told = web_health.reconciled_in_words(quality)
    if told:
        st.markdown(told)
        table.behind(web_health.quality_table(quality), "What Google said of each report", "Report by report")
    for pull in web_health.pulls():
        known = journey.recognisable(web.coverage(pull["property_id"]))
        if known:
            st.markdown(known)
    _settling()
    _restated()


def _settling() -> None:
    found = web_health.settled()
    told = web_health.settled_in_words(found)
    if not told:
        return
    st.subheader("How long figures move", anchor=False)
    st.markdown(told)
    curve = web_health.curve()
    if curve.height:
        lowest = float(curve.select(pl.min_horizontal("low", "value").min()).item())
        with st.grid(ABREAST, min_column_width=NARROWEST) as grid:
            for (name,), days in curve.group_by("panel", maintain_order=True):
                with grid.cell(), st.container(gap="xsmall"):
                    st.markdown(f":small[{words.capital(str(name))}]")
                    picture.show(
                        settling.settling, days, name=f"settling_{name}", lowest=lowest,
                        takeaway=f"How much of what a day said in the end it said days before: {name}.",
                    )  # fmt: skip
        st.markdown(
            ":small[:gray[What the middle day said, of 100 that it said in the end; bars: probably between. So far as "
            "our own pulls have seen it.]]"
        )
    table.behind(
        web_health.settled_table(found), "After how many days each figure stands", "Figure by figure"
    )


def _restated() -> None:
    found = web_health.restated()
    st.subheader("Settled figures that changed", anchor=False)
    if found.is_empty():
        st.markdown("Nothing that had settled has changed since.")
        return
    first = found.head(web_health.MOST_ANNOUNCED)
    for row in first.iter_rows(named=True):
        st.markdown(f":orange[:material/edit_note:] {web_health.restated_in_words(row)}")
    if found.height > first.height:
        table.behind(
            web_health.restated_table(found),
            "Every settled figure that changed",
            f"All {words.count(found.height)}",
        )
