"""Designed states: what a page says when it has nothing to show, and what would be needed."""

from collections.abc import Sequence

import streamlit as st

from dashboard import arrivals, builds, kpi, locales, words
from dashboard.survey_kit import kit, pace


def no_settings(message: str) -> None:
    """The app was started without a usable careful.toml."""
    st.title("Careful does not know whose numbers to show", anchor=False)
    st.markdown("It was started without settings. The sample company is one command away:")
    st.code("careful up", language="bash")
    with st.expander("What was looked for"):
        st.text(message)


def no_build(message: str) -> None:
    """A build was published and is gone."""
    st.title("The published numbers are missing", anchor=False)
    st.text(message)


def no_journal(message: str) -> None:
    """What people wrote down can not be read or written."""
    st.title("The care journal can not be used", anchor=False)
    st.text(message)


def first_run() -> None:
    """Nothing is published yet."""
    settings = builds.settings()
    st.title("Nothing is published yet", anchor=False)
    st.markdown(
        f"Put your export files into `{settings.inbox}`, then run these two commands. "
        "The first reads the files and publishes the numbers, the second shows them here."
    )
    st.code(f"careful run --config {settings.path}\ncareful serve --config {settings.path}", language="bash")
    st.markdown(
        ":small[:gray[HubSpot, Salesforce, Zendesk, Qualtrics and Shopify exports are understood as they are. "
        "Names, e-mails and telephone numbers never get past the door.]]"
    )


def no_people() -> None:
    """A frozen week keeps no row per person, so what is about single customers is not in it."""
    empty(
        "Who they are is not kept in a frozen week.",
        "A frozen week is kept for ever, so it holds counts only, never a person. Go back to today for this list.",
    )


def empty(sentence: str, needed: str) -> None:
    """A part of a page has nothing to say; it says so, and what would change that."""
    with st.container(border=True):
        st.markdown(f"**{sentence}**\n\n{needed}")


def no_files() -> None:
    """A company without a single row."""
    settings = builds.settings()
    empty(
        "Nothing has been read.",
        f"Needed: export files in `{settings.inbox}`, then `careful run`. HubSpot, Salesforce, Zendesk, Qualtrics and "
        "Shopify exports are understood as they are.",
    )


def too_little(rows: int) -> None:
    """Files were read, but no week has enough people in it."""
    through = arrivals.through_on()
    reach = f"; every source reaches to {words.short_day(through)}" if through else ""
    empty(
        f"{words.plural(rows, 'row')} arrived{reach}.",
        "A number is shown from ten people on, for weeks of the last five years. What arrived, and what was set aside, "
        "is on the page Data health.",
    )
    if sources := arrivals.unmapped():
        unmapped(sources)


NOBODY_ASKED = "We can't say yet how customers feel: too few have answered these questions."


def unmapped(sources: Sequence[str]) -> None:
    """Survey answers arrived, and nobody said which of their columns is which question."""
    lines = []
    for source in sources:
        felt, easy = ("QID3", "QID2") if source == "qualtrics" else ("How did you feel?", "How easy was it?")
        lines.append(
            f'[mapping.{source}]\n"{felt}" = "emotion"  # answered from 1 to 7\n'
            f'"{easy}" = {{ item = "effort", scale = [1, 5] }}\n'
        )
    questions = ", ".join((*ASKED, *kpi.SCORES))
    with st.container(border=True):
        st.markdown(
            f"**{unmapped_in_words(sources)}**\n\nSay in `careful.toml` which column is which question, as below, put "
            f"the files into the inbox once more, and run again. :small[:gray[Questions: {questions}. A column is "
            "called as in the file; in Qualtrics by its import id.]]"
        )
        st.code("\n".join(lines), language="toml")


def unmapped_in_words(sources: Sequence[str]) -> str:
    """That answers arrived, and why they are in no number."""
    named = words.listed([words.source(source) for source in sources])
    return f"Survey answers arrived from {named} before any of their questions was mapped, so they are in no number."


def not_felt() -> str:
    """Why nothing can be said of how customers feel."""
    sources = arrivals.unmapped()
    return unmapped_in_words(sources) if sources else NOBODY_ASKED


def nobody_asked() -> None:
    """No answers to the questions that these numbers rest on."""
    if sources := arrivals.unmapped():
        unmapped(sources)
        return
    with st.container(border=True):
        st.markdown(
            f"**{NOBODY_ASKED}**\n\nHere is a survey of nine questions. {pace.in_words(pace.known())}"
        )
        _get_survey()


def missing_questions(missing: Sequence[str], have: Sequence[str] = ()) -> None:
    """What a company with only some of the questions can not know yet, and the survey that asks the rest.

    Args:
        missing: names of questions that nobody answers, such as `effort`; nothing is shown without one.
        have: names of those that are answered, such as `nps`.
    """
    lacking = [ASKED[name] for name in missing if name in ASKED]
    if not lacking:
        return
    if sources := arrivals.unmapped():
        unmapped(sources)
        return
    has = words.listed([SCORES.get(name, ASKED.get(name, name)) for name in have])
    told = f"**You ask customers {has}.** " if has else ""
    with st.container(border=True):
        st.markdown(
            f"{told}Not asked yet: {words.listed(lacking)}. Without these we can't say what goes with "
            f"loyalty here. The survey of nine questions asks them all. {pace.in_words(pace.known())}"
        )
        _get_survey()


ASKED = {
    "success": "whether they got it done",
    "effort": "how easy it was",
    "emotion": "how they felt",
    "purchase_more": "whether they would buy more",
    "recommend": "whether they would recommend you",
    "forgive": "whether they would forgive a mistake",
    "trust": "whether they trust you",
    "valued": "whether they feel valued",
}
"""What each question of the survey asks, as part of a sentence."""

SCORES = {
    "nps": "how likely they are to recommend you, from 0 to 10 (NPS)",
    "csat": "how satisfied they are (CSAT)",
    "ces": "how much effort it took (CES)",
    "ticket_satisfaction": "whether they were satisfied with a ticket",
}


def _get_survey() -> None:
    languages = list(kit.wordings())
    own = locales.current().numbers.language
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        language = st.selectbox(
            "Language of the survey", languages, index=languages.index(own) if own in languages else 0,
            format_func=lambda one: kit.wordings()[one].name, key="survey_language", width=220,
        )  # fmt: skip
        st.download_button(
            "Get it for Qualtrics", kit.qualtrics(language), file_name=f"survey-{language}-qualtrics.txt",
            mime="text/plain", key="survey_qualtrics", icon=":material/download:",
        )  # fmt: skip
        st.download_button(
            "Get it as plain text", kit.plain_text(language), file_name=f"survey-{language}.txt",
            mime="text/plain", key="survey_text", icon=":material/download:",
        )  # fmt: skip
