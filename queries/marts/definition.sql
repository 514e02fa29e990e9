/* ---
about: >
  What every KPI means, from the header of its question file; clock_weeks is the clock in use (kpi_clock), of the
  clock_options that the header gives, minimum_n the one that is kept to: the header's or the company's, whichever is
  larger. changed_on: since when header and SELECT are what they are
grain: [kpi]
--- */
select
    kpi_definition.kpi, kpi_definition.label, kpi_definition.question, kpi_definition.definition, kpi_definition.kind,
    kpi_definition.unit, kpi_definition.purpose, kpi_definition.better, kpi_definition.scale, kpi_definition.cut_off,
    case
        when kpi_definition.minimum_n > $minimum_n then kpi_definition.minimum_n else $minimum_n
    end as minimum_n,
    kpi_definition.interval, kpi_clock.weeks as clock_weeks, kpi_definition.clock_options,
    kpi_definition.settling_days, kpi_definition.owner, kpi_definition.source, kpi_definition.caveats,
    kpi_definition.changed_on, kpi_definition.sql, kpi_definition.path
from kpi_definition
join kpi_clock on kpi_clock.kpi = kpi_definition.kpi
