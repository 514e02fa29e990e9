"""'What we decided, and what became of it'."""

import streamlit as st

from dashboard import agreements, builds, care_list, decided, decisions, words
from dashboard.decided import Line
from dashboard.parts import portfolio
from dashboard.weeks import Week

_MARKS = {
    "kept": ":green[:material/check:]",
    "overdue": ":red[:material/schedule:]",
    "under way": ":gray[:material/more_horiz:]",
    "decided": ":gray[:material/gavel:]",
}


def section(week: Week, *, now: bool = True, in_meeting: bool = False) -> None:
    """Promises and decisions of the last quarter, each with its day; nothing if there were none.

    Args:
        now: it is the latest week, so what was decided since it ended is told as well.
        in_meeting: without what was agreed in the meeting about this week.
    """
    found = known(week, now=now, in_meeting=in_meeting)
    if not found:
        return
    st.header("What we decided, and what became of it", anchor=False)
    st.markdown("  \n".join(told(line, week) for line in found[: decided.MOST_LINES]))
    rest = len(found) - decided.MOST_LINES
    if rest > 0:
        with st.expander(f"{words.capital(words.number_word(rest))} more", type="compact"):
            st.markdown("  \n".join(told(line, week) for line in found[decided.MOST_LINES :]))
    if about := [line for line in found if line.initiative_id]:
        portfolio.open_link(about[0].initiative_id, f"Did it work? {about[0].theme}")


def known(week: Week, *, now: bool = True, in_meeting: bool = False) -> list[Line]:
    """The promises and decisions of the last quarter, newest first; the arguments are those of `section`."""
    book = care_list.journal()
    until = max(week.ends_on, decisions.today()) if now else week.ends_on
    about = decided.of_initiatives(decisions.of(book), decisions.names(book), until)
    landed = decided.lines(builds.rows("select * from promise"), week.ends_on)
    here = agreements.promises(until, without=week.iso_week if in_meeting else "")
    found = [*about, *landed, *decided.lines(here, until)]
    return sorted(found, key=lambda line: line.on, reverse=True)


def told(line: Line, week: Week) -> str:
    """One of them as Markdown."""
    day = words.short_day(line.on, year=line.on.year != week.ends_on.year)
    owner = f" :small[:gray[Owner: {line.owner}.]]" if line.owner else ""
    return f"{_MARKS[line.state]} :gray[{day}] **{line.theme}**: {line.became}.{owner}"
