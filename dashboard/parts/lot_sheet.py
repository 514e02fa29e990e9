"""Before the lot: who could get it, who may not now and why, whom somebody takes out, and what the draw can show."""

import streamlit as st

from dashboard import builds, care_list, lots, words
from dashboard.lots import Extra
from dashboard.parts import who_acts
from pipelines.care.plan import CareError, Proposal, carry_out, propose
from pipelines.journal import JournalError

_TOLD = "lot_told"


def show(one: Extra) -> None:
    """The sheet of an initiative that is not drawn this week; worked out only when it is opened."""
    name = one.initiative.initiative_id
    with st.expander(
        f"Before the lot: about {words.plural(one.due, 'person', 'people')} could get it",
        key=f"sheet_{name}", on_change="rerun", icon=":material/casino:",
    ) as opened:  # fmt: skip
        if opened.open:
            _sheet(one)


def told(initiative_id: str) -> None:
    """What the last press of the button came to, once."""
    sentence = st.session_state.get(_TOLD, {}).pop(initiative_id, None)
    if sentence:
        st.info(words.safe(sentence), icon=":material/casino:")


def _sheet(one: Extra) -> None:
    name = one.initiative.initiative_id
    told(name)
    try:
        proposal = propose(builds.store(), builds.settings(), name)
    except CareError as error:
        st.markdown(words.safe(str(error)))
        return
    eligible = proposal.frame.height
    st.markdown(f"**{words.plural(eligible, 'person', 'people')} could get it now.**")
    refused = lots.refused_words(proposal.refused)
    if refused:
        st.markdown("Not now:\n" + "\n".join(f"- {line}" for line in refused))
    if not eligible:
        st.markdown("So there is nothing to draw this week.")
        return
    if not who_acts.name():
        st.markdown(":small[:gray[Say who you are, above, to take people out or to draw.]]")
        return
    _take_out(one, proposal)
    _draw(one, proposal)


def _take_out(one: Extra, proposal: Proposal) -> None:
    name = one.initiative.initiative_id
    people = dict(proposal.frame.select("customer_key", "alias").iter_rows())
    with st.popover("Take somebody out", icon=":material/person_remove:"):
        who = st.selectbox("Who", list(people), format_func=people.__getitem__, index=None,
                           placeholder="First letters of the alias", key=f"veto_who_{name}")  # fmt: skip
        why = st.text_input("Why", key=f"veto_why_{name}", max_chars=200,
                            placeholder="It stays with us and is shown to colleagues")  # fmt: skip
        st.button("Take out of the lot", key=f"veto_{name}", disabled=not (who and why.strip()),
                  on_click=_veto, args=(name, who, why))  # fmt: skip
    for row in proposal.vetoed.iter_rows(named=True):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(
                f":small[**{words.safe(row['alias'])}** taken out by {words.safe(row['by'])}: "
                f"“{words.safe(row['reason'])}”]", width="content",
            )  # fmt: skip
            st.button("Put back", key=f"lift_{name}_{row['customer_key']}", type="tertiary",
                      on_click=_lift, args=(name, row["customer_key"]))  # fmt: skip


def _draw(one: Extra, proposal: Proposal) -> None:
    name, eligible = one.initiative.initiative_id, proposal.frame.height
    hands = st.number_input(
        "How many can you do this week?", min_value=1, max_value=100_000, step=1, key=f"hands_{name}",
        value=min(one.initiative.capacity_a_week or 50, 100_000),
    )  # fmt: skip
    try:
        would = carry_out(builds.store(), builds.settings(), name, int(hands), who_acts.name(), dry_run=True)
    except (CareError, JournalError) as error:
        st.markdown(words.safe(str(error)))
        return
    waits = (
        f" There are hands for {'everybody' if hands >= eligible else 'more'}, yet {words.count(would.n_waiting)} "
        "wait: we need somebody to compare with."
        if would.acts.height < min(hands, eligible)
        else ""
    )
    st.markdown(f"{words.count(would.acts.height)} of {words.count(eligible)} would be drawn.{waits} "
                f"{lots.shows_words(would.outlook)}")  # fmt: skip
    st.markdown(f":small[:gray[{lots.NOT_DRAWN} Nobody sees who was not drawn. A lot can't be drawn again.]]")
    st.button("Draw the lot", key=f"draw_{name}", type="primary", icon=":material/casino:",
              on_click=_carry_out, args=(name, int(hands), proposal))  # fmt: skip


def _carry_out(name: str, hands: int, seen: Proposal) -> None:
    try:
        listed = carry_out(builds.store(), builds.settings(), name, hands, who_acts.name(), seen=seen)
    except (CareError, JournalError) as error:
        _say(name, str(error))
        return
    if not listed.is_new and listed.draw is not None:
        when = care_list.moment_words(listed.draw.drawn_at)
        _say(
            name,
            f"{listed.draw.by} drew this week's lot first ({when}). This is that list; nothing was drawn twice.",
        )


def _veto(name: str, who: str, why: str) -> None:
    try:
        care_list.journal().veto(name, who, why, who_acts.name())
    except JournalError as error:
        _say(name, str(error))
    # What is only forgotten stays on screen: the browser still holds it.
    st.session_state[f"veto_who_{name}"] = None
    st.session_state[f"veto_why_{name}"] = ""


def _lift(name: str, who: str) -> None:
    care_list.journal().lift_veto(name, who, who_acts.name())


def _say(name: str, sentence: str) -> None:
    st.session_state[_TOLD] = {**st.session_state.get(_TOLD, {}), name: sentence}
