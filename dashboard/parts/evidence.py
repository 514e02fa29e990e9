"""Badges that say how strong a proof is; the same words and colours on every page."""

from typing import Literal

import streamlit as st

_BEFORE_AND_AFTER: tuple[str, str, Literal["orange"]] = (
    "Before and after: proves nothing", ":material/history:", "orange",
)  # fmt: skip
_BADGES: dict[str, tuple[str, str, Literal["green", "orange", "gray"]]] = {
    "drawn by lot": ("Drawn by lot: the strongest proof", ":material/casino:", "green"),
    "compared with later starters": ("Compared with later starters", ":material/stairs:", "green"),
    "compared with similar customers": ("Compared with similar customers", ":material/group:", "orange"),
    "compared with outside figures: suggests, proves nothing": (
        "Outside figures: only a hint", ":material/public:", "orange",
    ),
    "only before and after": _BEFORE_AND_AFTER,
    "only before and after: proves nothing": _BEFORE_AND_AFTER,
    "nothing to compare with": ("Nothing to compare with", ":material/block:", "gray"),
}  # fmt: skip


def badge(evidence: str) -> None:
    """The badge of an evidence word of `initiative_effect`."""
    label, icon, colour = known(evidence)
    st.badge(label, icon=icon, color=colour)


def known(evidence: str) -> tuple[str, str, Literal["green", "orange", "gray"]]:
    """Words, icon and colour of an evidence word."""
    return _BADGES.get(evidence, (evidence.capitalize(), ":material/help:", "gray"))
