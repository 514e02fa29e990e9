"""The proof of one initiative: of every 100, the range, the money, and how we could be fooled."""

import polars as pl
import streamlit as st

from dashboard import initiatives, words
from dashboard.charts import effect, hundred
from dashboard.initiatives import Judged
from dashboard.parts import evidence, picture


def section(one: Judged, compared: int) -> None:
    """Everything about an initiative that somebody can be compared with.

    Args:
        one: the initiative; `is_compared` holds.
        compared: how many initiatives were judged at all.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.header(words.safe(one.name), anchor=False, width="content")
        evidence.badge(one.evidence)
    left, right = st.columns([11, 9], gap="large")
    with left:
        _of_100(one)
    with right, st.container(border=True):
        _worth(one)
    with st.expander("Could we be fooled?", expanded=True):
        lines = [
            f"{':green[:material/check:]' if settled else ':orange[:material/priority_high:]'} {doubt}"
            for settled, doubt in initiatives.doubts(one, compared)
        ]
        st.markdown("  \n".join(lines))
    with st.expander("What we said before we started"):
        _said_before(one)
    with st.expander("How this was worked out, and the figures"):
        _method(one)


def _of_100(one: Judged) -> None:
    effect_share, low, high = one.effect or 0.0, one.low or 0.0, one.high or 0.0
    extra, more = words.of_100(abs(effect_share)), "more" if effect_share >= 0 else "fewer"
    anyway = words.of_100(one.anyway)
    st.subheader(one.headline, anchor=False)
    st.markdown(initiatives.worth_in_words(one))
    st.markdown(
        f"Of every 100 customers, **{anyway}** come back within {one.horizon_days} days anyway, and **{extra} {more}** "
        f"because of it ({initiatives.range_in_words(one)})."
    )
    picture.show(
        hundred.hundred,
        pl.DataFrame({"place": range(100)}),
        name=f"hundred_{one.name}",
        takeaway=f"Of 100 customers {anyway} come back anyway, {extra} {more} because of it",
        anyway=one.anyway * 100,
        extra=effect_share * 100,
        extra_end=(high if effect_share >= 0 else low) * 100,
    )
    colour = "green" if effect_share >= 0 else "red"
    st.markdown(
        f":small[:gray[● come back anyway]] :small[:{colour}[● because of it]] "
        f":small[:{colour}[○ perhaps: to the end of the range]]"
    )
    st.markdown(initiatives.counts_in_words(one))


def _worth(one: Judged) -> None:
    st.markdown("**How much, and is it worth having?**")
    figures = {"value": [one.effect], "low": [one.low], "high": [one.high], "worth": [one.worth]}
    picture.show(
        effect.effect,
        pl.DataFrame(figures, schema=dict.fromkeys(figures, pl.Float64)),
        name=f"effect_{one.name}",
        takeaway=f"{one.headline} {initiatives.worth_in_words(one)}",
        role=one.role,
    )
    st.markdown(f"**Money.** {initiatives.cost_in_words(one)}")
    st.markdown(f"**What to do next.** Suggested: {initiatives.next_step(one)}")


def _said_before(one: Judged) -> None:
    told = f"We judge it by: ordered again within {one.horizon_days} days."
    if one.worth:
        told += f" Worth having: {words.of_100(one.worth)} more of 100, or better."
    if one.starts_on:
        told += f" Started {words.short_day(one.starts_on)}."
    st.markdown(f"We believe: {words.safe(one.hypothesis)}\n\n{told}" if one.hypothesis else told)


def _method(one: Judged) -> None:
    told = (
        "Intention to treat: everybody drawn is compared with everybody not drawn, whatever was delivered. The verdict "
        "and the range use the same 95 % interval."
    )
    if one.estimator:
        told += f" Estimator: {one.estimator}."
    if one.detectable and one.detectable < 1:
        told += (
            f" A draw of this size would most likely have shown {words.of_100(one.detectable)} more of 100."
        )
    st.markdown(told)
    drawn = one.successes_treated / one.n_treated if one.n_treated else 0.0
    st.table(
        {
            "": ["Drawn", "Not drawn"],
            "People": [words.count(one.n_treated), words.count(one.n_control)],
            "Came back": [words.count(one.successes_treated), words.count(one.successes_control)],
            "Of 100": [words.of_100(drawn, 0.01), words.of_100(one.anyway, 0.01)],
        },
        border="horizontal",
        hide_index=True,
        alt=f"{one.name}: people drawn and not drawn, and how many came back",
    )
