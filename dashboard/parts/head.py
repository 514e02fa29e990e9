"""The top of a page: what period, how fresh, then the sentence the page stands for."""

from datetime import datetime

import streamlit as st

from dashboard import arrivals, builds, health, words
from dashboard.parts import frozen_week
from dashboard.weeks import Week, closed, local


def first_line(*facts: str, amber: str = "") -> None:
    """One quiet line above the headline; what is late comes last, in amber."""
    shown = builds.build()
    parts = [":gray-badge[Sample company]"] if shown and shown.manifest.get("sample") else []
    parts += [f":gray[{fact}]" for fact in facts if fact]
    if amber:
        parts.append(f":orange[:material/schedule: {amber}]")
    st.markdown(f":small[{' :gray[·] '.join(parts)}]")


def freshness(week: Week | None = None) -> tuple[str, str]:
    """`data through Sunday 15 November`, and what is late for the week (empty if nothing is)."""
    week = week or latest_week()
    through = arrivals.through_on()
    told = (
        f"data through {words.day(through, year=week is None or through.year != week.ends_on.year)}"
        if through
        else "no data yet"
    )
    return told, arrivals.in_words(arrivals.late(week)) if week else ""


def trouble() -> None:
    """A line that leads to *Data health*: files refused and rows set aside lately; nothing where there are none."""
    if told := health.lately():
        frozen_week.link("app_pages/data_health.py", f":small[:gray[{told}]]", "block")


def latest_week() -> Week | None:
    """The last closed week."""
    weeks = closed()
    return weeks[0] if weeks else None


def headline(sentence: str, lead: str = "") -> None:
    """The sentence a chief executive could repeat, and at most one more paragraph."""
    st.title(sentence, anchor=False)
    if lead:
        st.markdown(lead)


def published() -> str:
    """When the numbers on screen were published."""
    shown = builds.build()
    if shown is None:
        return "nothing is published"
    return f"published {words.instant(local(datetime.fromisoformat(shown.manifest['created_at'])))}"
