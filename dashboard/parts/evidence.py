"""Badges that say how strong a proof is; the same words and colours on every page."""

from typing import Literal

import streamlit as st

_BADGES: dict[str, tuple[str, str, Literal["green", "orange", "gray"]]] = {
    "drawn by lot": ("Drawn by lot: the strongest proof", ":material/casino:", "green"),
    "compared with later starters": ("Compared with later starters", ":material/stairs:", "green"),
    "compared with similar customers": ("Compared with similar customers", ":material/group:", "orange"),
    "only before and after": ("Only before and after: proves nothing", ":material/history:", "orange"),
    "nothing to compare with": ("Nothing to compare with", ":material/block:", "gray"),
}


def badge(evidence: str) -> None:
    """The badge of an evidence word of `initiative_effect`."""
    label, icon, colour = _BADGES.get(evidence, (evidence.capitalize(), ":material/help:", "gray"))
    st.badge(label, icon=icon, color=colour)
