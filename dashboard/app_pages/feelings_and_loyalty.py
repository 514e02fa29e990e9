import streamlit as st

from dashboard import arrivals, builds, kpi, loyalty, words
from dashboard.charts import dots, trend
from dashboard.parts import filters, head, number, picture, states, table
from dashboard.weeks import closed

week = closed()[0]
group = filters.chosen()
late = arrivals.late(week)
period = builds.rows("select * from loyalty_period").row(0, named=True)
shares = builds.rows("select * from loyalty_table where view = 'as counted' and share is not null")
verdicts = dict(builds.rows("select behaviour, verdict from loyalty_verdict").iter_rows())

fresh, is_late = head.freshness(week)
head.first_line(
    f"{words.period(period['first_on'], period['last_on'])}" if period["first_on"] else "",
    f"{words.count(period['responses'])} answers" if period["responses"] else "",
    fresh,
    amber=is_late,
)

if shares.is_empty():
    head.headline("We can't say yet what makes customers loyal.")
    states.nobody_asked()
    st.stop()

head.headline(loyalty.headline(verdicts), loyalty.lead(verdicts))

left, right = st.columns([3, 2], gap="large")
with left:
    st.header("Does feeling drive loyalty here?", anchor=False)
    st.markdown(
        ":small[:gray[Of 100 customers who rated this high (6 or 7 of 7), so many would very likely do that. "
        "Bars: where the true figure probably lies. Beside the name: how many answered.]]"
    )
    high = loyalty.panels(shares, "high")
    picture.show(dots.ranges, high, name="loyalty", takeaway=loyalty.takeaway(verdicts), label_pixels=165)
    table.behind(
        loyalty.as_table(shares), "Loyalty by what customers rated high or low, with ranges and counts"
    )

with right:
    st.header("Who leads", anchor=False)
    with st.container(border=True):
        for behaviour, does in words.BEHAVIOURS.items():
            st.markdown(f"**{words.capital(does)}**  \n{loyalty.in_words(verdicts.get(behaviour))}")
        st.markdown(
            ":small[:gray[The verdict weighs the three against each other and does not depend on where “high” "
            "begins. Intentions, not purchases.]]"
        )
    st.header("Who we hear", anchor=False)
    with st.container(border=True):
        if period["invited"]:
            of_100 = round(100 * (period["answered_share"] or 0))
            st.markdown(
                f"**{of_100} of 100 asked have answered**  \n{words.count(period['responses'])} answers, "
                f"{words.count(period['invited'])} invitations in the last thirteen weeks."
            )
            reach = loyalty.reach(builds.rows("select * from survey_reach order by iso_week"), week.iso_week)
            if reach.height > 1:
                picture.show(
                    trend.sparkline, reach, name="reach", role="steady",
                    takeaway="Share of invitations that were answered, week by week",
                )  # fmt: skip
            st.markdown(
                ":small[:gray[Those who did not answer may feel otherwise: every range on this page is about "
                "customers like those who answered.]]"
            )
        else:
            st.markdown("How many were asked is not known: no list of invitations has arrived.")

st.header("When it goes well, and when it does not", anchor=False)
st.markdown(
    ":small[:gray[Of 100 customers, so many would very likely do it: those who rated the experience high (6–7) "
    "against those who rated it low (1–3).]]"
)
table.plain(loyalty.high_and_low(shares), "Loyalty after a high rating against loyalty after a low one")

st.header("How customers felt", anchor=False)
st.markdown(
    f":small[:gray[{words.capital(filters.in_words(group)) or 'All customers'}, to {words.day(week.ends_on)}.]]"
)
with st.grid(4, min_column_width=225, border=True) as grid:
    for name in ("emotion", "success", "effort", "valued"):
        reading = kpi.read(name, week.iso_week, group)
        if reading is not None:
            with grid.cell():
                number.card(reading, late, group)

others = [
    r
    for name in ("understood", "nps", "csat", "ces")
    if (r := kpi.read(name, week.iso_week, group)) and r.is_shown
]
if others:
    st.header("Other scores you collect", anchor=False)
    with st.grid(4, min_column_width=225, border=True) as grid:
        for reading in others:
            with grid.cell():
                number.card(reading, late, group)
