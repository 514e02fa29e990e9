"""Bordered cells side by side: four abreast, and two by two where that is too narrow, never three and one."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

NARROWEST = 225
ABREAST = 4


def row(count: int) -> list[DeltaGenerator]:
    """So many cells in the order they are read; each is used with `with`.

    Args:
        count: how many.
    """
    if count != ABREAST:
        with st.grid(ABREAST, min_column_width=NARROWEST, border=True) as grid:
            return [grid.cell() for _ in range(count)]
    found = []
    for half in st.columns(2, gap="small"):
        with half, st.grid(2, min_column_width=NARROWEST, border=True) as grid:
            found += [grid.cell() for _ in range(2)]
    return found
