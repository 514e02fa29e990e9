"""The measures of the build: which small frames each statistic reads, and which tables it makes."""

from pipelines.nodes import (
    behaviour,
    care_equity,
    change,
    clv,
    drivers,
    goals,
    impact,
    league,
    loyalty,
    nesting,
    people,
    reach,
    settling,
    so_far,
    trap,
)

MEASURES = (
    people.MEASURE,
    nesting.MEASURE,
    change.MEASURE,
    goals.MEASURE,
    loyalty.MEASURE,
    drivers.MEASURE,
    impact.MEASURE,
    so_far.MEASURE,
    reach.MEASURE,
    league.MEASURE,
    behaviour.MEASURE,
    trap.MEASURE,
    settling.MEASURE,
    clv.MEASURE,
    care_equity.MEASURE,
)
