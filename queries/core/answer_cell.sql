/* ---
about: >
  What was answered in the 4 and 13 weeks before the end of each of the last 26 closed weeks, by the groups of the
  customer base; answers of people who were not in it when they answered, or not known, are one group of their own
  (nulls): who left later is not dropped from what was heard before. A window begins anew where the scale or the
  wording changed; with fewer than the minimum n of known answers it is left out
grain: [kpi, iso_week, weeks, segment, region, value_band]
publish: none
--- */
with clock as (
    select 4 as weeks union all select 13
), week as (
    select distinct iso_week, week_starts_on from dates
), closed as (
    select distinct iso_week, week_starts_on from dates
    where is_closed and week_ends_on >= local_date($as_of) - interval 182 day
), base as (
    select customer_key, segment, region, value_band, gone_on from customer_value where segment <> 'not known'
), weekly as (
    select kpi_event.kpi, week.week_starts_on, base.segment, base.region, base.value_band, count(*) as n,
        count(*) filter (where kpi_event.is_success) as successes,
        count(*) filter (where kpi_event.is_opposite) as opposites
    from kpi_event
    join week on week.iso_week = kpi_event.iso_week
    left join base
        on base.customer_key = kpi_event.customer_key
        and (base.gone_on is null or base.gone_on > kpi_event.happened_on)
    where kpi_event.kpi in (select item from answer)
    group by kpi_event.kpi, week.week_starts_on, base.segment, base.region, base.value_band
), series as (
    select known.kpi, closed.iso_week, max(series_week.week_starts_on) as begins_on
    from (select distinct item as kpi from answer) as known
    cross join closed
    left join series_week
        on series_week.kpi = known.kpi and series_week.is_break
        and series_week.week_starts_on <= closed.week_starts_on
    group by known.kpi, closed.iso_week
)
select
    weekly.kpi, closed.iso_week, clock.weeks, weekly.segment, weekly.region, weekly.value_band,
    cast(sum(weekly.n) as bigint) as n, cast(sum(weekly.successes) as bigint) as successes,
    cast(sum(weekly.opposites) as bigint) as opposites
from series
join closed on closed.iso_week = series.iso_week
cross join clock
join weekly
    on weekly.kpi = series.kpi
    and weekly.week_starts_on >= coalesce(series.begins_on, weekly.week_starts_on)
    and weekly.week_starts_on <= closed.week_starts_on
    and weekly.week_starts_on > closed.week_starts_on - clock.weeks * interval 7 day
group by weekly.kpi, closed.iso_week, clock.weeks, weekly.segment, weekly.region, weekly.value_band
qualify sum(sum(weekly.n) filter (where weekly.segment is not null))
    over (partition by weekly.kpi, closed.iso_week, clock.weeks) >= $minimum_n
