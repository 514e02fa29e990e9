"""A chart on a page. Altair checks every chart against its schema, so a chart is made once and kept."""

from collections.abc import Callable
from typing import Any

import altair as alt
import polars as pl
import pyarrow as pa
import streamlit as st

from dashboard import locales, words
from dashboard.charts import events as marks

_KEPT_PICTURES = 300


def show(
    make: Callable[..., alt.TopLevelMixin],
    frame: pl.DataFrame,
    *,
    name: str,
    takeaway: str,
    events: pl.DataFrame | None = None,
    numbered: bool = True,
    **options: Any,
) -> None:
    """Draw a chart of `dashboard.charts`, and below it what happened in its time.

    Args:
        make: the chart function; gets the frame and the options.
        frame: what it draws.
        name: unique on the page.
        takeaway: what the picture shows, for readers who can not see it.
        events: of a chart over time, what happened, as `dashboard.events.shown` returns it.
        numbered: whether the events have numbers in the chart and names below it; a small chart has no room.
        options: keyword arguments of `make`; hashable.
    """
    told = marks.spoken(events) if events is not None else ""
    given = tuple(sorted(options.items()))
    spec = _spec(
        f"{make.__module__}.{make.__qualname__}", make, frame, given, events if told else None, numbered
    )
    spoken = {**spec, "config": {**spec.get("config", {}), "locale": locales.current().vega}}
    st.vega_lite_chart(
        spec=spoken, alt=f"{takeaway.rstrip('. ')}. {told}" if told else takeaway, key=f"picture_{name}"
    )
    if told and numbered and events is not None:
        st.markdown(f":small[:gray[{words.safe(marks.legend(events))}]]")


@st.cache_resource(show_spinner=False, max_entries=_KEPT_PICTURES)
def _spec(
    name: str,
    _make: Callable[..., alt.TopLevelMixin],
    frame: pl.DataFrame,
    options: tuple[tuple[str, Any], ...],
    events: pl.DataFrame | None,
    numbered: bool,
) -> dict[str, Any]:
    del name  # it keys the cache
    made = _make(frame, **dict(options))
    drawn: dict[str, Any] = (made if events is None else marks.on(made, events, numbered=numbered)).to_dict()
    return {**drawn, "datasets": {name: _packed(rows) for name, rows in drawn["datasets"].items()}}


def _packed(rows: list[dict[str, Any]]) -> bytes:
    """Rows as the browser gets them; packed once, as packing costs more than drawing."""
    table, sink = pa.Table.from_pylist(rows), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed
