"""A report worked out from hits: rows, totals, and what has to be said about them."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import polars as pl

from sample_data.ga4_server.asked import Asked, Range
from sample_data.ga4_server.fields import PEOPLE, Dimension, Metric
from sample_data.ga4_server.filters import condition
from sample_data.ga4_server.hits import Visible
from sample_data.ga4_server.proto import MetricAggregation, OrderType
from sample_data.ga4_server.quality import Quality

OTHER = "(other)"
TOTAL = {
    MetricAggregation.TOTAL: "RESERVED_TOTAL",
    MetricAggregation.MINIMUM: "RESERVED_MIN",
    MetricAggregation.MAXIMUM: "RESERVED_MAX",
}
AUDIENCES = {"audienceName", "audienceId"}
WHICH = {"hit", "date_range", "cohort"}
"""What tells a hit from itself in another date range or cohort."""


@dataclass(frozen=True)
class Result:
    """A finished report before it is ordered and cut into pages.

    Args:
        rows: dimensions as text in `d0`, `d1`, …, metrics as numbers in `m0`, `m1`, …. totals: name of an
            aggregation, name of its date range (None if there is one only), one number per metric. sampled: per date
            range, events read and events there. truncated: the first day with data, and the days asked for that
            have none.
    """

    asked: Asked
    rows: pl.DataFrame
    totals: list[tuple[str, str | None, list[float]]]
    has_other_row: bool
    is_thresholded: bool
    sampled: list[tuple[int, int]]
    truncated: tuple[date, date, date] | None


@dataclass(frozen=True)
class Evaluation:
    """Works a report out over the visible hits, with what the property does to it."""

    asked: Asked
    visible: Visible
    quality: Quality

    @cached_property
    def keys(self) -> dict[str, Dimension]:
        """Column -> dimension."""
        return {f"d{position}": dimension for position, dimension in enumerate(self.asked.dimensions)}

    @cached_property
    def measures(self) -> dict[str, Metric]:
        """Column -> metric."""
        return {f"m{position}": metric for position, metric in enumerate(self.asked.metrics)}

    @cached_property
    def needs_audiences(self) -> bool:
        """Whether a hit counts once for each audience of its client."""
        return any(each.name in AUDIENCES for each in (*self.asked.dimensions, *self.asked.filtered))

    def result(self) -> Result:
        """The rows and totals."""
        hits, sampled = self._hits()
        truncated = self._truncated()
        if truncated:
            hits = hits.filter(pl.col("date") >= truncated[0])
        share = 1.0
        if sampled:
            share, hits = self.quality.sampling_share, hits.filter(self.quality.is_in_sample())
        whole = hits
        if self.needs_audiences:
            hits = _by_audience(hits, self.visible.audiences)
        hits, has_other_row = self._with_other(hits)
        where = self._where(has_other_row)
        if where is not None:
            hits = hits.filter(where)
            whole = hits.unique(WHICH & set(hits.columns)) if self.needs_audiences else hits
        having = {f"h{position}": metric for position, metric in enumerate(self.asked.having.values())}
        minimum = self.quality.minimum_of(
            each.name for each in (*self.asked.dimensions, *self.asked.filtered)
        )
        people = {"people": PEOPLE} if minimum and self.keys else {}
        measured = {**self.measures, **having, **people}
        rows = _aggregated(hits, self.keys, measured, has_other_row)
        rows = self._with_trailing(rows, self.keys, measured, self.asked.ranges)
        rows = self.quality.adjusted(rows, {**self.measures, **having}, share)
        columns = dict(zip(self.asked.having, having, strict=True))
        kept = condition(self.asked.request.metric_filter, lambda name: pl.col(columns[name]))
        if kept is not None:
            rows = rows.filter(kept)
        totals = self._totals(whole, rows, share)
        if self.measures and not self.asked.request.keep_empty_rows:
            rows = rows.filter(pl.any_horizontal(pl.col(*self.measures) != 0))
        if people:
            rows = rows.filter(pl.col("people") >= minimum)
        shown = rows.select(*self.keys, *self.measures)
        return Result(self.asked, shown, totals, has_other_row, minimum > 0, sampled, truncated)

    def _hits(self) -> tuple[pl.DataFrame, list[tuple[int, int]]]:
        """The hits of all date ranges or cohorts, each marked with its name; what sampling reads of each range."""
        parts, counts = [], []
        for cohort in self.asked.cohorts:
            first_on, last_on = cohort.acquired.first_on, cohort.acquired.last_on
            members = self.visible.acquired.filter(pl.col("first_on").is_between(first_on, last_on))
            part = self.visible.between(cohort.followed.first_on, cohort.followed.last_on)
            parts.append(
                part.join(members, on="client", maintain_order="left").with_columns(
                    cohort=pl.lit(cohort.acquired.name),
                    cohort_size=pl.lit(members.height),
                    cohort_nth_day=(pl.col("date") - pl.lit(first_on)).dt.total_days(),
                    date_range=pl.lit(cohort.acquired.name),
                )
            )
        needed = (*self.asked.dimensions, *self.asked.filtered)
        is_named = len(self.asked.ranges) > 1 or any(each.name == "dateRange" for each in needed)
        for period in self.asked.ranges:
            part = self.visible.between(period.first_on, period.last_on)
            counts.append(part.height)
            parts.append(part.with_columns(date_range=pl.lit(period.name)) if is_named else part)
        share = self.quality.sampling_share
        is_sampled = share < 1 and sum(counts) > self.quality.sampled_above
        sampled = [(round(count * share), count) for count in counts] if is_sampled else []
        return (parts[0] if len(parts) == 1 else pl.concat(parts)), sampled

    def _truncated(self) -> tuple[date, date, date] | None:
        before = self.quality.truncated_before
        periods = [each.followed for each in self.asked.cohorts] or list(self.asked.ranges)
        first_on = min(period.first_on for period in periods)
        if before is None or first_on >= before:
            return None
        return before, first_on, min(max(each.last_on for each in periods), before - timedelta(days=1))

    def _with_other(self, hits: pl.DataFrame) -> tuple[pl.DataFrame, bool]:
        """Rolls what is beyond the largest combinations into "(other)", periods apart."""
        folded = [column for column, each in self.keys.items() if not each.is_time]
        if self.quality.most_rows is None or not folded:
            return hits, False
        texts = hits.with_columns(each.text(each.key).alias(column) for column, each in self.keys.items())
        by = ["len", *self.keys]
        sizes = texts.group_by(*self.keys).len().sort(by, descending=[True] + [False] * len(self.keys))
        if sizes.height <= self.quality.most_rows:
            return hits, False
        large = sizes.head(self.quality.most_rows).select(*self.keys, is_large=pl.lit(True))
        marked = texts.join(large, on=list(self.keys), how="left", maintain_order="left")
        kept = pl.when("is_large").then(pl.col(*folded)).otherwise(pl.lit(OTHER))
        return marked.with_columns(kept.name.keep()).drop("is_large"), True

    def _where(self, has_other_row: bool) -> pl.Expr | None:
        """The dimension filter; where rows were rolled up it sees "(other)" and not what is in it."""

        def text(name: str) -> pl.Expr:
            for column, each in self.keys.items():
                if has_other_row and name in (each.name, *each.deprecated):
                    return pl.col(column)
            found = next(each for each in self.asked.filtered if name in (each.name, *each.deprecated))
            return found.text(found.key)

        return condition(self.asked.request.dimension_filter, text)

    def _with_trailing(
        self,
        rows: pl.DataFrame,
        keys: dict[str, Dimension],
        measures: dict[str, Metric],
        ranges: tuple[Range, ...],
    ) -> pl.DataFrame:
        """Fills in users of the 7 or 28 days that end with each row's day, or with its date range."""
        trailing = {column: metric for column, metric in measures.items() if metric.trailing_days}
        if rows.is_empty():
            return rows
        for column, metric in trailing.items():
            found = pl.concat(self._trailing(column, metric.trailing_days, keys, each) for each in ranges)
            on = [name for name in found.columns if name != column]
            if on:
                rows = (
                    rows.drop(column).join(found, on=on, how="left").with_columns(pl.col(column).fill_null(0))
                )
            else:
                rows = rows.with_columns(pl.lit(found[column].sum()).alias(column))
        return rows

    def _trailing(self, column: str, days: int, keys: dict[str, Dimension], period: Range) -> pl.DataFrame:
        by_day = [name for name, each in keys.items() if each.name == "date"]
        by_range = [name for name, each in keys.items() if each.name == "dateRange"]
        others = {name: each for name, each in keys.items() if not each.is_time}
        where = self._where(has_other_row=False)
        parts = []
        for back in range(period.days if by_day else 1):
            last_on = period.last_on - timedelta(days=back)
            hits = self.visible.between(last_on - timedelta(days=days - 1), last_on)
            hits = hits.with_columns(date_range=pl.lit(period.name))
            if self.needs_audiences:
                hits = _by_audience(hits, self.visible.audiences)
            hits = hits if where is None else hits.filter(where)
            texts = {**dict.fromkeys(by_day, f"{last_on:%Y%m%d}"), **dict.fromkeys(by_range, period.name)}
            counted = _aggregated(hits, others, {column: PEOPLE}, are_texts=False)
            parts.append(counted.with_columns(pl.lit(text).alias(name) for name, text in texts.items()))
        return pl.concat(parts)

    def _totals(
        self, hits: pl.DataFrame, rows: pl.DataFrame, share: float
    ) -> list[tuple[str, str | None, list[float]]]:
        """Every aggregation of every date range: users counted once, whatever the rows say."""
        found: list[tuple[str, str | None, list[float]]] = []
        periods: list[Range | None] = list(self.asked.ranges) if len(self.asked.ranges) > 1 else [None]
        for aggregation in self.asked.aggregations:
            for period in periods:
                mine, shown, ranges = hits, rows, self.asked.ranges
                if period is not None:
                    mine, ranges = hits.filter(pl.col("date_range") == period.name), (period,)
                    shown = rows.filter(pl.col(f"d{self.asked.names.index('dateRange')}") == period.name)
                if aggregation == MetricAggregation.TOTAL:
                    values = _aggregated(mine, {}, self.measures, are_texts=False)
                    values = self._with_trailing(values, {}, self.measures, ranges)
                    values = self.quality.adjusted(values, self.measures, share)
                elif aggregation == MetricAggregation.MINIMUM:
                    values = shown.select(pl.col(list(self.measures)).min())
                else:
                    values = shown.select(pl.col(list(self.measures)).max())
                if not mine.is_empty():
                    numbers = list(values.row(0)) if self.measures else []
                    found.append(
                        (TOTAL[MetricAggregation(aggregation)], period.name if period else None, numbers)
                    )
        return found


def ordered(result: Result, seed: int) -> pl.DataFrame:
    """The rows in the order the request wants; ties fall as they will, differently for every seed.

    Without an order, GA4 sorts by the first metric, descending.
    """
    asked, rows = result.asked, result.rows
    by, descending = [], []
    for order in asked.request.order_bys:
        if order.WhichOneof("one_order_by") == "metric":
            by.append(pl.col(f"m{asked.metric_names.index(order.metric.metric_name)}"))
        else:
            by.append(_sort_key(f"d{asked.names.index(order.dimension.dimension_name)}", order.dimension))
        descending.append(order.desc)
    if not by and asked.metrics:
        by, descending = [pl.col("m0")], [True]
    if asked.names and rows.height > 1:
        rows = rows.sort(pl.struct(f"d{position}" for position in range(len(asked.names))).hash(seed))
    return rows.sort(by, descending=descending, maintain_order=True) if by else rows


def _sort_key(column: str, order: Any) -> pl.Expr:
    key = pl.col(column)
    if order.order_type == OrderType.NUMERIC:
        return key.cast(pl.Float64, strict=False)
    if order.order_type == OrderType.CASE_INSENSITIVE_ALPHANUMERIC:
        return key.str.to_lowercase()
    return key


def _by_audience(hits: pl.DataFrame, audiences: list[str]) -> pl.DataFrame:
    """One row per hit and audience of its client; who is in none is in no row."""
    numbers = {name: str(number) for number, name in enumerate(audiences, start=1)}
    return hits.explode("audience", empty_as_null=False).with_columns(
        audience_id=pl.col("audience").replace_strict(numbers, return_dtype=pl.String)
    )


def _aggregated(
    hits: pl.DataFrame, keys: dict[str, Dimension], measures: dict[str, Metric], are_texts: bool
) -> pl.DataFrame:
    """One row per combination of keys: texts and numbers.

    Args:
        are_texts: the keys are columns of the hits already, written as they will be.
    """
    values = [metric.value.alias(column) for column, metric in measures.items()]
    if not keys:
        return hits.select(values) if hits.height else hits.select(values).clear()
    named = [pl.col(column) if are_texts else each.key.alias(column) for column, each in keys.items()]
    rows = hits.group_by(named).agg(values)
    if are_texts:
        return rows
    return rows.with_columns(each.text(pl.col(column)).alias(column) for column, each in keys.items())
