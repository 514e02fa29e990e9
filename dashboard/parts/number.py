"""The number: how many of 100, the range, what it rests on, whether it really moved."""

from datetime import date

import streamlit as st

from dashboard import arrivals, breakdowns, events, kpi, targets, timeline, web, weeks, words
from dashboard.arrivals import Late
from dashboard.charts import trend
from dashboard.kpi import EVERYONE, Group, Reading
from dashboard.parts import about, picture, verdict
from pipelines.measures.comparison import BASELINE_WEEKS

FEWEST_POINTS = 8
"""A line of fewer weeks shows nothing."""

SMALL = 64
"""The height of a picture without axes, in pixels."""


def card(
    reading: Reading,
    late: list[Late],
    group: Group = EVERYONE,
    *,
    tall: int = 0,
    unfinished: bool = False,
    small_print: str = "",
) -> None:
    """One number in a card. Hidden cells, unsettled weeks and late sources are said on the card itself.

    Args:
        reading: the number.
        late: the sources that do not cover its week.
        group: whom it is about.
        tall: the height, in pixels, of a picture with axes; a small one without them by default.
        unfinished: also say and draw the week that is not over, where a part of it is in.
        small_print: what whoever counted it said of this very number; often nothing.
    """
    told = reading.about
    unfinished = unfinished and group.is_everyone and told.clock_weeks == 1
    open_week = timeline.so_far(told.kpi) if unfinished else None
    history = timeline.drawn(told.kpi, reading.iso_week, group, unfinished=unfinished)
    happened = events.shown(history["week_ends_on"], group, told.kpi)
    with st.container(gap="xsmall"):
        st.markdown(f":small[{told.label}]")
        st.metric(told.label, figure(reading), label_visibility="collapsed")
        st.markdown(f":small[:gray[{basis(reading, group)}]]")
        if small_print:
            st.markdown(f":small[:orange[:material/info: {small_print}]]")
        if history["value"].drop_nulls().len() >= FEWEST_POINTS:
            picture.show(
                trend.line if tall else trend.sparkline,
                history,
                name=f"trend_{told.kpi}",
                takeaway=f"{told.label}, the weeks to this one: {spoken(reading)}",
                role=verdict.role(reading),
                height=tall or SMALL,
                events=happened,
                numbered=bool(tall),
                **({"unit": "points"} if tall and told.is_net else {}),
            )
        _judged(reading, arrivals.hurting(told, late))
        if open_week:
            st.markdown(f":small[:gray[{timeline.so_far_in_words(told, open_week)}]]")
        aim = targets.now(told.kpi, group)
        if aim:
            st.markdown(f":small[:gray[{goal_in_words(reading, aim)}]]")
        about.popover(told, events.with_weeks(history, happened), "", *terms(reading))


def _judged(reading: Reading, missing: list[Late]) -> None:
    told = reading.about
    is_latest = reading.iso_week == weeks.closed()[0].iso_week
    refused = arrivals.unread(told) if is_latest else []
    if missing:
        st.markdown(f":orange[:material/schedule: {'Incomplete' if told.clock_weeks == 1 else 'Not all in'}]")
        if others := arrivals.without(refused, missing):
            st.markdown(f":small[:orange[{arrivals.on_the_card(others)}]]")
    elif reading.is_shown:
        st.markdown(verdict.in_words(reading))
        since = "" if told.is_counted else timeline.compared_since(told.kpi, reading.iso_week)
        if since:
            st.markdown(f":small[:gray[{since}]]")
    for one in refused:
        st.markdown(f":small[:orange[:material/block: {one.says}]]")


def goal_in_words(reading: Reading, aim: tuple[float, date, str]) -> str:
    """`Goal: 60 of 100 by 31 Mar 2027`; where everybody is counted, of them: `Goal: 450 of 500`."""
    share, due_on, _ = aim
    whole = reading.n if reading.about.is_counted and reading.n else 100
    unit = "points" if reading.about.is_net else f"of {words.count(whole)}"
    return f"Goal: {words.count(share * whole)} {unit} by {words.short_day(due_on)}"


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
    n = f"about {words.about(reading.n)}" if told.kpi == web.RETURNING else words.count(reading.n)
    rests = f"{n} {_counted_of(told)} in {_clock(told.clock_weeks)}"
    if reading.strength:
        worth = _worth(reading)
        rests = f"**{words.capital(reading.strength)}**: {rests}{f', worth {worth}' if worth else ''}"
    return f"Probably between {words.between(reading.low, reading.high)}  \n{rests}"


def _worth(reading: Reading) -> str:
    """As how many independent ones it counts, where those are fewer: `40`."""
    bears = reading.effective_n
    return words.count(bears) if bears is not None and round(bears) < reading.n else ""


def _counted_of(told: kpi.Definition) -> str:
    if told.kpi in words.COUNTED:
        return words.COUNTED[told.kpi]
    if "survey" in told.source:
        return "answers"
    return "customers" if told.source == "orders" else "contacts"


def _why_hidden(reading: Reading, group: Group) -> str:
    told = reading.about
    few = f"Too few to show: under {told.minimum_n} in {_clock(told.clock_weeks)}"
    if group.is_everyone:
        return few
    if not kpi.is_broken_down(told.kpi, group.dimension):
        return f"Not broken down by {breakdowns.named(group.dimension)}"
    return f"{few}, or hidden so that the total does not give others away"


def spoken(reading: Reading) -> str:
    """For readers who can not see the chart."""
    if not reading.is_shown:
        return "too few to show"
    moved = {"better": "better than usual", "worse": "worse than usual"}.get(reading.verdict, reading.verdict)
    rests = basis(reading).replace("  \n", ", ").replace("**", "")
    return f"{figure(reading)}, {rests}, {moved}"


def terms(reading: Reading) -> list[str]:
    """This week's number in the field's own words, for the definition behind it."""
    settling = about.states(reading.about)["provisional"] if reading.maturity == "provisional" else "settled"
    terms = [] if reading.about.is_counted else [f"This week: {settling}"]
    worth = _worth(reading)
    if worth:
        terms.append(
            f"The range is that of {worth} independent {_counted_of(reading.about)}, not of {words.count(reading.n)}: "
            "some are of one person, or a sample was read"
        )
    if reading.change is not None and reading.change_low is not None and reading.change_high is not None:
        shares = (reading.change, reading.change_low, reading.change_high)
        places = 2 if any(share and abs(share) < 0.0005 for share in shares) else 1
        change, low, high = (words.decimal(share * 100, places) for share in shares)
        level = f" ({_percent(reading.level)} % range)" if reading.level else ""
        terms.append(
            f"Change over {words.plural(reading.weeks, 'week')} against up to {BASELINE_WEEKS} before: "
            f"{change} points, between {low} and {high}{level}"
        )
    return terms


def _percent(level: float) -> str:
    """The coverage of a range, of 100: with as many decimals as it takes not to read as certainty."""
    places = next((places for places in range(1, 6) if round(level * 100, places) < 100), 6)
    return words.decimal(level * 100, places)


def _clock(weeks: int) -> str:
    return "the week" if weeks == 1 else f"{words.number_word(weeks)} weeks"
