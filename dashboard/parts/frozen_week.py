"""A frozen week on screen: the banner that says so, the address that leads to it, the way back to today."""

import streamlit as st

from dashboard import builds, restated, words
from dashboard.weeks import Week, local, named
from pipelines.snapshot import Snapshot, SnapshotError

ADDRESS = "frozen"
_WRITTEN = "frozen_written"
_CHOSEN_WEEK = "week_chosen"


def follow_address() -> None:
    """Show what the address asks for, if its reader changed it: a link, or back and forward."""
    asked = st.query_params.get(ADDRESS)
    if asked is None or asked == st.session_state.get(_WRITTEN):
        return
    try:
        builds.freeze_on(asked)
        st.session_state.pop(_CHOSEN_WEEK, None)
    except SnapshotError:
        del st.query_params[ADDRESS]
        st.toast(f"The week {words.safe(asked)} is not frozen. These are today's numbers.")


def write_address() -> None:
    """Let the address say what is on screen, so that it can be sent to somebody."""
    then = builds.frozen()
    week = st.session_state[_WRITTEN] = then.iso_week if then else None
    if week is None:
        st.query_params.pop(ADDRESS, None)
    elif st.query_params.get(ADDRESS) != week:
        st.query_params[ADDRESS] = week


def address() -> dict[str, str]:
    """The frozen week on screen as a part of an address; empty where there is none."""
    then = builds.frozen()
    return {ADDRESS: then.iso_week} if then else {}


def link(page: str, label: str, icon: str, **more: str) -> None:
    """A link within the app, with more for its address; from a frozen week it leads to the same week."""
    st.page_link(page, label=label, icon=f":material/{icon}:", width="content", query_params=address() | more)


def banner() -> None:
    """Which week is frozen, as it was known when, and the way back; nothing where the published numbers are."""
    then = builds.frozen()
    if then is None:
        return
    week = week_of(then)
    with (
        st.container(border=True, key="frozen_banner"),
        st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"
        ),
    ):
        st.markdown(
            f":blue[:material/ac_unit:] **Frozen week {int(week.iso_week[-2:])}** "
            f"({words.period(week.starts_on, week.ends_on)}), as it was known on {known_on(then)}.",
            width="content",
        )
        st.button(
            "Back to today",
            key="back_to_today",
            icon=":material/undo:",
            on_click=builds.freeze_on,
            args=(None,),
        )
    if wrong := restated.touched(then):
        _warn(then, wrong)


def _warn(then: Snapshot, wrong: list[str]) -> None:
    more = f" And {words.count(len(wrong) - 1)} more; *Frozen weeks* lists them." if wrong[1:] else ""
    st.error(
        f"**This week is not as it was frozen: do not rely on its numbers.** {words.safe(wrong[0])}{more} Put "
        f"`store/snapshots/{then.iso_week}` back from a backup; `careful snapshot --verify {then.iso_week}` then says "
        "whether it is whole.",
        icon=":material/report:",
    )


def week_of(then: Snapshot) -> Week:
    """The week that was frozen."""
    return named(then.iso_week)


def known_on(then: Snapshot) -> str:
    """When it was frozen, by the company's clock."""
    return words.instant(local(then.received_by))
