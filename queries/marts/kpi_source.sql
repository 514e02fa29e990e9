/* ---
about: Which sources a KPI was counted from, ever, and how many things each gave; those under the minimum n are hidden
grain: [kpi, source]
--- */
select kpi, source, count(*) as n, max(happened_on) as last_on
from kpi_event
group by kpi, source
having count(*) >= $minimum_n
