"""A chart on a page. Altair checks every chart against its schema, so a chart is made once and kept."""

from collections.abc import Callable
from typing import Any

import altair as alt
import polars as pl
import streamlit as st

_KEPT_PICTURES = 300


def show(
    make: Callable[..., alt.TopLevelMixin],
    frame: pl.DataFrame,
    *,
    name: str,
    takeaway: str,
    **options: Any,
) -> None:
    """Draw a chart of `dashboard.charts`.

    Args:
        make: the chart function; gets the frame and the options.
        frame: what it draws.
        name: unique on the page.
        takeaway: what the picture shows, for readers who can not see it.
        options: keyword arguments of `make`; hashable.
    """
    spec = _spec(f"{make.__module__}.{make.__qualname__}", make, frame, tuple(sorted(options.items())))
    st.vega_lite_chart(spec=spec, alt=takeaway, key=f"picture_{name}")


@st.cache_resource(show_spinner=False, max_entries=_KEPT_PICTURES)
def _spec(
    name: str,
    _make: Callable[..., alt.TopLevelMixin],
    frame: pl.DataFrame,
    options: tuple[tuple[str, Any], ...],
) -> dict[str, Any]:
    del name  # it keys the cache
    drawn: dict[str, Any] = _make(frame, **dict(options)).to_dict()
    return drawn
