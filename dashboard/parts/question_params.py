"""What a question is asked with: a widget per parameter, kept in the address as `p_<name>`.

The prefix keeps them apart from the segment, region and week that other pages keep there.
"""

from typing import Any

import streamlit as st

from dashboard import asked, locales, words
from pipelines.questions import Param, QuestionFile

PREFIX = "p_"
_WRITTEN = "question_written"


def choose(question: QuestionFile) -> dict[str, Any]:
    """The widgets; returns what the reader chose, in the parameters' types.

    Raises:
        NotAnswered: the options of a parameter can not be found.
    """
    params = question.header.params
    options = {
        name: asked.options(question, name) for name, about in params.items() if about.options is not None
    }
    unknown = _follow_address(question, options)
    chosen: dict[str, Any] = {}
    if params:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            for name, about in params.items():
                chosen[name] = _widget(_key(question, name), name, about, options.get(name))
    for name, given in unknown.items():
        st.markdown(
            f":orange[:material/info: {words.safe(name)} can not be {words.safe(repr(given))} here; asked with "
            f"{words.safe(str(chosen[name]))}.]"
        )
    _write_address(question, chosen)
    return chosen


def go_to(name: str, params: dict[str, str] | None = None) -> None:
    """Write into the address which question is asked, and with what; the list of all where the name is empty."""
    others = {
        key: value for key, value in st.query_params.items() if key != "q" and not key.startswith(PREFIX)
    }
    said = {PREFIX + key: value for key, value in (params or {}).items()}
    st.query_params.from_dict(others | ({"q": name} if name else {}) | said)


def _follow_address(question: QuestionFile, options: dict[str, list[Any]]) -> dict[str, str]:
    """The address wins where the reader changed it: a link, or back and forward. Returns what it asks for in vain."""
    params = question.header.params
    given = {name: st.query_params[PREFIX + name] for name in params if PREFIX + name in st.query_params}
    is_new = st.session_state.get(_WRITTEN) != (question.name, given)
    unknown = {}
    for name, about in params.items():
        key = _key(question, name)
        wanted = default = about.value(about.default)
        if name in given:
            try:
                wanted = about.value(given[name])
            except ValueError:
                unknown[name] = given[name]
        if is_new:
            st.session_state[key] = wanted
        elif key not in st.session_state:
            st.session_state[key] = default
        if name in options and st.session_state[key] not in options[name]:
            unknown[name] = str(st.session_state[key])
            st.session_state[key] = default
    return unknown


def _write_address(question: QuestionFile, chosen: dict[str, Any]) -> None:
    """What differs from the defaults, so that an address is short and says what is special about it."""
    defaults = question.defaults()
    said = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in chosen.items()
        if value != defaults[name] and value is not None
    }
    st.session_state[_WRITTEN] = (question.name, said)
    go_to(question.name, said)


def _key(question: QuestionFile, name: str) -> str:
    return f"asked {question.name} {name}"


def _widget(key: str, name: str, about: Param, options: list[Any] | None) -> Any:
    label = words.safe(words.capital(name.replace("_", " ")))
    if options is not None:
        return st.selectbox(
            label, options, key=key, help=about.about, width=240,
            format_func=lambda value: "–" if value is None else str(value),
        )  # fmt: skip
    if about.type == "boolean":
        return st.toggle(label, key=key, help=about.about)
    if about.type == "date":
        return st.date_input(label, key=key, help=about.about, width=180, format=_date_format())
    if about.type in ("number", "integer"):
        if about.type == "number" and st.session_state.get(key) is not None:
            st.session_state[key] = float(st.session_state[key])
        spelt = "%d" if about.type == "integer" else None
        step = 1 if about.type == "integer" else None
        return st.number_input(label, key=key, help=about.about, width=180, format=spelt, step=step)
    return st.text_input(label, key=key, help=about.about, width=240)


def _date_format() -> str:
    return "DD.MM.YYYY" if locales.current().is_day_first else "MM/DD/YYYY"
