"""The card of one customer: opened by a tap, the name shown once and written down as shown."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal

import streamlit as st

from dashboard import builds, card, care_list, locales, words
from dashboard.card import Card
from dashboard.care_list import Item
from dashboard.parts import who_acts
from pipelines.care.reveal import NotDrawn, reveal
from pipelines.journal import JournalError

GENTLE_DAYS = 30
TOLD = "act_told"
_BROKEN = "broken_names"

Change = Callable[[str, str | None], None]
Person = dict[str, Any]
"""A row of `reveal`."""


def is_blocked(customer_key: str) -> bool:
    """Whether this session has seen that the name on file can not be written to anybody."""
    return customer_key in st.session_state.get(_BROKEN, set())


def open_card(one: Item, change: Change) -> None:
    """Show the card; whoever taps sees the name, and the journal says so.

    Args:
        change: what writes down that the act came to a state, with what she said back.
    """
    person = _person(one)
    if person is not None and person["name_is_broken"]:
        st.session_state.setdefault(_BROKEN, set()).add(one.customer_key)
    _dialog(one, person, change)


@st.dialog("Who this is for", width="medium")
def _dialog(one: Item, person: Person | None, change: Change) -> None:
    about = card.card(one.customer_key)
    _name(one, person)
    st.markdown(words.localised(words.safe(one.reason), care_list.today()))
    if about is not None:
        _facts(about, is_drawn=one.initiative_id is not None and one.care_class == "extra")
    if one.is_open:
        _what_became(one, change)
    _leave_in_peace(one, change)


def _name(one: Item, person: Person | None) -> None:
    if person is None:
        st.header(words.safe(one.alias), anchor=False)
        st.markdown(
            ":small[:gray[Names are shown only on the machine that Careful runs on, and never of those not drawn.]]"
        )
        return
    st.header(words.safe(person["preferred_name"] or one.alias), anchor=False)
    if person["name_is_broken"]:
        st.error(
            f"The name on file can not be written to anybody: {words.safe(person['name_fault'])}. Mend it in the CRM "
            "first; this act waits until then.", icon=":material/badge:",
        )  # fmt: skip
    full = person["full_name"] if person["full_name"] != person["preferred_name"] else None
    email = words.mail(person["email"]) if person["email"] else None
    told = {name: words.safe(person[name]) for name in ("phone", "address") if person[name]}
    reach = [
        line for line in (full and words.safe(full), told.get("phone"), email, told.get("address")) if line
    ]
    noted = f":small[:gray[{words.safe(one.alias)} · that you saw the name is noted]]"
    st.markdown("  \n".join([*reach, noted]))
    wishes = [
        f"Prefers {words.safe(person['preferred_channel'])}." if person["preferred_channel"] else "",
        f"Wishes: {words.safe(person['wishes'])}" if person["wishes"] else "",
    ]
    if any(wishes):
        st.markdown(" ".join(filter(None, wishes)))


def _facts(about: Card, *, is_drawn: bool) -> None:
    st.markdown(f"**Preferences.** {card.preferences(about)}")
    if about.gentle_until_on:
        st.markdown(f":orange[Please be gentle until {words.short_day(about.gentle_until_on)}.]")
    st.markdown(f"**How they felt.** {card.felt(about)}")
    contacts = card.last_contacts(about)
    st.markdown("**Last contacts**\n" + "\n".join(f"- {line}" for line in contacts or ["none on file"]))
    st.markdown("**What not to say**\n" + "\n".join(f"- {line}" for line in card.not_to_say(about, is_drawn)))
    st.markdown(f"**How we know.** {card.how_we_know(about)}")


def _what_became(one: Item, change: Change) -> None:
    if is_blocked(one.customer_key) or one.is_taken_by_another(who_acts.name()):
        return
    st.text_area(
        "What they said back", key=f"said_{one.act_id}", max_chars=1000, height=80,
        placeholder="Stays with us, in the care journal",
    )  # fmt: skip
    with st.container(horizontal=True, gap="small", key="touch_card"):
        for to, label in (
            ("done", "Done"),
            ("not_reached", "Couldn't reach"),
            ("wrong_address", "Wrong address"),
        ):
            _closing(label, f"card_{to}", _finish, one, to, change, is_main=to == "done")


def _leave_in_peace(one: Item, change: Change) -> None:
    today = care_list.today()
    with st.expander("Leave this customer in peace", type="compact"):
        st.date_input(
            "Be gentle until", value=today + timedelta(days=GENTLE_DAYS), min_value=today, key="gentle_until",
            format=locales.current().date_field, help="Nothing from us until then. No reason is kept.",
        )  # fmt: skip
        with st.container(horizontal=True, gap="small", key="touch_peace"):
            _closing("Be gentle until then", "be_gentle", _be_gentle, one, change)
            if one.is_open:
                _closing("Never again", "never_again", _finish, one, "never_again", change)


def _closing(label: str, key: str, does: Callable[..., None], *args: object, is_main: bool = False) -> None:
    """A button that does one thing and closes the card."""
    kind: Literal["primary", "secondary"] = "primary" if is_main else "secondary"
    if st.button(label, key=key, type=kind, on_click=does, args=args):
        st.rerun()


def _finish(one: Item, to: str, change: Change) -> None:
    said = st.session_state.get(f"said_{one.act_id}") or ""
    change(to, said.strip() or None)


def _be_gentle(one: Item, change: Change) -> None:
    try:
        care_list.journal().be_gentle(one.customer_key, st.session_state["gentle_until"], who_acts.name())
    except JournalError as error:
        st.session_state[TOLD] = {**st.session_state.get(TOLD, {}), one.act_id: f"Not noted: {error}"}
        return
    if one.is_open:
        change("cancelled", None)


def _person(one: Item) -> Person | None:
    if not builds.may_see_names():
        return None
    try:
        found = reveal(
            builds.store(),
            builds.settings(),
            [one.customer_key],
            who_acts.name(),
            f"opened the card: {one.kind}",
        )
    except (NotDrawn, JournalError):
        return None
    return found.row(0, named=True) if found.height else None
