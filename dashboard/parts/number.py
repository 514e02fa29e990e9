"""The number: how many of 100, the range, what it rests on, whether it really moved."""

import streamlit as st

from dashboard import arrivals, kpi, words
from dashboard.arrivals import Late
from dashboard.charts import trend
from dashboard.kpi import EVERYONE, Group, Reading
from dashboard.parts import about, picture, verdict

FEWEST_POINTS = 8
"""A line of fewer weeks shows nothing."""


def card(reading: Reading, late: list[Late], group: Group = EVERYONE, *, tall: bool = False) -> None:
    """One number in a card. Hidden cells, unsettled weeks and late sources are said on the card itself."""
    told = reading.about
    history = kpi.last_year(kpi.trend(told.kpi, group), reading.iso_week)
    with st.container(gap="xsmall"):
        st.markdown(f":small[{told.label}]")
        st.metric(told.label, figure(reading), label_visibility="collapsed")
        st.markdown(f":small[:gray[{basis(reading, group)}]]")
        if history["value"].drop_nulls().len() >= FEWEST_POINTS:
            picture.show(
                trend.line if tall else trend.sparkline,
                history,
                name=f"trend_{told.kpi}",
                takeaway=f"{told.label}, the year to this week: {spoken(reading)}",
                role=verdict.role(reading),
            )
        missing = arrivals.hurting(told, late)
        if missing:
            st.markdown(
                f":orange[:material/schedule: {'Incomplete' if told.clock_weeks == 1 else 'Not all in'}]"
            )
            st.markdown(f":small[:orange[{arrivals.on_the_card(missing)}]]")
        elif reading.is_shown:
            st.markdown(verdict.in_words(reading))
        aim = kpi.goal(told.kpi)
        if aim and group.is_everyone:
            st.markdown(f":small[:gray[Goal: {words.of_100(aim[0])} of 100 by {words.short_day(aim[1])}]]")
        about.popover(told, history)


def figure(reading: Reading) -> str:
    """`56 of 100`, `363 of 500`, `38 points`; a dash where too few answered."""
    if reading.value is None or reading.low is None or reading.high is None:
        return "–"
    if reading.about.is_counted:
        return f"{words.count(reading.successes)} of {words.count(reading.n)}"
    value = words.of_100(reading.value, reading.high - reading.low)
    return f"{value} points" if reading.about.is_net else f"{value} of 100"


def basis(reading: Reading, group: Group = EVERYONE) -> str:
    """The range and what it rests on: `Probably between 53 and 60`, `742 answers in four weeks`."""
    told = reading.about
    if reading.value is None or reading.low is None or reading.high is None:
        return _why_hidden(reading, group)
    if told.is_counted:
        return "Everyone counted, so there is no range"
    asked = "answers" if "survey" in told.source else "contacts"
    return (
        f"Probably between {words.between(reading.low, reading.high)}  \n"
        f"{words.count(reading.n)} {asked} in {_clock(told.clock_weeks)}"
    )


def _why_hidden(reading: Reading, group: Group) -> str:
    told = reading.about
    few = f"Too few to show: under {told.minimum_n} in {_clock(told.clock_weeks)}"
    if group.is_everyone:
        return few
    if not kpi.is_broken_down(told.kpi, group.dimension):
        return f"Not broken down by {group.dimension}"
    return f"{few}, or hidden so that the total does not give others away"


def spoken(reading: Reading) -> str:
    """For readers who can not see the chart."""
    if not reading.is_shown:
        return "too few to show"
    moved = {"better": "better than usual", "worse": "worse than usual"}.get(reading.verdict, reading.verdict)
    return f"{figure(reading)}, {basis(reading).replace('  ' + chr(10), ', ')}, {moved}"


def _clock(weeks: int) -> str:
    return "the week" if weeks == 1 else f"{words.number_word(weeks)} weeks"
