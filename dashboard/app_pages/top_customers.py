from datetime import datetime

import streamlit as st

from dashboard import builds, customers, words
from dashboard.charts import matrix
from dashboard.parts import filters, head, picture, states, table
from dashboard.weeks import local

PAGE_OF_CARDS = 9

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

head.headline(customers.headline(summary, care.care_gap_days), customers.lead(summary))

# Who is waiting

st.header("Who is waiting for us", anchor=False)
advice = st.segmented_control(
    "Show", list(customers.ADVICE), default="can be contacted", key="advice", bind="query-params",
    format_func=lambda name: customers.ADVICE[name][0].split(":")[0], label_visibility="collapsed",
)  # fmt: skip
waiting = customers.waiting(care.care_gap_days, group, advice)
about_group = f", {filters.in_words(group)}" if not group.is_everyone else ""
st.markdown(
    f":small[:gray[{words.plural(waiting.height, 'customer')}{about_group}, those who spent most first. Aliases "
    "only: no name, address or number leaves the vault.]]"
)
if waiting.is_empty():
    states.empty("Nobody here is waiting.", "Choose another group above, or all customers at the left.")
else:
    pages = -(-waiting.height // PAGE_OF_CARDS)
    with st.container():
        place = st.container()
        at = st.pagination(pages, key=f"waiting_page_{advice}_{group.member}") if pages > 1 else 1
    with place, st.grid(3, min_column_width=250, border=True) as grid:
        for one in waiting.slice((at - 1) * PAGE_OF_CARDS, PAGE_OF_CARDS).iter_rows(named=True):
            label, colour, icon = customers.ADVICE[one["contact_advice"]]
            with grid.cell(), st.container(gap="xsmall"):
                st.markdown(f"**{words.safe(one['alias'])}**")
                st.markdown(words.safe(customers.reason(one)))
                st.markdown(f":small[:gray[{customers.since_words(one, today)}]]")
                if advice is None:
                    st.markdown(f":small[:{colour}[:material/{icon}: {label}]]")
    table.behind(
        waiting.drop("top_rank").rename(
            {"alias": "Alias", "segment": "Segment", "region": "Region", "orders": "Orders", "reason": "Why",
             "last_care_on": "Last care", "last_contact_on": "Last spoke with us", "contact_advice": "Contact",
             "emotion_band": "When last asked"}
        ),
        "Top customers without personal care", "The whole list as a table",
    )  # fmt: skip

# What they are worth and how they felt

left, right = st.columns([1, 1], gap="large")
with left:
    st.header("Spend and feeling", anchor=False)
    cells = customers.matrix()
    st.markdown(customers.matrix_in_words(cells))
    picture.show(
        matrix.matrix, cells, name="matrix", takeaway=customers.matrix_in_words(cells),
        rows=tuple(customers.VALUE_BANDS.values()), columns=tuple(customers.EMOTION_BANDS.values()),
    )  # fmt: skip
    hidden = cells["customers"].null_count()
    st.markdown(
        ":small[:gray[Customers, by spend in two years and by how they felt when last asked (6–7 good, 1–3 bad). "
        "Stronger colour: a larger part of the row."
        + (f" {words.plural(hidden, 'cell')} hidden: under {care.minimum_n} people.]]" if hidden else "]]")
    )
    table.behind(
        cells.select("row", "column", "customers").rename(
            {"row": "Spend", "column": "Felt", "customers": "Customers"}
        ),
        "Customers by spend and feeling",
    )
with right:
    st.header("What this rests on", anchor=False)
    identity = builds.rows("select * from identity_summary").row(0, named=True)
    st.markdown(
        f"Top customers are the {words.count(care.top_customers)} who spent most in the last two years, refunds "
        f"taken off.\n\n“Personal care” is an act of care that was done: a card, a note, a call. Somebody who wrote "
        f"to us and got an answer was spoken to, but that alone is not care.\n\n"
        f"{words.count(identity['customers'])} customers were recognised in {words.count(identity['records'])} "
        f"records; {words.count(identity['unknown_records'])} records belong to nobody we could recognise and are "
        f"in no figure here."
    )

st.header("How our customers buy", anchor=False)
st.markdown(":small[:gray[Everyone is counted, so there is no range.]]")
table.plain(customers.segments(), "Customers by how lately, how often and how much they buy")
