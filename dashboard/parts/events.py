"""What happened in a week, and a form for what else did: it is drawn on the charts of its time and group at once."""

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboard import agreements, builds, events, kpi, words
from dashboard.kpi import Group
from dashboard.parts import filters, refusal, who_acts, whom
from dashboard.weeks import Week, local
from pipelines.journal import JournalError
from pipelines.journal.events import LONGEST_LABEL, Event
from pipelines.journal.things import ThingChanged

_TOLD = "events_told"
_NEW = "event_new"
_EVERY_NUMBER = ""
HINT = "A few words that everybody may read, without names: Phones down"


def section(week: Week) -> None:
    """What happened in the week, each with its author where it was written here, and a form for more."""
    if told := st.session_state.pop(_TOLD, None):
        st.markdown(f":orange[{words.safe(told)}]")
    found = of_week(week)
    if found:
        st.header("What happened", anchor=False)
    for row, one in found:
        with st.container(horizontal=True, vertical_alignment="top", gap="small", wrap=False):
            st.markdown(in_words(row, one), width="stretch")
            if one and who_acts.name() and builds.frozen() is None:
                _editor(one)
    with st.expander("Something happened", type="compact", icon=":material/event:"):
        st.markdown(":small[:gray[A campaign, an outage, a holiday: charts of that time show it.]]")
        who_acts.ask("_event")
        if who_acts.name():
            with st.form(_NEW, border=False, clear_on_submit=False):
                _fields(_NEW, week.starts_on, None)
                st.form_submit_button("Put it on the charts", on_click=_write)
                refusal.tell(_NEW)


def of_week(week: Week) -> list[tuple[dict[str, Any], Event | None]]:
    """What happened in a week, each with how it was written down, if that was here."""
    found = events.known().filter(pl.col("from_on") <= week.ends_on, pl.col("until_on") >= week.starts_on)
    here = {one.thing_id: one for one in events.written()}
    return [(row, here.get(row["event_id"])) for row in found.iter_rows(named=True)]


def in_words(row: dict[str, Any], one: Event | None) -> str:
    """One of them as Markdown: what, and below it when, whom it was about and who wrote it down."""
    when = (
        words.short_day(row["from_on"])
        if row["from_on"] == row["until_on"]
        else words.period(row["from_on"], row["until_on"])
    )
    group = Group(row["dimension"], row["member"])
    only = "" if group.is_everyone else f", {filters.in_words(group)}"
    about = kpi.definitions().get(row["kpi"] or "")
    which = f", about “{about.label}”" if about else ""
    by = f"; {words.safe(one.by)}, {words.instant(local(one.at))}" if one else ""
    kind = "" if row["kind"] == "other" else f"{events.KINDS.get(row['kind'], '')}, "
    facts = f"{kind}{when}{only}{which}{by}"
    return f"**{words.safe(row['says'])}**  \n:small[:gray[{facts}]]"


def _editor(one: Event) -> None:
    field = f"event_{one.thing_id}_{one.version}"
    with st.popover("", icon=":material/edit:", key=f"open_{field}", type="tertiary"):
        with st.form(f"form_{field}", border=False):
            _fields(field, one.from_on, one)
            with st.container(horizontal=True, gap="small"):
                st.form_submit_button(
                    "Save", key=f"save_{field}", type="primary", on_click=_change, args=(one, field)
                )
                st.form_submit_button("Take it back", key=f"drop_{field}", on_click=_take_back, args=(one,))
            refusal.tell(field)
        before = events.book().history(one.thing_id)[: one.version - 1]
        if before:
            st.markdown(
                ":small[Before:]\n"
                + "\n".join(
                    f"- {words.safe(past.says)} :small[:gray[{words.safe(past.by)}]]" for past in before
                )
            )


def _fields(field: str, day: date, one: Event | None) -> None:
    kinds = list(events.KINDS)
    numbers = {_EVERY_NUMBER: "Every number"} | {name: each.label for name, each in kpi.definitions().items()}
    st.text_input(
        "What", value=one.says if one else "", key=f"{field}_says", max_chars=LONGEST_LABEL, placeholder=HINT
    )
    left, middle, right = st.columns(3, gap="small")
    left.selectbox(
        "Kind", kinds, index=kinds.index(one.kind) if one else None, format_func=events.KINDS.__getitem__,
        key=f"{field}_kind", placeholder="Choose",
    )  # fmt: skip
    middle.date_input("From", value=day, key=f"{field}_from", format="YYYY-MM-DD")
    right.date_input(
        "To, if more than a day",
        value=one.until_on if one else None,
        key=f"{field}_until",
        format="YYYY-MM-DD",
    )
    left, right = st.columns(2, gap="small")
    with left:
        whom.ask(
            "For whom", f"{field}_whom", (one.dimension or "", one.member or "") if one else whom.EVERYBODY
        )
    right.selectbox(
        "Shown with", list(numbers), index=list(numbers).index(one.kpi or "") if one and one.kpi in numbers else 0,
        format_func=numbers.__getitem__, key=f"{field}_kpi",
    )  # fmt: skip


def _given(field: str) -> dict[str, Any]:
    told = {
        name: st.session_state.get(f"{field}_{name}") for name in ("says", "kind", "from", "until", "kpi")
    }
    dimension, member = whom.chosen(f"{field}_whom")
    return {
        "says": told["says"] or "", "kind": told["kind"] or "", "from_on": told["from"] or agreements.today(),
        "until_on": told["until"], "dimension": dimension, "member": member, "kpi": told["kpi"] or None,
    }  # fmt: skip


def _is_missing(field: str, given: dict[str, Any]) -> bool:
    missing = [
        name for name, said in (("what", given["says"].strip()), ("which kind", given["kind"])) if not said
    ]
    if missing:
        refusal.keep(field, f"Nothing was written yet: please say {words.listed(missing)}.")
    return bool(missing)


def _write() -> None:
    given = _given(_NEW)
    if _is_missing(_NEW, given):
        return
    try:
        events.book().write(Event(**given), who_acts.name(), agreements.now())
    except JournalError as error:
        refusal.keep(_NEW, str(error))
        return
    st.session_state.update({f"{_NEW}_says": "", f"{_NEW}_kind": None})


def _change(one: Event, field: str) -> None:
    given = _given(field)
    if _is_missing(field, given):
        return
    try:
        events.book().change(one, who_acts.name(), agreements.now(), **given)
    except ThingChanged as error:
        st.session_state[_TOLD] = str(error)
    except JournalError as error:
        refusal.keep(field, str(error))


def _take_back(one: Event) -> None:
    try:
        events.book().change(one, who_acts.name(), agreements.now(), is_dropped=True)
    except JournalError as error:
        st.session_state[_TOLD] = str(error)
