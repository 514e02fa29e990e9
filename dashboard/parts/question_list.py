"""All questions by theme, each a link; what is special about one stands beside it."""

from collections.abc import Iterator

import streamlit as st

from dashboard import words
from dashboard.parts import question_params
from pipelines.questions import QuestionFile, Questions


def show(found: Questions) -> None:
    """The themes and their questions; those that match what the reader looks for."""
    wanted = (
        st.text_input("Find", key="question_wanted", placeholder="a word of the question", width=320)
        .lower()
        .split()
    )
    names = [name for theme in found.themes.values() for name in theme if _matches(found, name, wanted)]
    if not names:
        st.markdown("No question has these words.")
    for theme in dict.fromkeys(name.partition("/")[0] for name in names):
        st.markdown(f"**{words.safe(words.capital(theme.replace('_', ' ')))}**")
        with st.container(gap="xxsmall"):
            for name in (each for each in names if each.partition("/")[0] == theme):
                _row(found, name)


def link(name: str, label: str, icon: str | None = None) -> None:
    """A way to a question's page; to the list where the name is empty.

    Not a page link: those of the page that is open are drawn as chosen.
    """
    st.button(
        label,
        icon=icon,
        type="tertiary",
        key=f"question_link {name}",
        on_click=question_params.go_to,
        args=(name,),
    )


def badges(question: QuestionFile) -> Iterator[str]:
    """What is special about a question, as badges."""
    if question.is_draft:
        yield ":orange-badge[:material/edit_note: Draft]"
    if question.replaces:
        yield ":blue-badge[:material/layers: Yours, in place of ours]"
    elif question.source == "company":
        yield ":blue-badge[:material/home: Your own]"
    if question.is_verified:
        yield ":green-badge[:material/verified: Verified]"
    elif question.header.verified:
        yield ":orange-badge[:material/history: No longer verified]"


def headline(found: Questions) -> str:
    """How many there are, and how many want a look."""
    own = sum(each.source == "company" for each in found.files)
    drafts = sum(each.is_draft for each in found.files)
    said = [
        f"{words.capital(words.number_word(own))} {'is' if own == 1 else 'are'} your own." if own else "",
        f"{words.capital(words.number_word(drafts))} {'is a draft' if drafts == 1 else 'are drafts'}."
        if drafts
        else "",
        f"{words.capital(words.plural(len(found.broken), 'file'))} can not be asked." if found.broken else "",
    ]
    return " ".join(filter(None, said))


def _matches(found: Questions, name: str, wanted: list[str]) -> bool:
    question = found.get(name)
    text = f"{name} {question.header.question} {question.header.label or ''}" if question else name
    return all(word in text.lower() for word in wanted)


def _row(found: Questions, name: str) -> None:
    question = found.get(name)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        link(name, words.safe(question.header.question if question else name))
        marks = " ".join(badges(question)) if question else ":red-badge[:material/error: Can not be asked]"
        if marks:
            st.markdown(f":small[{marks}]", width="content")
