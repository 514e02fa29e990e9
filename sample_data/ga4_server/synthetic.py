"""Reports of any length, made up column by column: for measuring how fast rows can be read."""

from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil, prod
from typing import Any

import numpy as np

from sample_data.ga4_server import proto
from sample_data.ga4_server.asked import Asked
from sample_data.ga4_server.fields import TIME, Metric
from sample_data.ga4_server.hits import MICROS
from sample_data.ga4_server.refusal import bad


def _tag(message: Any, name: str) -> int:
    """The byte that announces a text or message field in protobuf's wire format."""
    return message.DESCRIPTOR.fields_by_name[name].number << 3 | 2


ROWS_TAG = _tag(proto.RunReportResponse, "rows")
DIMENSION_TAGS = (_tag(proto.Row, "dimension_values"), _tag(proto.DimensionValue, "value"))
METRIC_TAGS = (_tag(proto.Row, "metric_values"), _tag(proto.MetricValue, "value"))
LONGEST_COLUMN = 1_000
"""How many different texts the last dimension has."""


@dataclass
class Synthetic:
    """Reports of `rows` rows with whatever dimensions and metrics they are asked for; keys differ in every row.

    Rows come in the order of their dimensions, so that asking for that order costs nothing. All values of a column
    are of one width, so that a page is filled in by arithmetic instead of row by row.
    """

    rows: int
    _totals: dict[tuple[int, int], float] = field(default_factory=dict)

    def page(self, asked: Asked, response: Any) -> tuple[bytes, int]:
        """Fills in what a response says besides its rows.

        Returns: `limit` rows from `offset` on as they travel, and how many these are.
        """
        response.row_count = self.rows
        columns = self._columns(asked)
        if proto.MetricAggregation.TOTAL in asked.aggregations:
            total = response.totals.add()
            for _ in asked.dimensions:
                total.dimension_values.add().value = "RESERVED_TOTAL"
            for column, metric in zip(columns[len(asked.dimensions) :], asked.metrics, strict=True):
                total.metric_values.add().value = metric.written(self._total(column))
        first, last = min(asked.offset, self.rows), min(asked.offset + asked.limit, self.rows)
        return _rows(columns, len(asked.dimensions), np.arange(first, last)), last - first

    def _total(self, column: "_Column") -> float:
        """The sum of a metric over all rows, added up once."""
        kind = (column.salt, column.values.itemsize)
        if kind not in self._totals:
            self._totals[kind] = column.total(np.arange(self.rows))
        return self._totals[kind]

    def _columns(self, asked: Asked) -> list["_Column"]:
        """Dimensions as the digits of a number that counts rows, the last one the fastest; metrics by a hash."""
        has_day = [each.name for each in asked.dimensions if each.category == TIME]
        if has_day not in ([], ["date"]) or not asked.ranges:
            raise bad("A synthetic report knows no time dimension but date, and no cohorts.")
        days = asked.ranges[0].days if has_day else 1
        texts = len(asked.dimensions) - len(has_day)
        wanted = ceil(self.rows / days)
        longest = min(LONGEST_COLUMN, wanted)
        size = 1 if texts < 2 else ceil((wanted / longest) ** (1 / (texts - 1)) - 1e-9)
        sizes = [size] * (texts - 1) + [longest] if texts else []
        if prod(sizes) * days < self.rows:
            raise bad(f"A synthetic report of {self.rows} rows needs more dimensions or days.")
        left, step = list(sizes), prod(sizes)
        columns = []
        for dimension in asked.dimensions:
            if dimension.category == TIME:
                first_on = asked.ranges[0].first_on
                values = [f"{first_on + timedelta(days=day):%Y%m%d}" for day in range(days)]
                columns.append(_Column(np.array(values, dtype="S"), wanted))
                continue
            size = left.pop(0)
            step //= size
            name = dimension.name.rpartition(":")[2]
            prefix = f"/{name}/" if dimension.name.startswith(("page", "landing")) else f"{name} "
            values = [f"{prefix}{number:04d}" for number in range(size)]
            columns.append(_Column(np.array(values, dtype="S"), step, period=wanted))
        return [*columns, *(_figures(metric, salt) for salt, metric in enumerate(asked.metrics, start=1))]


@dataclass(frozen=True)
class _Column:
    """Texts of one width, and which of them a row has.

    Args:
        step, period: the position is row (modulo period) // step. salt: if not 0, the position is a hash instead.
        numbers: what the texts say, for totals.
    """

    values: np.ndarray
    step: int = 1
    period: int = 0
    salt: int = 0
    numbers: np.ndarray | None = None

    def positions(self, rows: np.ndarray) -> np.ndarray:
        """Which value each row has."""
        if self.salt:
            rows = (rows.astype(np.uint64) + np.uint64(self.salt)) * np.uint64(
                0x9E3779B97F4A7C15
            ) >> np.uint64(33)
            return (rows % np.uint64(len(self.values))).astype(np.int64)
        return (rows % self.period if self.period else rows) // self.step % len(self.values)

    def total(self, rows: np.ndarray) -> float:
        """The sum over rows of what the texts say."""
        assert self.numbers is not None
        return self.numbers[self.positions(rows)].sum().item()


def _figures(metric: Metric, salt: int) -> _Column:
    numbers = np.arange(1_000, 9_999)
    if metric.type_ == proto.MetricType.TYPE_INTEGER:
        return _Column(numbers.astype("S4"), salt=salt, numbers=numbers)
    cents = numbers[numbers % 10 > 0]
    texts = np.array([f"{cent // 100}.{cent % 100:02d}" for cent in cents.tolist()], dtype="S")
    scale = MICROS // 100 if metric.type_ == proto.MetricType.TYPE_CURRENCY else 0.01
    return _Column(texts, salt=salt, numbers=cents * scale)


def _rows(columns: list[_Column], dimensions: int, rows: np.ndarray) -> bytes:
    """Rows as `repeated Row rows = 3` of a RunReportResponse: every row the same bytes but for its values."""
    row, places = b"", []
    for position, column in enumerate(columns):
        width = column.values.itemsize
        outer, inner = DIMENSION_TAGS if position < dimensions else METRIC_TAGS
        row += bytes([outer, width + 2, inner, width])
        places.append(len(row))
        row += bytes(width)
    head = bytes([ROWS_TAG]) + _varint(len(row))
    page = np.tile(np.frombuffer(head + row, dtype=np.uint8), (len(rows), 1))
    for column, place in zip(columns, places, strict=True):
        width = column.values.itemsize
        texts = column.values[column.positions(rows)].view(np.uint8).reshape(len(rows), width)
        page[:, len(head) + place : len(head) + place + width] = texts
    return page.tobytes()


def _varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + _varint(number >> 7)
