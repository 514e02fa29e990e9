"""What a reader must know about the numbers as a whole: a newer build, a run that did not publish."""

from datetime import datetime

import streamlit as st

from dashboard import builds, words
from dashboard.weeks import local

POLL = "60s"


@st.fragment(run_every=POLL)
def newer_build() -> None:
    """Offer the newer numbers; never swap them under the reader."""
    if builds.newer_is_published() and st.button(
        "Newer numbers are ready. Show them", icon=":material/autorenew:", key="show_newer", type="secondary"
    ):
        builds.take_newest()
        st.rerun()


def failed_run() -> None:
    """The last run published nothing: say since when the numbers stand still, and why."""
    runs, shown = builds.store().runs(), builds.build()
    if not runs or shown is None or runs[0]["outcome"] == "published":
        return
    if runs[0]["started_at"] < shown.manifest["created_at"]:
        return
    when = words.instant(local(datetime.fromisoformat(runs[0]["started_at"])))
    why = words.safe(runs[0]["reason"] or "it was stopped")
    st.warning(
        f"The run of {when} published nothing, because {why}. You see the numbers from before.",
        icon=":material/report:",
    )
