"""The measures of the build: which small frames each statistic reads, and which tables it makes."""

from pipelines.nodes import change, impact, loyalty, people

MEASURES = (people.MEASURE, change.MEASURE, loyalty.MEASURE, impact.MEASURE)
