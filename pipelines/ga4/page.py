"""One answer of Google Analytics as a typed table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from google.analytics.data_v1beta import types

from pipelines.door.scrub import scrub
from pipelines.ga4.errors import BadPages
from pipelines.ga4.periods import Period, Window
from pipelines.ga4.quality import restricted
from pipelines.ga4.reports import PERIOD_DIMENSIONS, Grain, column_name, metric_type
from pipelines.ga4.request import dimensions

MONEY = pa.decimal128(18, 4)
OTHER = "(other)"
"""What Google rolls rare combinations into; as a period, it is none."""
DATE_RANGE = "dateRange"

_STEP = Decimal("0.0001")
_INTEGER, _CURRENCY = int(types.MetricType.TYPE_INTEGER), int(types.MetricType.TYPE_CURRENCY)
_TYPES_UNTOLD = {
    "BIGINT": _INTEGER,
    "DECIMAL(18,4)": _CURRENCY,
    "DOUBLE": int(types.MetricType.TYPE_FLOAT),
}


@dataclass(frozen=True)
class Page:
    """The rows of one answer.

    Attributes:
        table: see `decode`. keys: a hash of each row's dimensions as Google wrote them, before anything was left out.
        last: the last row, as bytes; empty without rows. scrubbed: texts that were changed.
        unplaced: rows of no period, which are not in the table.
    """

    table: pa.Table
    keys: np.ndarray
    last: bytes
    scrubbed: int
    unplaced: int


def decode(response: Any, window: Window) -> pa.Table:
    """The rows of a raw `RunReportResponse`, typed by its headers.

    Returns:
        property_id, grain, period_start_on and period_end_on (date32), the report's dimensions (text, with what looks
        personal left out), its metrics (int64, decimal128(18, 4) or double; null where withheld).

    Raises:
        BadPages: other columns or periods than were asked for, or a value that is not of its column's type.
    """
    return read_page(response, window).table


def read_page(response: Any, window: Window, skip: int = 0) -> Page:
    """As `decode`, without the first `skip` rows, and with what is needed to fit pages together."""
    rows = response.rows[skip:]
    asked = _asked(response, window)
    texts = _columns((row.dimension_values for row in rows), asked.dimensions)
    values = _columns((row.metric_values for row in rows), list(asked.metrics))
    given = {name: pa.array(column, pa.string()) for name, column in texts.items()}
    starts, ends = _periods(given, window, len(rows))
    table: dict[str, Any] = {
        "property_id": pa.repeat(window.property_id, len(rows)),
        "grain": pa.repeat(window.grain, len(rows)),
        "period_start_on": starts,
        "period_end_on": ends,
    }
    scrubbed = 0
    for api_name, column in window.report.dimension_columns.items():
        table[column], changed = _without_personal_data(given[api_name])
        scrubbed += changed
    withheld = set(restricted(response.metadata))
    for api_name, kind in asked.metrics.items():
        typed = _typed(api_name, kind, values[api_name])
        table[column_name(api_name)] = pa.nulls(len(rows), typed.type) if api_name in withheld else typed
    placed = pa.table(table).filter(pc.is_valid(starts)) if starts.null_count else pa.table(table)
    return Page(
        table=placed,
        keys=_keys(given, window, len(rows)),
        last=_bytes(response.rows[-1]) if len(response.rows) else b"",
        scrubbed=scrubbed,
        unplaced=starts.null_count,
    )


def first_row(response: Any) -> bytes:
    """The first row of an answer, to be compared with the `last` of the page before; empty where there is none."""
    return _bytes(response.rows[0]) if len(response.rows) else b""


@dataclass(frozen=True)
class _Asked:
    """The columns of an answer: names of dimensions, and metric -> type."""

    dimensions: list[str]
    metrics: dict[str, int]


def _asked(response: Any, window: Window) -> _Asked:
    wanted, metrics = dimensions(window), list(window.report.metrics)
    found = [header.name for header in response.dimension_headers]
    told = {header.name: header.type_ for header in response.metric_headers}
    if not response.rows and not found and not told:
        return _Asked(wanted, {name: _TYPES_UNTOLD[metric_type(name)] for name in metrics})
    several = len(window.periods) > 1 and window.grain == "rolling_28_days"
    if found != ([*wanted, DATE_RANGE] if several else wanted) or list(told) != metrics:
        raise BadPages(
            f"{window.name}: expected the columns {', '.join((*wanted, *metrics))}, found "
            f"{', '.join((*found, *told)) or 'none'}. Ask again; if it stays, the endpoint is not Google Analytics."
        )
    return _Asked(found, told)


def _columns(rows: Iterable[Sequence[Any]], names: Sequence[str]) -> dict[str, list[str]]:
    """Name -> its cells, in one pass over the rows."""
    rows, width = list(rows), len(names)
    if any(len(row) != width for row in rows):
        raise BadPages(f"Expected {width} cells in each row, found more or fewer. Ask again.")
    cells = [cell.value for row in rows for cell in row]
    return {name: cells[place::width] for place, name in enumerate(names)}


def _periods(given: dict[str, pa.Array], window: Window, n: int) -> tuple[pa.Array, pa.Array]:
    """First and last day of each row's period; null where Google rolled periods into "(other)"."""
    name = next((name for name in (DATE_RANGE, *PERIOD_DIMENSIONS[window.grain]) if name in given), None)
    if name is None:
        (period,) = window.periods
        return pa.repeat(pa.scalar(period.starts_on, pa.date32()), n), pa.repeat(
            pa.scalar(period.ends_on, pa.date32()), n
        )
    encoded = given[name].dictionary_encode()
    known: dict[str, Period | None] = {_label(window.grain, each): each for each in window.periods}
    known[OTHER] = None
    if not known.keys() >= set(encoded.dictionary.to_pylist()):
        raise BadPages(f"{window.name}: found a {name} that was not asked for. Ask again.")
    found = [known[label] for label in encoded.dictionary.to_pylist()]
    starts = pa.array([each and each.starts_on for each in found], pa.date32())
    ends = pa.array([each and each.ends_on for each in found], pa.date32())
    return starts.take(encoded.indices), ends.take(encoded.indices)


def _label(grain: Grain, period: Period) -> str:
    """How Google writes a period."""
    if grain == "week":
        year, week, _ = period.starts_on.isocalendar()
        return f"{year}{week:02}"
    if grain == "rolling_28_days":
        return period.ends_on.isoformat()
    return period.starts_on.strftime({"day": "%Y%m%d", "month": "%Y%m", "cohort_week": "%Y-%m-%d"}[grain])


def _without_personal_data(texts: pa.Array) -> tuple[pa.Array, int]:
    """The texts, each different one looked at once, and how many were changed."""
    encoded = texts.dictionary_encode()
    distinct = pl.Series(encoded.dictionary, dtype=pl.String)
    clean, n = scrub(distinct)
    if not n:
        return texts, 0
    changed = (clean != distinct).to_numpy()
    return clean.to_arrow().cast(pa.string()).take(encoded.indices), int(
        changed[encoded.indices.to_numpy()].sum()
    )


def _typed(name: str, kind: int, texts: list[str]) -> pa.Array:
    """The values of a metric by the type of its header; null where there is no number."""
    try:
        if kind == _CURRENCY:
            return pa.array([Decimal(text).quantize(_STEP) if text else None for text in texts], MONEY)
        cells = pa.array(texts, pa.string())
        given = pc.replace_with_mask(cells, pc.equal(cells, ""), pa.scalar(None, pa.string()))
        if kind == _INTEGER:
            return given.cast(pa.int64())
        numbers = given.cast(pa.float64())
        return pc.if_else(pc.is_finite(numbers), numbers, None)
    except (pa.ArrowException, InvalidOperation):
        raise BadPages(
            f"The metric {name} is said to be {_type_name(kind)}, and has a value that is not. Ask again."
        ) from None


def _type_name(kind: int) -> str:
    return types.MetricType(kind).name if kind in iter(types.MetricType) else f"of type {kind}"


def _keys(given: dict[str, pa.Array], window: Window, n: int) -> np.ndarray:
    """A hash of what tells each row from the others, as Google wrote it; of a part of a window, with its first day."""
    part = pl.Series("part", [window.first_on]).new_from_index(0, n)
    frame = pl.DataFrame([part, *(pl.Series(f"_{name}", column) for name, column in given.items())])
    return frame.hash_rows().to_numpy()


def _bytes(row: Any) -> bytes:
    return bytes(row.SerializeToString(deterministic=True))
