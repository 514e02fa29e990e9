/* ---
about: >
  The week that is not over yet and the twelve before it, each up to the same weekday, so that like is compared with
  like. The weekday is the last whole day in the data of every source that the KPI counts and that still sends any;
  weeks before a change of scale or wording are left out
grain: [kpi, iso_week]
publish: none
--- */
with today as (
    select iso_week, week_starts_on, date_on from dates where date_on = local_date($as_of)
), reach as (
    select source, max(local_date(data_through_at)) as through_on
    from landing.load
    where data_through_at > $as_of - interval 35 day
    group by source
), told as (
    select distinct kpi_event.kpi, kpi_event.source
    from kpi_event
    cross join today
    where kpi_event.happened_on > today.week_starts_on - interval 91 day
), whole as (
    select told.kpi, today.iso_week, today.week_starts_on,
        least(
            date_diff('day', today.week_starts_on, min(today.date_on)::date),
            date_diff('day', today.week_starts_on, min(reach.through_on)::date)
        ) as days
    from told
    cross join today
    join reach on reach.source = told.source
    group by told.kpi, today.iso_week, today.week_starts_on
), series as (
    select kpi, max(week_starts_on) as begins_on from series_week where is_break group by kpi
)
select
    kpi_event.kpi, dates.iso_week, whole.iso_week as this_week, whole.days, count(*) as n,
    count(*) filter (where kpi_event.is_success) as successes,
    count(*) filter (where kpi_event.is_opposite) as opposites
from whole
join kpi_event on kpi_event.kpi = whole.kpi
join dates on dates.date_on = kpi_event.happened_on
left join series on series.kpi = whole.kpi
where whole.days > 0
    and dates.week_starts_on <= whole.week_starts_on
    and dates.week_starts_on >= whole.week_starts_on - interval 84 day
    and dates.week_starts_on >= coalesce(series.begins_on, dates.week_starts_on)
    and date_diff('day', dates.week_starts_on, dates.date_on) < whole.days
group by kpi_event.kpi, dates.iso_week, whole.iso_week, whole.days
