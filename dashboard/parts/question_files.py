"""An answer to take along; each file is made when somebody asks for it."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from dashboard import events, exports, weeks
from pipelines.questions.answer import Answer

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS: dict[str, tuple[str, str, Callable[..., bytes]]] = {
    "CSV": ("csv", "text/csv", exports.csv),
    "Excel": ("xlsx", _XLSX, exports.xlsx),
    "Parquet": ("parquet", "application/vnd.apache.parquet", exports.parquet),
    "PNG": ("png", "image/png", exports.png),
    "SVG": ("svg", "image/svg+xml", exports.svg),
}
PICTURES = ("PNG", "SVG")


def offer(answer: Answer) -> None:
    """A button per kind of file."""
    zone, drawn = weeks.zone(), {"events": events.known()}
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(":small[:gray[Take it along:]]", width="content")
        for label, (ending, mime, make) in KINDS.items():
            st.download_button(
                label, partial(make, answer, zone, **(drawn if label in PICTURES else {})),
                file_name=exports.file_name(answer, ending), mime=mime,
                key=f"file_{ending}", on_click="ignore", type="tertiary",
            )  # fmt: skip
    st.markdown(
        ":small[:gray[Every file says its question, filters, definition, owner, build and how far the data reach.]]"
    )
