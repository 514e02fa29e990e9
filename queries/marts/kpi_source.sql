/* ---
about: >
  Which sources a KPI was counted from, ever, and how many things each gave; those under the minimum n are hidden. Of
  people on the website, who do not add up, the most in any week
grain: [kpi, source]
--- */
with counted as (
    select kpi, source, count(*) as n, max(happened_on) as last_on
    from kpi_event
    group by kpi, source
    union all
    select 'web_' || share, 'ga4',
        cast(coalesce(sum(case when is_additive and grain = 'week' then n end), max(n)) as bigint), max(period_end_on)
    from web_share_cell
    where grain = 'week' and dimension = '' and maturity <> 'partial'
    group by share
)
select kpi, source, n, last_on
from counted
where n >= $minimum_n
