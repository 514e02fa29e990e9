import streamlit as st

from dashboard import arrivals, builds, kpi, service, words
from dashboard.charts import dots, hours
from dashboard.parts import cells, filters, head, number, picture, states, table
from dashboard.weeks import closed

care = builds.settings().care
group = filters.chosen()
week = closed()[0]
late = arrivals.late(week)
shown = {
    name: found
    for name in (*service.SERVICE, *service.CARE, *service.LISTENING, "proactive_share")
    if (found := kpi.read(name, week.iso_week, group)) and (found.is_shown or found.verdict != "too few")
}

fresh, is_late = head.freshness(week)
head.first_line(week.name, fresh, amber=is_late)
if not shown:
    head.headline("We can't say yet how service and care are doing.")
    states.empty("No contacts and no answers yet.", "Needed: a helpdesk export, or answers to the survey.")
    st.stop()
head.headline(
    service.headline(
        kpi.read("human_within_promise", week.iso_week), kpi.read("proactive_share", week.iso_week)
    ),
    "Service fixes the problem, care is being there for the person. They look back over different times.",
)

for title, names in (("Service: did it work?", service.SERVICE), ("Care: does it last?", service.CARE)):
    if not any(name in shown for name in names):
        continue
    st.header(title, anchor=False)
    with st.grid(3, min_column_width=250, border=True) as grid:
        for name in names:
            if name in shown:
                with grid.cell():
                    number.card(shown[name], late, group)
    spans = [shown[name].about for name in names if name in shown]
    if spans:
        st.markdown(f":small[:gray[{service.looks_back(spans)}]]")
if "ordered_again_year" not in shown:
    st.markdown(
        ":small[:orange[Nothing here looks back over a whole year yet: that needs orders of two years.]]"
    )

st.header("How easily people reach a person", anchor=False)
waits = service.waits(week.iso_week)
if not waits:
    st.markdown("Not shown in your data: no request for a person is recorded in the last thirteen weeks.")
else:
    st.markdown(
        ":small[:gray[The last thirteen weeks, all customers. Who gave up would have waited longer, and counts so.]]"
    )
    with st.grid(2, min_column_width=300, border=True) as grid:
        for one in waits:
            with grid.cell():
                st.markdown(service.wait_in_words(one, care.promise_seconds))
    channels = [one.channel for one in waits]
    channel = st.segmented_control(
        "Channel", channels, default=channels[0], format_func=words.capital, label_visibility="collapsed", key="channel"
    ) or channels[0]  # fmt: skip
    by_hour = service.by_hour(week.iso_week, channel)
    if by_hour.height < service.FEWEST_HOURS:
        st.markdown(":small[:gray[Too few in single hours to show the day.]]")
    else:
        told = service.hours_in_words(by_hour)
        st.markdown(f"{told} :small[:gray[Bars are wide enough to hold for all hours together.]]")
        picture.show(
            hours.by_hour, by_hour, name="hours",
            takeaway=f"Share that reached a person in time on {channel}, hour by hour. {told}",
        )  # fmt: skip
        table.behind(service.hours_table(by_hour), f"Reaching a person on {channel}, by hour")

st.header("Who got in touch first", anchor=False)
if "proactive_share" not in shown:
    st.markdown("Not shown in your data: it is not recorded who began a contact.")
else:
    card, beside = st.columns([2, 3], gap="large")
    with card, st.container(border=True):
        number.card(shown["proactive_share"], late, group)
    with beside:
        members = kpi.members("proactive_share", week.iso_week, "segment")
        segments = service.groups(members, sorted(members["member"].to_list()))
        if segments.height > 1:
            st.markdown(
                ":small[:gray[By customer group, in the week. Bars: where the true figure probably lies.]]"
            )
            picture.show(
                dots.ranges,
                segments,
                name="first",
                takeaway="Share of contacts that we began, by customer group",
            )
            table.behind(service.groups_table(segments), "Contacts that we began, by customer group")

st.header("Were they listened to?", anchor=False)
listening = [name for name in service.LISTENING if name in shown and shown[name].is_shown]
if not listening:
    st.markdown(
        "Not shown in your data: nobody was asked whether they had to repeat themselves, or felt listened to."
    )
else:
    for name, cell in zip(listening, cells.row(len(listening)), strict=True):
        with cell:
            number.card(shown[name], late, group)

st.header("What counts as success here", anchor=False)
sentence, purposes = service.what_counts()
st.markdown(sentence)
table.behind(purposes, "Every number by its purpose", "Every number by its purpose")
