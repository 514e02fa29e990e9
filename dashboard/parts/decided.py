"""'What we decided, and what became of it'."""

import streamlit as st

from dashboard import builds, decided, words
from dashboard.decided import Line
from dashboard.weeks import Week

_MARKS = {
    "kept": ":green[:material/check:]",
    "overdue": ":red[:material/schedule:]",
    "under way": ":gray[:material/more_horiz:]",
}


def section(week: Week) -> None:
    """Promises of the last quarter, each with its day; nothing if there were none."""
    found = decided.lines(builds.rows("select * from promise"), week.ends_on)
    if not found:
        return
    st.header("What we decided, and what became of it", anchor=False)
    st.markdown("  \n".join(_told(line, week) for line in found[: decided.MOST_LINES]))
    rest = len(found) - decided.MOST_LINES
    if rest > 0:
        with st.expander(f"{words.capital(words.number_word(rest))} more", type="compact"):
            st.markdown("  \n".join(_told(line, week) for line in found[decided.MOST_LINES :]))


def _told(line: Line, week: Week) -> str:
    day = words.short_day(line.on, year=line.on.year != week.ends_on.year)
    owner = f" :small[:gray[{line.owner}]]" if line.owner else ""
    return f"{_MARKS[line.state]} :gray[{day}] **{line.theme}**: {line.became}.{owner}"
