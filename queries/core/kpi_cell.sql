/* ---
about: Weekly counts of every KPI by every declared breakdown, before small groups are hidden
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
)
select
    kpi, iso_week, dimension, member, count(*) as n, count(*) filter (where is_success) as successes,
    count(*) filter (where is_opposite) as opposites, sum(value) as total, sum(value * value) as total_of_squares
from cut
group by kpi, iso_week, dimension, member
union all
select 'top_customers_with_care', iso_week, 'all', 'all', count(*), count(*) filter (where has_care),
    count(*) filter (where not has_care), count(*) filter (where has_care), count(*) filter (where has_care)
from top_customer_week
group by iso_week
