"""'What is this?': the definition, the exact terms, the figures and the query, one click behind a number."""

from collections.abc import Sequence

import polars as pl
import streamlit as st

from dashboard import defined, words
from dashboard.kpi import Definition

INTERVALS = {
    "wilson": "95 % Wilson score interval",
    "nps": "95 % adjusted Wald interval of a net share",
    "none": "none: everyone is counted",
}
"""Ranges, by the name in a question's header, in the field's own words."""

STATES = {"final": "all in", "provisional": "answers still coming in", "partial": "week not over"}
"""How complete a week is, by the word in the build."""

_THEMES = ("feelings", "loyalty", "care", "service")


@st.fragment
def popover(about: Definition, history: pl.DataFrame | None = None, key: str = "", *more: str) -> None:
    """A quiet link that opens everything behind a number. Nothing of it is made before it is opened.

    Args:
        about: the number.
        history: its weeks, for the table.
        key: unique on the page; the number's name by default.
        more: what else is to be said of this week's number, in the field's own words.
    """
    with st.popover(
        "What is this?", type="tertiary", key=f"about_{key or about.kpi}", on_change="rerun"
    ) as opened:
        if not opened.open:
            return
        explain(about)
        if more:
            st.markdown("\n".join(f"- {fact}" for fact in more))
        if history is not None and history["n"].drop_nulls().len():
            figures(history, about)
        st.markdown("**The query**")
        st.code(about.sql, language="sql", wrap_lines=True)


def explain(about: Definition) -> None:
    """What a number means, plainly first."""
    st.markdown(f"**{about.question}**\n\n{about.definition}")
    st.markdown("\n".join(f"- {fact}" for fact in facts(about, defined.of_number(about))))
    if about.caveats:
        st.markdown("**Mind**\n" + "\n".join(f"- {words.safe(caveat)}" for caveat in about.caveats))


def facts(about: Definition, past: Sequence[str] = ()) -> list[str]:
    """How it is counted, from what, who keeps it, and what the frozen weeks tell of its past."""
    told = [
        f"Scale: {about.scale or 'none'}, counted when: {about.cut_off or 'always'}",
        f"Over: {clock(about)}",
        f"Range: {INTERVALS.get(about.interval, about.interval)}",
        f"Hidden below: {about.minimum_n} people",
        f"From: {about.source}",
        f"Kept by: {about.owner.replace('-', ' ')}",
        f"Written down in: `{about.path}`",
    ]
    if about.settling_days:
        until = "figures may move" if about.kpi in words.COUNTED else "answers may come in"
        told.insert(2, f"Settles within: {about.settling_days} days; {until} until then")
    if past:
        told += past
    elif about.changed_on:
        told.append(f"Defined like this since: {words.short_day(about.changed_on)}, or longer")
    return told


def clock(about: Definition) -> str:
    """Over how long a number is counted."""
    return "one week" if about.clock_weeks == 1 else f"{about.clock_weeks} weeks"


def states(about: Definition) -> dict[str, str]:
    """How complete a week of a number is: what Google Analytics counts settles, nobody answers there."""
    return STATES | ({"provisional": "still settling"} if about.kpi in words.COUNTED else {})


def theme(about: Definition) -> str:
    """The folder that a number's question lies in: `feelings`."""
    return about.path.split("/")[-2] if "/" in about.path else "other"


def theme_place(about: Definition) -> int:
    """Where a number's theme stands in a list: feelings, loyalty, care, then the rest."""
    name = theme(about)
    return _THEMES.index(name) if name in _THEMES else len(_THEMES)


def happened(weeks: pl.DataFrame) -> list[pl.Expr]:
    """The column of a table that says what happened in a week; none where nothing did."""
    known = "happened" in weeks.columns and weeks["happened"].count()
    return [pl.col("happened").alias("What happened")] if known else []


def figures(history: pl.DataFrame, about: Definition) -> None:
    """The table behind a line, newest week first."""
    per = 100 if about.is_net or not about.is_counted else 1
    table = history.drop_nulls("n").sort("iso_week", descending=True)
    shown = table.select(
        pl.col("iso_week").alias("Week"),
        *(
            [pl.col("successes").alias("Counted")]
            if about.is_counted
            else [
                (pl.col("value") * per).round(1).alias("Points" if about.is_net else "Of 100"),
                (pl.col("low") * per).round(1).alias("From"),
                (pl.col("high") * per).round(1).alias("To"),
            ]
        ),
        pl.col("n").alias("Rests on"),
        pl.col("maturity").replace(states(about)).alias("State"),
        pl.lit(about.source).alias("Source"),
        *happened(table),
    )
    st.dataframe(shown, hide_index=True, height=220, alt=f"{about.label}, week by week")
