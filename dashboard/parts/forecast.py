"""'What they will probably be worth': by band of spend, with how good the forecast is one click down."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import builds, forecast, worth
from dashboard.charts import amounts
from dashboard.parts import picture, states, table


def section(fitted: dict[str, Any] | None) -> None:
    """The picture and how far off it would have been a year ago; why there is none where there is none."""
    st.header("What they will probably be worth", anchor=False)
    if fitted is None or not worth.is_known(fitted):
        states.empty(*worth.why_none(fitted))
        return
    found = worth.groups()
    told = worth.sentence(found, fitted)
    left, right = st.columns([11, 9], gap="large")
    with left:
        if told:
            st.markdown(told)
        known = [name for name in worth.DIMENSIONS if (found["dimension"] == name).any()]
        if known:
            by = st.segmented_control(
                "Worth by", known, default=known[0], key="worth_by", format_func=worth.DIMENSIONS.__getitem__,
                required=True, label_visibility="collapsed",
            )  # fmt: skip
            picture.show(
                amounts.amounts, worth.by(found, by), name=f"worth_{by}", label_pixels=130,
                unit=f"{fitted['currency']} each, over {worth.ahead(fitted)}",
                takeaway=f"What one customer of each group will probably be worth. {told.replace('**', '')}",
            )  # fmt: skip
            st.markdown(":small[:gray[Beside the name: how many customers; bars: probably between.]]")
        table.behind(worth.as_table(found), "What one customer of each group will probably be worth")
    with right, st.container(border=True):
        st.markdown(f"**How good is the forecast?**  \n{forecast.bias(fitted)}")
        st.markdown(f":small[:gray[{worth.terms(fitted)} {worth.source(fitted)}]]")
    with st.expander("How good is the forecast? The check and the method"):
        _check(fitted)


def _check(fitted: dict[str, Any]) -> None:
    drawn = forecast.buckets() if builds.has("clv_holdout") else pl.DataFrame()
    if drawn.height:
        st.markdown(
            "**Purchases of each customer in the year that was foretold**, by how often they had bought"
        )
        picture.show(
            amounts.amounts, drawn, name="foretold", label_pixels=190, form=".1f", unit="purchases each",
            takeaway=f"Expected and seen, by how often customers had bought. {forecast.bias(fitted)}".replace("**", ""),
        )  # fmt: skip
        st.markdown(
            ":small[:gray[● came (counted)   ○ was expected   ┃ expected, put right by the factor below. Beside the "
            "name: how many customers.]]"
        )
        table.behind(
            forecast.buckets_table(), "Purchases expected and seen, by how often customers had bought"
        )
    told = forecast.cautions(fitted)
    if told:
        st.markdown("\n".join(f"- {line}" for line in told))
    st.markdown(forecast.method(fitted))
    parameters = forecast.parameters(fitted)
    if parameters.height:
        table.plain(parameters, "Parameters of the forecast with their standard errors")
