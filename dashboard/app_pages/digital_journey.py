import streamlit as st

from dashboard import (
    arrivals,
    briefing,
    builds,
    events,
    journey,
    kpi,
    visits,
    web,
    web_health,
    web_quality,
    words,
)
from dashboard.charts import level, retention
from dashboard.parts import head, picture, try_link, website, who_is_who
from dashboard.weeks import closed, local

NARROW = [5, 16]

state = web.state()
if state != "shown":
    head.first_line(head.published())
    website.nothing(state)
    st.stop()

week = closed()[0]
late = arrivals.late(week)
minimum = builds.settings().care.minimum_n
readings = {name: found for name in web.KPIS if (found := kpi.read(name, week.iso_week))}
shown = {name: one for name, one in readings.items() if one.is_shown or one.verdict != "too few"}

top = st.container()
mine = website.choose(web.properties())
visitors = visits.level("visitors", "active_users", mine)
pages, channels, kinds = (
    web.shares(share, mine, dimension)
    for share, dimension in (
        ("helpful", "page_path"),
        ("repeat_purchase", "channel"),
        ("engaged", "content_kind"),
    )
)

month = visits.month(mine)

with top:
    pulled = web.pull(mine)
    fresh, settling = journey.fresh(pulled) if pulled else ("", "")
    how = "pulled" if web_health.is_known() else "files of"
    head.first_line(
        f"Google Analytics, {how} {words.instant(local(pulled.pulled_at))}" if pulled else "",
        fresh,
        amber="; ".join(part for part in (website.trouble(), settling) if part),
    )
    judged = list(readings.values())
    head.headline(journey.headline(judged), journey.lead(judged, visits.latest(visitors)))
    worst = briefing.worst(judged)
    try_link.show(journey.headline(judged), worst.about.kpi if worst else "")

st.header("Finding help", anchor=False)
by_page = pages is not None and not pages.rows.is_empty()
left, right = website.beside(is_drawn=by_page)
with left:
    missing = "no page asks whether it helped, and no search is recorded."
    website.cards(web.HELPING, shown, late, missing, is_narrow=by_page)
with right:
    if pages is None or not by_page:
        st.markdown(":small[:gray[No single help page has enough answers to be shown.]]")
    else:
        website.parts_of(
            pages, journey.worst_page(pages), "Of 100 answers to “Was this helpful?”, so many said yes",
            name="helpful_pages", part="page", counted="answers", minimum_n=minimum,
        )  # fmt: skip

st.header("Reaching a person", anchor=False)
taken = visits.steps(mine)
left, right = website.beside(is_drawn=taken is not None)
with left:
    website.cards(web.REACHING, shown, late, "no chat and no form is recorded.", is_narrow=taken is not None)
with right:
    if taken is None:
        st.markdown(":small[:gray[The steps on the way to help are not recorded, or taken by too few.]]")
    else:
        website.bars(
            journey.step_bars(taken), taken.caveats, minimum, name="steps", part="step",
            counts=f"How often each step was taken, {words.period(taken.starts_on, taken.ends_on)}. Times, not people: "
            "a visitor may take a step twice and leave out another.",
        )  # fmt: skip

st.header("Coming back", anchor=False)
left, right = st.columns(NARROW, gap="medium")
with left:
    missing = "whether visitors had been here before is not known."
    website.cards((web.RETURNING,), shown, late, missing, is_narrow=True)
with right:
    if visitors["value"].drop_nulls().len() > 1:
        picture.show(
            level.level, visitors, name="visitors", counted="visitors a week, about",
            events=events.shown(visitors["ends_on"]),
            takeaway="Active visitors, week by week; the last weeks may still move.",
        )  # fmt: skip
        website.caption(
            journey.lines_in_words(visitors),
            web_quality.of(visitors), minimum, "week",
        )  # fmt: skip
curves = visits.retention(mine)
if not curves.is_empty():
    left, right = st.columns(website.CARDS_AND_PICTURE, gap="large")
    with left:
        st.subheader("Newcomers who come back", anchor=False)
        st.markdown(journey.retention_in_words(curves))
        st.markdown(
            ":small[:gray[The bold line shows these newcomers with their ranges, the thin ones those of later weeks. "
            "Weeks run from Sunday to Saturday here, as Google has it.]]"
        )
    with right:
        picture.show(
            retention.retention, curves, name="retention",
            takeaway=f"Newcomers who were here again, by weeks after their first visit. "
            f"{journey.retention_in_words(curves)}",
        )  # fmt: skip

left, right = st.columns(2, gap="large")
with left:
    st.header("Stories", anchor=False)
    against = web.difference(kinds, "story", "other") if kinds else None
    if kinds is None or against is None:
        st.markdown("Not shown in your data: no page is marked as a story, or too few visits begin on one.")
    else:
        website.parts_of(
            kinds, journey.story_in_words(against),
            "Of 100 visits, so many stay: ten seconds, a second page or an order",
            name="stories", part="beginning", counted="visits", minimum_n=minimum, names=journey.KINDS,
            lowest_first=False, more=" Not a test: who reads stories may differ.",
        )  # fmt: skip
    begun = visits.stories(mine)
    if begun is not None:
        website.bars(
            journey.story_bars(begun), begun.caveats, minimum, name="story_pages", part="story",
            counts=f"Visits that began with each story, about, {words.month(begun.starts_on)}.",
        )  # fmt: skip
with right:
    st.header("Channels and buying again", anchor=False)
    looked = journey.buyers_in_words(month)
    if looked:
        st.markdown(looked)
    if channels is None or channels.rows.is_empty():
        st.markdown(
            "Not shown in your data: no orders are recorded on the website, or too few by any one way."
        )
    else:
        website.parts_of(
            channels, journey.first_channel(channels), "Of 100 buyers, so many had bought before",
            name="channels", part="channel", counted="buyers", minimum_n=minimum, lowest_first=False,
            more=" On a new device a buyer counts as new: truly more had bought before. Not cause: who likes us "
            "already opens our e-mails.",
        )  # fmt: skip

who_is_who.section(mine, journey.side_by_side(month))
website.how_good(
    [
        web_quality.of(visitors),
        web.counted(mine),
        *(one.caveats for one in (pages, channels, kinds, taken, begun) if one is not None),
    ],
    minimum,
)
