"""'What was restated since': a frozen week beside a later one or today, and why its numbers read otherwise."""

import streamlit as st

from dashboard import restated, words
from dashboard.parts import frozen_week
from dashboard.restated import TODAY
from pipelines.snapshot import Snapshot, SnapshotError
from pipelines.store import Build

_TOLD = "restatement_told"


def section(kept: list[Snapshot]) -> None:
    """Choose the two, see how many numbers moved at once, and why on a click."""
    names = {one.iso_week: frozen_week.week_of(one).name for one in kept}
    st.header("What was restated since", anchor=False)
    left, right = st.columns(2)
    first = left.selectbox(
        "What this week said", list(names), index=min(1, len(kept) - 1), format_func=names.__getitem__,
        key="restated_first",
    )  # fmt: skip
    later = [name for name in names if name > first]
    second = right.selectbox(
        "Beside", [*later, TODAY], key="restated_second", format_func=lambda name: names.get(name, "Today")
    )
    earlier, after = restated.side(first), restated.side(second)
    if not isinstance(earlier, Snapshot) or after is None:
        st.markdown("Nothing is published yet, so there is no today to compare with.")
        return
    differ, of = restated.moved(earlier, after)
    st.markdown(f"**{restated.moved_in_words(differ, of)}**")
    if differ:
        _why(earlier, after, second)
    _definitions(earlier, after)


@st.fragment
def _why(earlier: Snapshot, after: Build, second: str) -> None:
    """The sentences, once somebody asked for them: they are worked out by counting both weeks again."""
    told: dict[tuple[str, str], list[str]] = st.session_state.setdefault(_TOLD, {})
    pair = (earlier.id, after.id)
    if pair not in told and (known := restated.ledger_kept(earlier, after)) is not None:
        told[pair] = known
    if pair not in told:
        asked = st.empty()
        with asked.container():
            st.markdown(
                ":small[:gray[To say why, both are counted again with only some of what came in between. The first "
                "time that takes about as long as two runs.]]"
            )
            if not st.button("Say why", key="restated_why", icon=":material/manage_search:", type="primary"):
                return
        bar = st.progress(0.0, "Counting both again")

        def tell(step: str, done: int, total: int) -> None:
            bar.progress(min(1.0, done / total), f"Counting: {step.partition(':')[0]}")

        try:
            told[pair] = restated.ledger(earlier, None if second == TODAY else after, tell)
        except SnapshotError as error:
            bar.empty()
            st.warning(words.safe(str(error)), icon=":material/report:")
            return
        bar.empty()
        asked.empty()
    st.markdown(
        "\n".join(f"- {words.safe(line)}" for line in told[pair]) or "Nothing that may be shown moved."
    )
    st.markdown(
        ":small[:gray[The parts add up to the difference. In order: what came late, what a source corrected, who is "
        "who and what was erased, what was redefined, and the rest, which is our own code. A part that rests on fewer "
        "than ten answers stands with the next one; of a number that so few moved nothing is told. All are numbers of "
        "all customers.]]"
    )


def _definitions(earlier: Snapshot, after: Build) -> None:
    found = restated.redefined(earlier, after)
    came, went = restated.came_and_went(earlier, after)
    st.subheader("Definitions", anchor=False)
    if not (found or came or went):
        st.markdown("Every number means what it meant then.")
    for one in found:
        since = f", since {words.short_day(one.changed_on)}" if one.changed_on else ""
        st.markdown(f"**{words.safe(one.label)}** is defined anew{since}.")
        if one.was == one.is_now:
            st.markdown(":small[:gray[Its words are the same; a query that it rests on is not.]]")
        else:
            st.markdown(f"- Then: {words.safe(one.was)}\n- Now: {words.safe(one.is_now)}")
    if came:
        st.markdown(f"New since then: {words.safe(words.listed(came))}.")
    if went:
        st.markdown(f"Not asked any more: {words.safe(words.listed(went))}.")
