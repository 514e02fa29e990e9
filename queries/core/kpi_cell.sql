/* ---
about: >
  Weekly counts of every KPI by every declared breakdown, before small groups are hidden. What the website counts is
  there for whole weeks only; events of several properties are added up, people are those of the property with most.
  `effective_n`: as how many independent ones n counts, which on the website are fewer than n where one person does a
  thing again and again, or a sample was read; of several properties, that of the pooled share
grain: [kpi, iso_week, dimension, member]
publish: none
--- */
with cut as (
    select kpi, iso_week, 'all' as dimension, 'all' as member, is_success, is_opposite, value from kpi_event
    union all
    select kpi, iso_week, 'segment', segment, is_success, is_opposite, value from kpi_event
    union all
    select kpi, iso_week, 'region', region, is_success, is_opposite, value from kpi_event
    union all
    select kpi, iso_week, dimension, member, is_success, is_opposite, value from dimension_event
    union all
    select kpi, iso_week, 'channel', channel, is_success, is_opposite, value
    from kpi_event where kpi in ('human_within_promise', 'first_reply_within_promise', 'proactive_share')
    union all
    select kpi, iso_week, 'channel', channel, is_success, is_opposite, value
    from kpi_event
    where kpi in (
        select kpi from kpi_event
        where channel <> 'not known'
            and kpi in ('ticket_satisfaction', 'understood', 'listened', 'showed_they_cared', 'had_to_repeat')
    )
    union all
    select kpi, iso_week, 'segment_channel', segment || ' · ' || channel, is_success, is_opposite, value
    from kpi_event where kpi in ('human_within_promise', 'first_reply_within_promise', 'proactive_share')
), web_week as (
    select web_share_cell.*, dates.iso_week
    from web_share_cell
    join dates on dates.date_on = web_share_cell.period_start_on
    where web_share_cell.grain = 'week' and web_share_cell.dimension = '' and web_share_cell.maturity <> 'partial'
), largest as (
    select share, property_id
    from web_week
    where not is_additive
    group by share, property_id
    qualify row_number() over (partition by share order by max(n) desc, property_id) = 1
), web as (
    select share, iso_week, sum(n) as n, sum(successes) as successes,
        sum(n) * sum(n) / sum(cast(n * n / effective_n as decimal(28, 6))) as bears
    from web_week
    where is_additive
    group by share, grain, period_start_on, iso_week
    union all
    select web_week.share, web_week.iso_week, web_week.n, web_week.successes, web_week.effective_n
    from web_week
    join largest on largest.share = web_week.share and largest.property_id = web_week.property_id
)
select
    kpi, iso_week, dimension, member, count(*) as n, count(*) filter (where is_success) as successes,
    count(*) filter (where is_opposite) as opposites, sum(value) as total, sum(value * value) as total_of_squares,
    cast(count(*) as double) as effective_n
from cut
group by kpi, iso_week, dimension, member
union all
select 'top_customers_with_care', iso_week, 'all', 'all', count(*), count(*) filter (where has_care),
    count(*) filter (where not has_care), count(*) filter (where has_care), count(*) filter (where has_care),
    cast(count(*) as double)
from top_customer_week
group by iso_week
union all
select 'web_' || share, iso_week, 'all', 'all', cast(n as bigint), cast(successes as bigint),
    cast(n - successes as bigint), cast(successes as double), cast(successes as double), cast(bears as double)
from web
