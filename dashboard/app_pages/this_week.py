import streamlit as st

from dashboard import arrivals, briefing, builds, kpi, weeks, words
from dashboard.kpi import BEHAVIOURS, CARE, FEELINGS
from dashboard.parts import certainty, changes, filters, head, needs, number, states, week_picker

care = builds.settings().care
group = filters.chosen()

top = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
with top:
    line = st.container(width="stretch")
    week = week_picker.pick(weeks.closed())
if builds.rows("select count(*) as cells from kpi_window").item() == 0:
    with line:
        head.first_line(head.freshness()[0])
    arrived = builds.rows("select coalesce(sum(rows_loaded), 0)::bigint as rows from data_health").item()
    if arrived:
        head.headline("Too little to show yet.")
        states.too_little(arrived)
    else:
        head.headline("Nothing to show yet: no file has arrived.")
        states.no_files()
    st.stop()

is_latest = week == head.latest_week()
late = arrivals.late(week) if is_latest else []
names = (*FEELINGS, *BEHAVIOURS, *CARE)
shown = {name: found for name in names if (found := kpi.read(name, week.iso_week, group))}
incomplete = {name for name, reading in shown.items() if arrivals.hurting(reading.about, late)}
whole = briefing.unjudged(
    {name: found for name in names if (found := kpi.read(name, week.iso_week))}, incomplete
)
readings = list(whole.values())

fresh, is_late = head.freshness(week)
settling = any(one.maturity == "provisional" and "survey" in one.about.source for one in readings)
with line:
    head.first_line(
        fresh if is_latest else "an earlier week, as its numbers stand today",
        "survey answers still coming in" if settling else "",
        amber=is_late if is_latest else "",
    )

# For all customers: the sentence, what needs the reader, what changed

worst = briefing.worst(readings)
where = changes.worst_channel(worst) if worst else None
to_do = needs.gather(worst, where, week, care, now=is_latest)

if incomplete and all(one.verdict == "too few" for one in readings):
    head.headline(
        "This week is not in yet.", "The numbers below are of the weeks before, as far as they reach."
    )
else:
    head.headline(
        briefing.headline(readings, len(to_do), where[0] if where else ""),
        briefing.lead(readings, len(incomplete)),
    )
if to_do:
    st.header("Needs you", anchor=False)
    needs.cards(to_do)
changes.section(readings, week)

# For the chosen group: the numbers

st.header("How customers are", anchor=False)
if not group.is_everyone:
    only = words.capital(filters.in_words(group))
    st.markdown(f":blue-badge[{only}] :small[:gray[from here on; above, all customers]]")
if any(kpi.trend(name)["n"].drop_nulls().len() for name in (*FEELINGS, *BEHAVIOURS) if name in shown):
    with st.grid(3, min_column_width=250, border=True) as grid:
        for name in (*FEELINGS, *BEHAVIOURS):
            if name in shown:
                is_lead = name in FEELINGS
                with grid.cell(row_span=2 if is_lead else 1):
                    number.card(shown[name], late, group, tall=is_lead)
    st.markdown(":small[:gray[What people say they would do, not what they did.]]")
else:
    states.nobody_asked()

st.header("How we looked after them", anchor=False)
with st.grid(3, min_column_width=250, border=True) as grid:
    for name in CARE:
        if name in shown:
            with grid.cell():
                number.card(shown[name], late, group)
st.markdown(f":small[:gray[The promise: a person within {words.promise(care.promise_seconds)}.]]")

certainty.section(week, whole.get("emotion"))
