import streamlit as st

from dashboard import builds, this_week, weeks, words
from dashboard.kpi import BEHAVIOURS, FEELINGS
from dashboard.parts import (
    cells,
    certainty,
    changes,
    decided,
    events,
    filters,
    goals,
    head,
    needs,
    number,
    report_buttons,
    states,
    week_notes,
    week_picker,
)

LEAD_HEIGHT, ALONE_HEIGHT = 190, 370

care = builds.settings().care
group = filters.chosen()

top = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
with top:
    line = st.container(width="stretch")
    week = week_picker.pick(weeks.closed())
if builds.rows("select count(*) as cells from kpi_window").item() == 0:
    with line:
        head.first_line(head.freshness()[0])
        head.trouble()
    arrived = builds.rows("select coalesce(sum(rows_loaded), 0)::bigint as rows from data_health").item()
    if arrived:
        head.headline("Too little to show yet.")
        states.too_little(arrived)
    else:
        head.headline("Nothing to show yet: no file has arrived.")
        states.no_files()
    st.stop()

said = this_week.of(week, group)
with top:
    report_buttons.offer(week, group)
is_latest, late, shown, whole, readings = said.is_latest, said.late, said.shown, said.whole, said.readings
asked, scores, felt, to_do = said.asked, said.scores, said.felt, said.needs

fresh, is_late = head.freshness(week)
with line:
    head.first_line(
        fresh if is_latest else "an earlier week, as its numbers stand today",
        "survey answers still coming in" if said.is_settling else "",
        amber=is_late if is_latest else "",
    )
    if is_latest:
        head.trouble()

head.headline(*said.headline)


def whose() -> None:
    """Say on the numbers whom they are about, where that is not everybody."""
    if not group.is_everyone:
        only = words.capital(filters.in_words(group))
        st.markdown(f":blue-badge[{only}] :small[:gray[the numbers only; all else is about all customers]]")


# What needs the reader, beside the number that leads

lead = [name for name in felt if name in shown][:1]
with_needs, with_lead = st.columns([10, 11], gap="medium") if to_do else (None, None)
if with_needs is not None and with_lead is not None:
    with with_needs:
        st.header("Needs you", anchor=False)
        needs.cards(to_do)
    with with_lead:
        st.header("How customers are", anchor=False)
        whose()
        if lead:
            with st.container(border=True):
                number.card(shown[lead[0]], late, group, tall=LEAD_HEIGHT, unfinished=is_latest)
        else:
            states.nobody_asked()
changes.section(readings, week)

# The other numbers, for the chosen group

others = [name for name in felt if name in shown and not (to_do and name in lead)]
if not to_do:
    st.header("How customers are", anchor=False)
    whose()
    if not lead:
        states.nobody_asked()
elif others:
    st.header("What customers say" if scores else "What customers say they would do", anchor=False)
    whose()
if others:
    if to_do:
        places = cells.row(len(others))
    else:
        with st.grid(3, min_column_width=225, border=True) as grid:
            places = [grid.cell(row_span=2 if name in FEELINGS else 1) for name in others]
    for name, place in zip(others, places, strict=True):
        with place:
            tall = ALONE_HEIGHT if name in FEELINGS else 0
            number.card(shown[name], late, group, tall=tall, unfinished=is_latest)
    if asked:
        st.markdown(f":small[:gray[{this_week.ONLY_SAID}]]")
if scores:
    states.missing_questions((*FEELINGS, *BEHAVIOURS), scores)

st.header("How we looked after them", anchor=False)
whose()
with st.grid(3, min_column_width=250, border=True) as grid:
    for name in said.looked_after:
        if name in shown:
            with grid.cell():
                number.card(shown[name], late, group, unfinished=is_latest)
st.markdown(f":small[:gray[{said.promise}]]")

# What we did about it, for all customers

decided.section(week, now=is_latest)
events.section(week)
week_notes.section(week, now=is_latest)
if is_latest:
    goals.section()
certainty.section(week, whole.get("emotion"), now=is_latest)
