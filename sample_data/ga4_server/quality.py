"""What a property does to its reports: withholds, rolls up, samples, restricts, truncates, estimates."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from sample_data.ga4_server import proto
from sample_data.ga4_server.fields import Metric

SAMPLE_OF = 10_000
"""Clients are read or not by a hash, in ten-thousandths."""


@dataclass
class Quality:
    """The switches. By default a property shows everything, exactly.

    Args:
        minimum_users: rows of fewer people are withheld; 0: none are. thresholded: only in reports that ask for one of
            these dimensions; empty: in all. most_rows: combinations beyond these become
            "(other)"; None: never. sampling_share: of the events that are read. sampled_above: events of a request
            from which it is sampled. restricted: metrics this account sees as zeros. truncated_before: days before
            are not there. estimate_error: users and sessions are off by up to this share, the same way each time.
    """

    minimum_users: int = 0
    thresholded: frozenset[str] = frozenset()
    most_rows: int | None = None
    sampling_share: float = 1.0
    sampled_above: int = 0
    restricted: frozenset[str] = frozenset()
    truncated_before: date | None = None
    truncation: int = proto.TruncationType.DATA_TRUNCATION_TYPE_PROPERTY
    estimate_error: float = 0.0

    def minimum_of(self, names: Iterable[str]) -> int:
        """The people a row needs in a report that asks for these dimensions."""
        return self.minimum_users if not self.thresholded or self.thresholded.intersection(names) else 0

    def is_in_sample(self) -> pl.Expr:
        """Whether a hit's client is among those that are read."""
        return pl.col("client_id").hash(7) % SAMPLE_OF < round(self.sampling_share * SAMPLE_OF)

    def adjusted(self, rows: pl.DataFrame, measures: dict[str, Metric], scale: float) -> pl.DataFrame:
        """The numbers of finished rows as the property gives them out.

        Args:
            rows: with one column per measure, and dimensions in `d0`, …. scale: the share that was read.
        """
        changed = []
        for column, metric in measures.items():
            value = pl.col(column)
            if metric.name in self.restricted:
                changed.append(pl.lit(0).alias(column))
                continue
            if scale < 1 and metric.is_scaled:
                value = (value / scale).round()
            if self.estimate_error and metric.is_estimated:
                key = pl.concat_str(
                    [pl.lit(metric.name), *(pl.col(name) for name in rows.columns if name[0] == "d")]
                )
                value = (value * (1 + self.estimate_error * (key.hash(11) % 2001 / 1000.0 - 1))).round()
            changed.append(value.alias(column))
        return rows.with_columns(changed)

    def describe(self, metadata: Any, result: Any) -> None:
        """Writes into a response's metadata what was done to its rows.

        Args:
            metadata: a ResponseMetaData to fill. result: a report's Result.
        """
        metadata.data_loss_from_other_row = result.has_other_row
        if result.is_thresholded:
            metadata.subject_to_thresholding = True
        for read, there in result.sampled:
            metadata.sampling_metadatas.add(samples_read_count=read, sampling_space_size=there)
        for metric in result.asked.metrics:
            if metric.name in self.restricted:
                metadata.schema_restriction_response.active_metric_restrictions.add(
                    metric_name=metric.name, restricted_metric_types=[proto.RestrictedMetricType.REVENUE_DATA]
                )
        if result.truncated:
            before, first_on, last_on = result.truncated
            reason = metadata.data_truncation_reasons.add(
                data_truncation_type=self.truncation,
                data_truncation_message=f"Data before {before} is not available.",
                data_truncation_date=str(before),
            )
            reason.data_truncation_date_ranges.add(start_date=str(first_on), end_date=str(last_on))
