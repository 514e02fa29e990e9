"""All that an answer of Google Analytics says about itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from typing import Any

from google.analytics.data_v1beta import types

from pipelines.ga4.reports import ADDITIVE, column_name

_PACKAGE = "google-analytics-data"
_TRUNCATION: Any = types.ResponseMetaData.DataTruncationReason.DataTruncationType


@dataclass(frozen=True)
class Quality:
    """What the answers to a window say about themselves; None and False where they say nothing.

    `truncation` has the kinds, with Google's words; before `truncated_before_on` something is missing.
    `restricted_metrics` are our column names: their figures are withheld, and null here, though Google writes 0.
    """

    is_thresholded: bool = False
    has_other_row: bool = False
    samples_read_count: int | None = None
    sampling_space_size: int | None = None
    truncation: str | None = None
    truncated_before_on: date | None = None
    restricted_metrics: tuple[str, ...] = ()
    empty_reason: str | None = None
    currency: str | None = None
    time_zone: str | None = None
    package_version: str = ""


def quality(metadata: Any) -> Quality:
    """What a raw `ResponseMetaData` says."""
    sampled = metadata.sampling_metadatas
    truncated = metadata.data_truncation_reasons
    before = [
        date.fromisoformat(each.data_truncation_date) for each in truncated if each.data_truncation_date
    ]
    return Quality(
        is_thresholded=metadata.subject_to_thresholding,
        has_other_row=metadata.data_loss_from_other_row,
        samples_read_count=sum(each.samples_read_count for each in sampled) if sampled else None,
        sampling_space_size=sum(each.sampling_space_size for each in sampled) if sampled else None,
        truncation="; ".join(map(_truncation, truncated)) or None,
        truncated_before_on=max(before, default=None),
        restricted_metrics=tuple(sorted(map(column_name, restricted(metadata)))),
        empty_reason=metadata.empty_reason or None,
        currency=metadata.currency_code or None,
        time_zone=metadata.time_zone or None,
        package_version=_package_version(),
    )


def worst(told: Sequence[Quality]) -> Quality:
    """What the answers to the parts of one window say together: each signal of any of them, samples added up."""
    if len(told) == 1:
        return told[0]
    sampled = [each for each in told if each.sampling_space_size is not None]
    return Quality(
        is_thresholded=any(each.is_thresholded for each in told),
        has_other_row=any(each.has_other_row for each in told),
        samples_read_count=sum(each.samples_read_count or 0 for each in sampled) if sampled else None,
        sampling_space_size=sum(each.sampling_space_size or 0 for each in sampled) if sampled else None,
        truncation=_joined(each.truncation for each in told),
        truncated_before_on=max(filter(None, (each.truncated_before_on for each in told)), default=None),
        restricted_metrics=tuple(sorted({name for each in told for name in each.restricted_metrics})),
        empty_reason=_joined(each.empty_reason for each in told),
        currency=next((each.currency for each in told if each.currency), None),
        time_zone=next((each.time_zone for each in told if each.time_zone), None),
        package_version=told[0].package_version,
    )


def totals(response: Any) -> dict[str, list[str]]:
    """API metric -> Google's own total of the rows for each date range, as it wrote it."""
    found: dict[str, list[str]] = {}
    for row in response.totals:
        for header, cell in zip(response.metric_headers, row.metric_values, strict=False):
            found.setdefault(header.name, []).append(cell.value or "0")
    return found


def added(told: Iterable[dict[str, list[str]]]) -> dict[str, str]:
    """Our column -> the total of all parts of a window.

    Totals of several date ranges are added up where the metric is additive; others have no common total, and are left
    out, as is what no part told.
    """
    found: dict[str, list[str]] = {}
    for part in told:
        for name, values in part.items():
            found.setdefault(name, []).extend(values)
    return {
        column_name(name): values[0] if len(values) == 1 else f"{sum(map(Decimal, values)):f}"
        for name, values in found.items()
        if len(values) == 1 or name in ADDITIVE
    }


def restricted(metadata: Any) -> list[str]:
    """The metrics, by their API names, whose figures this account may not see: they come as zeros."""
    return [each.metric_name for each in metadata.schema_restriction_response.active_metric_restrictions]


def _truncation(reason: Any) -> str:
    number = reason.data_truncation_type
    known = number in iter(_TRUNCATION)  # Google adds kinds that this version of its package has no name for
    kind = (
        _TRUNCATION(number).name.removeprefix("DATA_TRUNCATION_TYPE_").lower() if known else f"kind {number}"
    )
    return f"{kind}: {reason.data_truncation_message}" if reason.data_truncation_message else kind


def _joined(texts: Iterable[str | None]) -> str | None:
    return "; ".join(dict.fromkeys(text for text in texts if text)) or None


@cache
def _package_version() -> str:
    return version(_PACKAGE)
