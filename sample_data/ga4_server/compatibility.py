"""Which dimensions and metrics may stand in one report."""

from dataclasses import dataclass, field
from typing import Any

from sample_data.ga4_server import proto
from sample_data.ga4_server.fields import Catalogue, Dimension, Metric
from sample_data.ga4_server.refusal import EXPLORER_PAGE, Refusal, bad


@dataclass
class Rules:
    """Pairs that GA4 refuses; those it refuses only when asked for a report are `unannounced`."""

    pairs: set[tuple[str, str]] = field(default_factory=set)
    unannounced: set[tuple[str, str]] = field(default_factory=set)

    def quarrel(
        self, dimensions: list[Dimension], metrics: list[Metric], has_cohorts: bool, is_report: bool
    ) -> str | None:
        """The name of a field that would have to go; None if all agree."""
        refused = self.pairs | self.unannounced if is_report else self.pairs
        for dimension in dimensions:
            if dimension.of_cohorts and not has_cohorts:
                return dimension.name
            for metric in metrics:
                if dimension.only_with and metric.name not in dimension.only_with:
                    return metric.name
                if (dimension.name, metric.name) in refused:
                    return dimension.name
        wrong = (each for each in metrics if (each.trailing_days if has_cohorts else each.of_cohorts))
        return next((each.name for each in wrong), None)

    def insist(
        self, dimensions: list[Dimension], metrics: list[Metric], has_cohorts: bool, is_report: bool = True
    ) -> None:
        """Raises Refusal if a field would have to go."""
        name = self.quarrel(dimensions, metrics, has_cohorts, is_report)
        if name:
            raise incompatible(name)


def incompatible(name: str) -> Refusal:
    """GA4's way to say that a field does not go with the others."""
    return bad(
        f"Please remove {name} to make the request compatible. The request's dimensions & metrics are incompatible. "
        f"To learn more, see {EXPLORER_PAGE}"
    )


def check(
    catalogue: Catalogue,
    rules: Rules,
    dimensions: list[Dimension],
    metrics: list[Metric],
    wanted: int,
    blocked: frozenset[str],
) -> Any:
    """Every field of the property: can it be added to these? Fails, as GA4 does, where these already quarrel.

    Args:
        wanted: a Compatibility; 0 means all fields. blocked: metrics of which this account sees zeros only.
    """
    has_cohorts = any(each.of_cohorts for each in dimensions) or any(each.of_cohorts for each in metrics)
    rules.insist(dimensions, metrics, has_cohorts, is_report=False)
    answer = proto.CheckCompatibilityResponse()
    for dimension in catalogue.dimensions.values():
        fits = not rules.quarrel(
            [*dimensions, dimension], metrics, has_cohorts or dimension.of_cohorts, False
        )
        if wanted in (0, _verdict(fits)):
            answer.dimension_compatibilities.add(
                dimension_metadata=dimension.metadata(), compatibility=_verdict(fits)
            )
    for metric in catalogue.metrics.values():
        fits = not rules.quarrel(dimensions, [*metrics, metric], has_cohorts or metric.of_cohorts, False)
        if wanted in (0, _verdict(fits)):
            answer.metric_compatibilities.add(
                metric_metadata=metric.metadata(metric.name in blocked), compatibility=_verdict(fits)
            )
    return answer


def _verdict(fits: bool) -> int:
    return int(proto.Compatibility.COMPATIBLE if fits else proto.Compatibility.INCOMPATIBLE)
