"""A chart on a page. Altair checks every chart against its schema, so a chart is made once and kept."""

from collections.abc import Callable
from typing import Any

import altair as alt
import polars as pl
import pyarrow as pa
import streamlit as st

from dashboard import locales

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
    spoken = {**spec, "config": {**spec.get("config", {}), "locale": locales.current().vega}}
    st.vega_lite_chart(spec=spoken, alt=takeaway, key=f"picture_{name}")


@st.cache_resource(show_spinner=False, max_entries=_KEPT_PICTURES)
def _spec(
    name: str,
    _make: Callable[..., alt.TopLevelMixin],
    frame: pl.DataFrame,
    options: tuple[tuple[str, Any], ...],
) -> dict[str, Any]:
    del name  # it keys the cache
    drawn: dict[str, Any] = _make(frame, **dict(options)).to_dict()
    return {**drawn, "datasets": {name: _packed(rows) for name, rows in drawn["datasets"].items()}}


def _packed(rows: list[dict[str, Any]]) -> bytes:
    """Rows as the browser gets them; packed once, as packing costs more than drawing."""
    table, sink = pa.Table.from_pylist(rows), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed
