import streamlit as st

from dashboard import builds, this_week, weeks
from dashboard.parts import head, meeting_step, states, week_picker, who_acts

LARGE_TYPE = "<style>html {font-size: 132%}</style>"

top = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
with top:
    line = st.container(width="stretch")
    week = week_picker.pick(weeks.closed())
    if st.toggle("Large type", key="large_type", bind="query-params", help="For a projector"):
        st.html(LARGE_TYPE)
fresh, is_late = head.freshness(week)
with line:
    head.first_line(fresh, amber=is_late)

if builds.rows("select count(*) as cells from kpi_window").item() == 0:
    head.headline("There is no week to meet about yet.")
    states.no_files()
    st.stop()

said = this_week.of(week)
head.headline(*said.headline)
who_acts.ask()

step = st.segmented_control(
    "Step", list(meeting_step.NAMES), format_func=meeting_step.NAMES.__getitem__, default="decided", key="step",
    bind="query-params", required=True, label_visibility="collapsed",
)  # fmt: skip
shown, beside = st.columns([7, 4], gap="large")
with shown:
    meeting_step.show(step, said)
with beside:
    st.header("Notes", anchor=False)
    meeting_step.notes(week.iso_week, step)
    meeting_step.note_box(week.iso_week, step)


def go(to: str) -> None:
    """On to the next step."""
    st.session_state["step"] = to


names = list(meeting_step.NAMES)
at = names.index(step)
if at + 1 < len(names):
    st.button(
        f"Next: {meeting_step.NAMES[names[at + 1]]}", key="next_step", icon=":material/arrow_forward:", on_click=go,
        args=(names[at + 1],),
    )  # fmt: skip
