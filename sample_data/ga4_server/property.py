"""One property: its hits, its fields, its quotas, its exports, and the reports it gives out."""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from sample_data.ga4_server import asked as asking
from sample_data.ga4_server import proto
from sample_data.ga4_server.asked import Asked
from sample_data.ga4_server.audiences import Exports
from sample_data.ga4_server.compatibility import Rules, check
from sample_data.ga4_server.fields import Catalogue, Metric
from sample_data.ga4_server.filters import names_in
from sample_data.ga4_server.hits import Hits, Visible
from sample_data.ga4_server.quality import Quality
from sample_data.ga4_server.quotas import Quotas, cost
from sample_data.ga4_server.refusal import bad
from sample_data.ga4_server.report import Evaluation, Result, ordered
from sample_data.ga4_server.synthetic import Synthetic

RESULTS_KEPT, MOMENTS_KEPT = 64, 4
NO_DATA = "No data available for the requested date range."


@dataclass
class Drift:
    """How the next answers to requests for a further page differ: "appears", "vanishes" or "moves"."""

    kind: str = ""
    pages: int = 0


@dataclass(frozen=True)
class Page:
    """One page of a report.

    Args:
        response: the message, without the rows in `tail`. tail: more of the message, already in its wire format.
        thresholded: how many potentially thresholded requests it counts as.
    """

    response: Any
    rows: int
    tokens: int
    thresholded: int
    tail: bytes = b""


@dataclass
class Property:
    """A property and everything about it that a test may change.

    Args:
        rates: currency -> units per unit of the property's own, for requests that ask for another.
    """

    property_id: str
    hits: Hits
    currency: str
    rates: dict[str, float] = field(default_factory=dict)
    quality: Quality = field(default_factory=Quality)
    catalogue: Catalogue = field(default_factory=Catalogue)
    rules: Rules = field(default_factory=Rules)
    quotas: Quotas = field(default_factory=Quotas)
    drift: Drift = field(default_factory=Drift)
    is_revoked: bool = False
    synthetic: Synthetic | None = None

    def __post_init__(self) -> None:
        self.exports = Exports(self.property_id)
        self._moments: OrderedDict[datetime, Visible] = OrderedDict()
        self._results: OrderedDict[tuple[Any, ...], Result] = OrderedDict()
        self._lock = Lock()
        self._draws = 0

    def today(self, now: datetime) -> date:
        """The date in the property's zone."""
        return now.replace(tzinfo=UTC).astimezone(ZoneInfo(self.hits.zone)).date()

    def visible(self, now: datetime) -> Visible:
        """The hits as they can be seen at a moment; remembered for the latest moments."""
        with self._lock:
            if now not in self._moments:
                self._moments[now] = self.hits.at(now)
                if len(self._moments) > MOMENTS_KEPT:
                    self._moments.popitem(last=False)
            return self._moments[now]

    def understand(self, request: Any, now: datetime) -> Asked:
        """A report request with its fields found; Refusal if it can not be answered."""
        return asking.understand(
            request, self.catalogue, self.rules, self.today(now), self.quality.restricted
        )

    def report(self, asked: Asked, now: datetime) -> Page:
        """The response to a report request, and what it costs."""
        thresholded = int(any(each.is_thresholded for each in (*asked.dimensions, *asked.filtered)))
        if self.synthetic is not None:
            response = self.head(asked)
            tail, count = self.synthetic.page(asked, response)
            return Page(response, count, 1, thresholded, tail)
        result = self._result(asked, now)
        with self._lock:
            self._draws += 1
            draw = self._draws
        rows = self._drifted(ordered(result, draw), asked)
        response = self.head(asked)
        self.quality.describe(response.metadata, result)
        rate = self._rate(asked)
        for name, period, numbers in result.totals:
            total = response.totals.add() if name == "RESERVED_TOTAL" else None
            total = total or (response.minimums if name == "RESERVED_MIN" else response.maximums).add()
            for dimension in asked.dimensions:
                is_period = dimension.name == "dateRange" and period
                total.dimension_values.add().value = period if is_period else name
            _write(total, asked.metrics, numbers, rate)
        if asked.aggregations and not result.totals:
            response.totals.add()
        if rows.is_empty():
            if result.rows.is_empty():
                response.metadata.empty_reason = NO_DATA
        else:
            response.row_count = rows.height
        width = len(asked.dimensions)
        for values in rows.slice(asked.offset, asked.limit).iter_rows():
            row = response.rows.add()
            for value in values[:width]:
                row.dimension_values.add().value = value
            _write(row, asked.metrics, values[width:], rate)
        return Page(response, len(response.rows), cost(asked, len(response.rows)), thresholded)

    def head(self, asked: Asked) -> Any:
        """A response without rows: headers, zone and currency."""
        response = proto.RunReportResponse(kind="analyticsData#runReport")
        for name in asked.names:
            response.dimension_headers.add(name=name)
        for name, metric in zip(asked.metric_names, asked.metrics, strict=True):
            response.metric_headers.add(name=name, type_=metric.type_)
        response.metadata.currency_code = asked.request.currency_code or self.currency
        response.metadata.time_zone = self.hits.zone
        return response

    def metadata(self) -> Any:
        """Every dimension and metric, with old names and what is blocked."""
        answer = proto.Metadata(name=f"properties/{self.property_id}/metadata")
        answer.dimensions.extend(each.metadata() for each in self.catalogue.dimensions.values())
        answer.metrics.extend(
            each.metadata(each.name in self.quality.restricted) for each in self.catalogue.metrics.values()
        )
        return answer

    def check_compatibility(self, request: Any) -> Any:
        """What can be added to a request's fields."""
        by_dimensions = [each.name for each in request.dimensions] + names_in(request.dimension_filter)
        by_metrics = [each.name for each in request.metrics] + names_in(request.metric_filter)
        dimensions = [asking.find_dimension(self.catalogue, name) for name in by_dimensions]
        metrics = [asking.find_metric(self.catalogue, name) for name in by_metrics]
        return check(
            self.catalogue,
            self.rules,
            dimensions,
            metrics,
            request.compatibility_filter,
            self.quality.restricted,
        )

    def rename(self, old: str, new: str, keeps_old: bool = True) -> None:
        """A field gets another name; the old one works for a while, or not at all."""
        still = (old,) if keeps_old else ()
        dimensions, metrics = self.catalogue.dimensions, self.catalogue.metrics
        if old in dimensions:
            dimensions[new] = replace(dimensions.pop(old), name=new, deprecated=still)
        if old in metrics:
            metrics[new] = replace(metrics.pop(old), name=new, deprecated=still)

    def remove(self, name: str) -> None:
        """A field is no longer there."""
        self.catalogue.dimensions.pop(name, None)
        self.catalogue.metrics.pop(name, None)

    def _result(self, asked: Asked, now: datetime) -> Result:
        plain = proto.RunReportRequest()
        plain.CopyFrom(asked.request)
        plain.offset = plain.limit = 0
        key = (
            now,
            plain.SerializeToString(deterministic=True),
            repr(self.quality),
            asked.dimensions,
            asked.metrics,
        )
        with self._lock:
            found = self._results.get(key)
        if found is None:
            found = Evaluation(asked, self.visible(now), self.quality).result()
            with self._lock:
                self._results[key] = found
                if len(self._results) > RESULTS_KEPT:
                    self._results.popitem(last=False)
        return found

    def _drifted(self, rows: pl.DataFrame, asked: Asked) -> pl.DataFrame:
        if not self.drift.pages or not asked.offset or rows.is_empty():
            return rows
        self.drift.pages -= 1
        if self.drift.kind == "vanishes":
            return rows.slice(1)
        texts = [f"d{position}" for position, each in enumerate(asked.dimensions) if not each.is_time]
        if self.drift.kind == "appears":
            return pl.concat(
                [
                    rows.head(1).with_columns(pl.concat_str(pl.lit("!"), name).alias(name) for name in texts),
                    rows,
                ]
            )
        return pl.concat(
            [
                rows.slice(1),
                rows.tail(1).with_columns(pl.concat_str(name, pl.lit("~")).alias(name) for name in texts),
            ]
        )

    def _rate(self, asked: Asked) -> float:
        wanted = asked.request.currency_code
        if not wanted or wanted == self.currency:
            return 1.0
        if wanted not in self.rates:
            raise bad(f"Invalid currency code: {wanted}.")
        return self.rates[wanted]


def _write(row: Any, metrics: tuple[Metric, ...], numbers: Any, rate: float) -> None:
    for metric, number in zip(metrics, numbers, strict=True):
        is_money = metric.type_ == proto.MetricType.TYPE_CURRENCY
        row.metric_values.add().value = metric.written(number * rate if is_money and number else number)
