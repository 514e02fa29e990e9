"""'Send': the week as a file to send; each is made only when somebody takes it."""

from functools import partial

import streamlit as st

from dashboard import builds
from dashboard.kpi import Group
from dashboard.reports import files, paper, week
from dashboard.weeks import Week
from pipelines.settings import Settings
from pipelines.store import Build

_OFFERED = {
    "pdf": ("PDF", ":material/picture_as_pdf:"),
    "html": ("Web page", ":material/html:"),
    "xlsx": ("Excel", ":material/table_view:"),
}


def offer(chosen: Week, group: Group) -> None:
    """The report of the week on screen, for the group on screen."""
    shown = builds.build()
    if shown is None:
        return
    with st.popover("Send", icon=":material/send:", type="tertiary", width="content"):
        st.markdown(
            ":small[:gray[The week as this page says it, with every definition. No rows per person.]]"
        )
        only = () if group.is_everyone else (group.dimension, group.member)
        for ending, (label, icon) in _OFFERED.items():
            name = paper.file_name("week", chosen.iso_week, *only).removesuffix("pdf") + ending
            st.download_button(
                label, partial(_made, ending, builds.settings(), shown, chosen.iso_week, group), file_name=name,
                mime=files.MIME[ending], key=f"report_{ending}", icon=icon, on_click="ignore", width="stretch",
            )  # fmt: skip


def _made(ending: str, settings: Settings, shown: Build, iso_week: str, group: Group) -> bytes:
    return files.content(ending, settings, shown, week.of(settings, shown, iso_week, group), size=None)
