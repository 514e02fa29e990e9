import streamlit as st

from dashboard import arrivals, builds, felt, hearing, kpi, loyalty, words
from dashboard.charts import dots
from dashboard.kpi import BEHAVIOURS
from dashboard.parts import (
    filters,
    head,
    how_checked,
    how_felt,
    may_cost,
    picture,
    published,
    say_do,
    states,
    try_link,
    what_matters,
    who_we_hear,
)
from dashboard.weeks import closed

ASKED = ("success", "effort", "emotion", *BEHAVIOURS, "valued")

week = closed()[0]
group = filters.chosen()
late = arrivals.late(week)
minimum = builds.settings().care.minimum_n
period = builds.rows("select * from loyalty_period").row(0, named=True)
shares = builds.rows("select * from loyalty_table where share is not null")
verdicts = loyalty.judged(builds.rows("select * from loyalty_verdict"))
readings = {
    name: found for name in (*felt.CARDS, *BEHAVIOURS, *felt.OTHERS)
    if (found := kpi.read(name, week.iso_week, group))
}  # fmt: skip
others = [readings[name] for name in felt.OTHERS if name in readings and readings[name].is_shown]
feelings = [
    readings[name]
    for name in felt.CARDS
    if name in readings and (readings[name].is_shown or not group.is_everyone)
]
answered = [name for name in (*ASKED, *felt.OTHERS) if kpi.is_broken_down(name, "all")]

fresh, is_late = head.freshness(week)
head.first_line(
    f"{words.period(period['first_on'], period['last_on'])}" if period["first_on"] else "",
    f"{words.count(period['responses'])} answers" if period["responses"] else "",
    fresh,
    amber=is_late,
)

# Nobody asked, or only for another score

if shares.is_empty():
    head.headline("We can't say yet what goes with loyalty here.")
    if others:
        st.header("What you do ask", anchor=False)
        how_felt.for_whom(group, week)
        how_felt.cards(others, late, group)
    missing = [name for name in ASKED if name not in answered]
    if answered:
        states.missing_questions(missing, [name for name in answered if name in felt.OTHERS])
    else:
        states.nobody_asked()
    if feelings:
        how_felt.section(feelings, late, group, week)
    st.stop()

# Who leads, and how we checked

head.headline(loyalty.headline(verdicts), loyalty.lead(verdicts))

left, right = st.columns([3, 2], gap="large")
with left:
    st.header("Does feeling go with loyalty here?", anchor=False)
    rows = published.beside(loyalty.panels(shares, "high"))
    ticks = "published" in rows.columns
    st.markdown(
        ":small[:gray[Of 100 customers who rated this high (6 or 7 of 7), so many would very likely do that. Bars: "
        "probably between. Beside the name: how many answered."
        + (" Ticks: published figures with their year; whose they are is below.]]" if ticks else "]]")
    )
    picture.show(dots.ranges, rows, name="loyalty", takeaway=loyalty.takeaway(verdicts), label_pixels=165)
with right:
    st.header("Who leads", anchor=False)
    with st.container(border=True):
        for behaviour, does in words.BEHAVIOURS.items():
            judged = verdicts.get(behaviour)
            st.markdown(
                f"**{words.capital(does)}**  \n{loyalty.in_words(judged)} :small[:gray[{loyalty.basis(judged)}]]"
            )
        with st.popover("By how much?", type="tertiary", key="by_how_much"):
            st.markdown(loyalty.by_how_much(verdicts))
        st.markdown(
            ":small[:gray[The verdict weighs the three against each other and does not depend on where “high” begins. "
            "What people say they would do, not what they did.]]"
        )
    for does in loyalty.missing_behaviours(shares):
        st.markdown(f":small[:gray[Too few were asked whether they would {does}.]]")
try_link.show(loyalty.headline(verdicts), "emotion", "" if group.is_everyone else filters.in_words(group))
how_checked.expander(shares, minimum)
published.drawer()

what_matters.section(loyalty.leader(verdicts))
say_do.section()
if feelings:
    how_felt.section(feelings, late, group, week)
who_we_hear.section(week, period["invited"], hearing.answered_of(period))
may_cost.section()

if others:
    st.header("Other scores you collect", anchor=False)
    how_felt.for_whom(group, week)
    how_felt.cards(others, late, group)
