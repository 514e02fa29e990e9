"""Pieces of the page Digital journey: what is missing, whose figures, and what Google said of them."""

from collections.abc import Mapping

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import journey, web, web_health, web_quality, words
from dashboard.arrivals import Late
from dashboard.charts import dots, steps
from dashboard.kpi import Reading
from dashboard.parts import frozen_week, head, number, picture, states, table
from dashboard.web import Shares
from dashboard.web_quality import Caveats
from dashboard.weeks import local

CARDS_AND_PICTURE = [10, 11]
ABREAST, NARROWEST = 4, 215
"""How many cards fit beside each other, and how narrow one may be, in pixels."""

_SETTINGS = '[sources.ga4]\nproperties = ["123456789"]\ncredentials_file = "secrets/google.json"'
_THEN = "Then this page says whether people find help, reach a person and come back."


def nothing(state: web.State) -> None:
    """The page of a company whose website we know nothing of yet: why, and what is needed."""
    if state == "refused":
        head.headline("Google Analytics gave us nothing yet.")
        problems(web.problems())
        states.empty("Needed: what is said above.", f"Then run `careful run` again. {_THEN}")
        return
    if state == "nothing pulled":
        head.headline("Google Analytics is connected; nothing has been pulled yet.")
        states.empty(
            "No figures have arrived.",
            "Needed: `careful run`, which pulls what is new and publishes it. The first pull goes back 14 months, the "
            f"newest first, and goes on where it stopped. {_THEN}",
        )
        return
    head.headline("Google Analytics is not connected.")
    states.empty(
        "Nothing is known of what people do on the website.",
        "Needed: the number of the property in `careful.toml`, and a service account that may read it: in Google "
        "Analytics, Admin, Property access management, role Viewer. `careful doctor` says whether it works. Reports "
        f"saved as CSV and BigQuery exports are understood too: put them into `inbox`. {_THEN}",
    )
    st.code(_SETTINGS, language="toml")


def problems(found: pl.DataFrame) -> None:
    """What went wrong at the last pull, each with what to do, as the pull wrote it down."""
    if found.is_empty():
        return
    for row in found.unique("says", maintain_order=True).iter_rows(named=True):
        with st.container(border=True, gap="xsmall"):
            whose = f" · report {words.safe(row['report'])}" if row["report"] else ""
            st.markdown(f":orange[:material/block:] **Property {words.safe(row['property_id'])}**{whose}")
            st.text(row["says"])
            st.markdown(f":small[:gray[{words.instant(local(row['pulled_at']))}]]")


def choose(properties: list[str]) -> str:
    """Whose figures are shown; a choice only where there are several websites."""
    if len(properties) == 1:
        return properties[0]
    chosen = st.segmented_control(
        "Website", properties, default=properties[0], key="property", bind="query-params",
        format_func=lambda one: f"Property {one}",
    )  # fmt: skip
    st.markdown(
        ":small[:gray[The cards with a verdict count all of them together; of visitors, those of the largest.]]"
    )
    return chosen or properties[0]


def beside(*, is_drawn: bool) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Room for a block's cards and for its picture: side by side, or under each other where none can be drawn."""
    if not is_drawn:
        return st.container(), st.container()
    cards_at, picture_at = st.columns(CARDS_AND_PICTURE, gap="medium")
    return cards_at, picture_at


def cards(
    names: tuple[str, ...],
    shown: Mapping[str, Reading],
    late: list[Late],
    missing: str,
    *,
    is_narrow: bool,
) -> None:
    """The numbers of a block side by side, each with its verdict.

    Args:
        names: the numbers. shown: those that may be shown.
        late: the sources that do not cover the week.
        missing: what to say where there is none.
        is_narrow: whether a picture stands beside them.
    """
    there = [name for name in names if name in shown]
    if not there:
        st.markdown(f"Not shown in your data: {missing}")
        return
    with st.grid(len(there) if is_narrow else ABREAST, min_column_width=NARROWEST, border=True) as grid:
        for name in there:
            with grid.cell():
                number.card(shown[name], late, small_print=_small_print(shown[name]))


def _small_print(reading: Reading) -> str:
    told = reading.about
    return web_quality.in_short(web.small_print(told.kpi, reading.iso_week, told.clock_weeks))


def parts_of(
    found: Shares, sentence: str, counts: str, *, name: str, part: str, counted: str, minimum_n: int,
    names: dict[str, str] | None = None, lowest_first: bool = True, label_pixels: int = 190, more: str = "",
) -> None:  # fmt: skip
    """A share by its parts: the sentence, dots with ranges, what Google said of them, and the table.

    Args:
        found: the parts.
        sentence: what they show.
        counts: what of 100 is counted, for the line below: `Of 100 answers, so many said yes`.
        name: of the picture. part: what a part is: `page`. counted: what it rests on: `answers`.
        minimum_n: the smallest group that may be shown.
        names: what to call the parts. lowest_first: whether the least stands on top. label_pixels: room for names.
        more: what else to say below the picture.
    """
    if sentence:
        st.markdown(sentence)
    picture.show(
        dots.ranges,
        journey.dots(found, counted, names=names, lowest_first=lowest_first),
        name=name,
        takeaway=f"{counts}, by {part}. {sentence.replace('**', '')}",
        label_pixels=label_pixels,
    )
    caption(
        f"{counts}, {words.period(found.starts_on, found.ends_on)}. Bars: "
        f"probably between, wide enough to hold for every {part} at once.{more}",
        found.caveats, minimum_n, part,
    )  # fmt: skip
    table.behind(journey.as_table(found, words.capital(part), counted, names), f"{counts}, by {part}")


def bars(rows: pl.DataFrame, caveats: Caveats, minimum_n: int, *, name: str, part: str, counts: str) -> None:
    """Counts under each other, and below them what they count.

    Args:
        rows: label, value. caveats: what Google said of them. minimum_n: the smallest group that may be shown.
        name: of the picture. part: what a row is: `step`. counts: what is counted.
    """
    told = ", ".join(f"{label} {words.count(value)}" for label, value in rows.iter_rows())
    picture.show(steps.steps, rows, name=name, takeaway=f"{counts} {told}")
    caption(counts, caveats, minimum_n, part)


def caption(sentence: str, found: Caveats, minimum_n: int, thing: str = "group") -> None:
    """A quiet line below a picture, and in amber behind it what Google said of the figures.

    Args:
        sentence: what the picture shows.
        found: what Google said. minimum_n: the smallest group that may be shown. thing: what a part is: `page`.
    """
    told = web_quality.sentences(found, minimum_n, thing)
    mind = f" :orange[:material/info: {' '.join(told)}]" if told else ""
    st.markdown(f":small[:gray[{sentence}]{mind}]")


def trouble() -> str:
    """That the last pull failed or stopped, short enough for the first line."""
    found = web.problems()
    if found.is_empty():
        return ""
    return (
        "the last pull had a problem" if found.height == 1 else f"the last pull had {found.height} problems"
    )


def how_good(blocks: list[Caveats], minimum_n: int) -> None:
    """What these figures are, what they are not, and where each one's account is kept.

    Args:
        blocks: what Google said of each block of the page. minimum_n: the smallest group that may be shown.
    """
    st.header("How good are these numbers?", anchor=False)
    every = web_quality.together(blocks)
    told = [
        "Google Analytics counts devices that allow it. One person with two devices counts twice, whoever refuses not "
        "at all. How many visitors there were is Google's own estimate: read “about”.",
        "“Probably between” says how far chance alone may have moved a share, 19 times in 20. That Google estimates or "
        "leaves out comes on top of it.",
        web_quality.clean_in_words(every, minimum_n)
        if web_health.is_known()
        else "What Google held back or sampled, saved files do not say.",
        web_health.settled_in_words(web_health.settled()),
        web_health.consent_in_words(),
    ]
    st.markdown("\n".join(f"- {line}" for line in told if line))
    quality = web_health.quality()
    if quality.height:
        table.behind(web_health.quality_table(quality), "What Google said of each report", "Report by report")
    frozen_week.link("app_pages/data_health.py", "What was pulled, and what changed", "health_and_safety")
