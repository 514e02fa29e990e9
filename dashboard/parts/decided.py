"""'What we decided, and what became of it'."""

import streamlit as st

from dashboard import builds, care_list, decided, decisions, words
from dashboard.decided import Line
from dashboard.parts import portfolio
from dashboard.weeks import Week

_MARKS = {
    "kept": ":green[:material/check:]",
    "overdue": ":red[:material/schedule:]",
    "under way": ":gray[:material/more_horiz:]",
    "decided": ":gray[:material/gavel:]",
}


def section(week: Week, *, now: bool = True) -> None:
    """Promises and decisions of the last quarter, each with its day; nothing if there were none.

    Args:
        now: it is the latest week, so what was decided since it ended is told as well.
    """
    book = care_list.journal()
    until = max(week.ends_on, decisions.today()) if now else week.ends_on
    about = decided.of_initiatives(decisions.of(book), decisions.names(book), until)
    found = [*about, *decided.lines(builds.rows("select * from promise"), week.ends_on)]
    if not found:
        return
    found.sort(key=lambda line: line.on, reverse=True)
    st.header("What we decided, and what became of it", anchor=False)
    st.markdown("  \n".join(_told(line, week) for line in found[: decided.MOST_LINES]))
    rest = len(found) - decided.MOST_LINES
    if rest > 0:
        with st.expander(f"{words.capital(words.number_word(rest))} more", type="compact"):
            st.markdown("  \n".join(_told(line, week) for line in found[decided.MOST_LINES :]))
    if about:
        portfolio.open_link(about[0].initiative_id, f"Did it work? {about[0].theme}")


def _told(line: Line, week: Week) -> str:
    day = words.short_day(line.on, year=line.on.year != week.ends_on.year)
    owner = f" :small[:gray[{line.owner}]]" if line.owner else ""
    return f"{_MARKS[line.state]} :gray[{day}] **{line.theme}**: {line.became}.{owner}"
