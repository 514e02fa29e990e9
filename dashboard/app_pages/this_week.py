import streamlit as st

from dashboard import arrivals, briefing, builds, kpi, weeks, words
from dashboard.kpi import BEHAVIOURS, CARE, FEELINGS
from dashboard.parts import changes, filters, head, needs, number, states, week_picker
from pipelines.measures.change import smallest_noticeable_change

MOST_WORTH_SAYING = 0.3

care = builds.settings().care
group = filters.chosen()

top = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
with top:
    line = st.container(width="stretch")
    week = week_picker.pick(weeks.closed())
if builds.rows("select count(*) as n from kpi_window").item() == 0:
    with line:
        head.first_line("no data yet")
    head.headline("Nothing to show yet: no file has arrived.")
    states.no_files()
    st.stop()

is_latest = week == head.latest_week()
late = arrivals.late(week) if is_latest else []

readings = {
    name: r for name in (*FEELINGS, *BEHAVIOURS, *CARE) if (r := kpi.read(name, week.iso_week, group))
}
incomplete = {name for name, reading in readings.items() if arrivals.hurting(reading.about, late)}
whole = briefing.unjudged({name: r for name in readings if (r := kpi.read(name, week.iso_week))}, incomplete)

fresh, is_late = head.freshness(week)
settling = any(r.maturity == "provisional" and "survey" in r.about.source for r in readings.values())
with line:
    head.first_line(
        fresh if is_latest else "an earlier week, as its numbers stand today",
        "survey answers still coming in" if settling else "",
        filters.in_words(group),
        amber=is_late if is_latest else "",
    )

# What needs the reader, for all customers

owners = dict(builds.rows("select kpi, owner from goal").iter_rows())
pressing: list[briefing.Need] = []
stands_out = None
for reading in sorted(whole.values(), key=lambda r: -abs(r.change or 0)):
    if reading.verdict == "worse" and not pressing:
        stands_out = changes.worst_channel(reading)
        channel, there = stands_out or (None, None)
        promise = ""
        if reading.about.kpi == "human_within_promise" and channel in care.promise_seconds:
            promise = f" reached a person within {words.wait(care.promise_seconds[channel])}"
        pressing.append(
            briefing.change_need(reading, channel, there, owners.get(reading.about.kpi, ""), promise)
        )

harmful = top_need = None
if is_latest:
    harmful = briefing.harm_need(
        builds.rows(
            "select name from initiative_effect join initiative using (initiative_id) where verdict = 'harmful'"
        )["name"].to_list()
    )
    summary = builds.rows("select * from top_customer_summary").to_dicts()
    top_need = briefing.top_customer_need(summary[0], care.care_gap_days) if summary else None
promised = briefing.promise_need(builds.rows("select * from promise"), week.ends_on)
to_do = briefing.most_pressing(*pressing, harmful, top_need, promised)

if incomplete and not any(reading.verdict != "too few" for reading in whole.values()):
    head.headline(
        "This week is not in yet.", "The numbers below are of the weeks before, as far as they reach."
    )
else:
    head.headline(
        briefing.headline(list(whole.values()), len(to_do), stands_out[0] if stands_out else ""),
        briefing.lead(list(whole.values()), len(incomplete)),
    )

if to_do:
    st.header("Needs you", anchor=False)
    needs.cards(to_do)

changes.section(list(whole.values()), week)

# The numbers, for the chosen group

st.header("How customers are", anchor=False)
asked = [readings[name] for name in (*FEELINGS, *BEHAVIOURS) if name in readings]
if any(kpi.trend(name)["n"].drop_nulls().len() for name in (*FEELINGS, *BEHAVIOURS) if name in readings):
    with st.grid(3, min_column_width=250, border=True) as grid:
        for reading in asked:
            with grid.cell(row_span=2 if reading.about.kpi in FEELINGS else 1):
                number.card(reading, late, group, tall=reading.about.kpi in FEELINGS)
    st.markdown(":small[:gray[What people say they would do, not what they did.]]")
else:
    states.nobody_asked()

st.header("How we looked after them", anchor=False)
with st.grid(3, min_column_width=250, border=True) as grid:
    for name in CARE:
        if name in readings:
            with grid.cell():
                number.card(readings[name], late, group)
st.markdown(f":small[:gray[The promise: a person within {words.promise(care.promise_seconds)}.]]")

# One line on certainty for the whole page

st.header("How sure are we?", anchor=False)
told = [
    "“Probably between” is a range built so that it holds the true figure 19 times in 20, for customers like "
    "those who answered."
]
reach = builds.rows(
    """
    select sum(invited) as invited, sum(answered) as answered from survey_reach
    where iso_week <= $week and iso_week > (
        select max(iso_week) from dates where week_ends_on <= cast($ends_on as date) - 91
    )
    """,
    week=week.iso_week, ends_on=week.ends_on,
)  # fmt: skip
if reach.height and reach["invited"][0]:
    told.append(f"{round(100 * reach['answered'][0] / reach['invited'][0])} of 100 asked did.")
told.append("“No real change” compares the week with the twelve before it; a false alarm is rare by design.")
emotion = whole.get("emotion")
if emotion and emotion.value and emotion.n:
    fall = smallest_noticeable_change(
        max(1, emotion.n // emotion.about.clock_weeks), emotion.value, within_weeks=4
    )
    if fall > MOST_WORTH_SAYING:
        told.append("With so few answers a week we would miss most changes.")
    else:
        told.append(
            f"With this many answers we would most likely notice a fall of {words.of_100(fall)} of 100 in "
            "“felt well cared for” within four weeks, and would miss smaller ones."
        )
st.markdown(" ".join(told))
st.page_link("app_pages/meanings.py", label="What these numbers mean", icon=":material/menu_book:")
