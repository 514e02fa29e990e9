"""This week's care as it is worked: what is owed, what was drawn, what may be drawn, kindness, the file for the CRM."""

from datetime import date

import streamlit as st

from dashboard import care_list, lots, words
from dashboard.care_list import FILTERS, Filter, Item
from dashboard.lots import Extra
from dashboard.parts import act_card, crm_file, head, kindness, lot_sheet, states, try_link, who_acts
from pipelines.journal import JournalError

CARDS_A_PAGE = 8


@st.fragment
def show(today: date) -> None:
    """The page below its first line. A tap runs this again and nothing else; the journal is read anew each time."""
    try:
        _list(today)
    except JournalError as error:
        states.no_journal(str(error))


def _list(today: date) -> None:
    st.html(act_card.TOUCH)
    book = care_list.journal()
    acts = act_card.on_the_list()
    found = care_list.known(acts)
    extras = lots.running(book, today)
    owed = [one for one in found if one.care_class == "owed"]
    waiting = {one.customer_key for one in owed if one.is_open}
    is_all_done = bool(found) and not any(one.is_open for one in found)
    head.headline(lots.headline(len(waiting), extras, is_all_done))
    who_acts.ask()
    which: Filter = st.segmented_control(
        "Show", list(FILTERS), default="all", key="care_filter", format_func=FILTERS.__getitem__, required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    _owed(owed, which, today)
    _extra(found, extras, which, today)
    kindness.log()
    crm_file.offer(acts)


def _owed(owed: list[Item], which: Filter, today: date) -> None:
    st.header("Owed", anchor=False)
    st.markdown(":small[:gray[Never drawn: everyone who waits gets it. Most urgent first: longest overdue.]]")
    shown = _chosen(owed, which)
    if not shown:
        st.markdown(_NOTHING[which])
    found = _sought(shown) if len(shown) > CARDS_A_PAGE else shown
    _cards(found, "owed", today)


def _sought(shown: list[Item]) -> list[Item]:
    """The acts that the reader looks for, by an occasion and by words."""
    names, sizes = care_list.occasion_names(), care_list.sizes(shown)
    asked = st.query_params.get("occasion")
    by_words, by_occasion = st.columns(2)
    text = by_words.text_input(
        "Find", key="care_find", placeholder="Alias, place or what it is about", icon=":material/search:",
        max_chars=60, label_visibility="collapsed",
    )  # fmt: skip
    occasion = by_occasion.selectbox(
        "What for", list(sizes), key="care_occasion", placeholder=f"All that is owed · {words.count(len(shown))}",
        index=list(sizes).index(asked) if asked in sizes else None, label_visibility="collapsed",
        format_func=lambda name: f"{names.get(name, name)} · {words.count(sizes[name])}",
    )  # fmt: skip
    found = care_list.matching(shown, text, occasion, names)
    if not found:
        st.markdown("Nobody on the list fits that.")
    elif len(found) < len(shown):
        st.markdown(f":small[:gray[{words.count(len(found))} of {words.count(len(shown))}]]")
    return found


def _extra(found: list[Item], extras: list[Extra], which: Filter, today: date) -> None:
    st.header("Extra", anchor=False)
    st.markdown(f":small[:gray[More people than hands, so a lot says who comes first. {lots.NOT_DRAWN}]]")
    ids = {one.initiative.initiative_id for one in extras}
    for one in extras:
        name = one.initiative.initiative_id
        shown = _chosen([act for act in found if act.initiative_id == name], which)
        if which != "all" and not shown:
            continue
        st.subheader(words.safe(one.initiative.name), anchor=False)
        if which == "all":
            lot_sheet.told(name)
            if one.draw is None:
                lot_sheet.show(one)
            else:
                st.markdown(f":small[{lots.drawn_words(one)}]")
        _cards(shown, name, today)
    rest = [act for act in found if act.care_class == "extra" and act.initiative_id not in ids]
    shown = _chosen(rest, which)
    if shown:
        st.subheader("From initiatives that have ended", anchor=False)
        _cards(shown, "ended", today)
    if which == "all":
        _nobody_started(extras)
    elif not any(_chosen([act for act in found if act.care_class == "extra"], which)):
        st.markdown(_NOTHING[which])


def _nobody_started(extras: list[Extra]) -> None:
    idle = lots.not_started(extras)
    if idle.is_empty() and not extras:
        states.empty(
            "Nobody can get something extra this week.", "Needed: an occasion, such as a second order."
        )
    if idle.height:
        with st.expander(
            f"{words.plural(idle.height, 'more occasion')} that nobody has started", type="compact"
        ):
            st.markdown(
                ":small[:gray[A lot needs a plan first: what we believe, for how long, what is worth having.]]"
            )
            for name, n in idle.select("occasion_name", "people").iter_rows():
                told = f"{words.safe(name)}: {words.plural(n, 'person', 'people')}"
                with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                    st.markdown(told, width="content")
                    try_link.show(f"{told} this week.")


def _cards(shown: list[Item], name: str, today: date) -> None:
    if not shown:
        return
    pages = -(-len(shown) // CARDS_A_PAGE)
    place = st.container()
    at = min(st.pagination(pages, key=f"care_page_{name}"), pages) if pages > 1 else 1
    with place, st.grid(2, min_column_width=320, border=True) as grid:
        for one in shown[(at - 1) * CARDS_A_PAGE : at * CARDS_A_PAGE]:
            with grid.cell():
                act_card.show(one, today)


def _chosen(acts: list[Item], which: Filter) -> list[Item]:
    return care_list.chosen(acts, which, who_acts.name(), act_card.kept())


_NOTHING: dict[Filter, str] = {
    "mine": "You have taken nothing here.",
    "all": "Nobody waits.",
    "done this week": "Nothing was done here in the last seven days.",
}
