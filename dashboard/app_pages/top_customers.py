from datetime import datetime

import streamlit as st

from dashboard import builds, customers, words, worth
from dashboard.parts import (
    attention,
    filters,
    forecast,
    frozen_week,
    head,
    on_top,
    states,
    table,
    try_link,
    waiting_list,
)
from dashboard.weeks import local

shown = builds.build()
care = builds.settings().care
group = filters.chosen()
summary = builds.rows("select * from top_customer_summary").row(0, named=True)
today = local(datetime.fromisoformat(shown.manifest["as_of"])).date() if shown else None

fresh, is_late = head.freshness()
head.first_line(f"As of {words.day(today, year=True)}" if today else "", fresh, amber=is_late)

if not summary["top_customers"] or today is None:
    head.headline("We do not know yet who our top customers are.")
    states.empty(
        "No orders have arrived.",
        f"Needed: an export of orders. Top customers are the {words.count(care.top_customers)} who spent most in "
        "the last two years.",
    )
    st.stop()

fitted = worth.model()
head.headline(customers.headline(summary, care.care_gap_days), customers.lead(summary))
with st.container(horizontal=True, gap="medium"):
    frozen_week.link(
        "app_pages/this_weeks_care.py", "This week's care: who gets what, and who does it", "checklist"
    )
    if summary["without_care"]:
        try_link.show(customers.headline(summary, care.care_gap_days), "top_customers")

waiting_list.section(care.care_gap_days, group, today, fitted)
forecast.section(fitted)

left, right = st.columns([1, 1], gap="large")
with left:
    on_top.spend_and_feeling(care.minimum_n)
with right:
    on_top.three_ways(care.minimum_n)

left, right = st.columns([1, 1], gap="large")
with left:
    on_top.movers(care.minimum_n)
with right:
    on_top.cooled()

left, right = st.columns([1, 1], gap="large")
with left:
    attention.section(care.care_gap_days)
with right:
    on_top.concentration()

st.header("How our customers buy", anchor=False)
st.markdown(":small[:gray[Everyone is counted, so there is no range.]]")
table.plain(customers.segments(), "Customers by how lately, how often and how much they buy")

st.header("What this rests on", anchor=False)
identity = builds.rows("select * from identity_summary").row(0, named=True)
st.markdown(
    f"Top customers are the {words.count(care.top_customers)} who spent most in the last two years, refunds taken "
    f"off.\n\n“Personal care” is an act of care that was done: a card, a note, a call. Somebody who wrote to us and "
    f"got an answer was spoken to, but that alone is not care.\n\n{customers.counts_in_words(fitted)}\n\nThey were "
    f"recognised in {words.count(identity['records'])} records of people; {words.count(identity['unknown_records'])} "
    "orders, requests and answers belong to nobody we could recognise and are in no figure here."
)
