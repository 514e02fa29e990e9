/* ---
about: >
  What two breakdowns have in common in every window that is shown, or that a league tells of, where groups of one may
  lie within those of the other: a company's own dimension beside any other, and segments crossed with channels beside
  either. A store may lie in one region only, so that the region less its other stores is that store. `n`: the events
  that are in both groups
grain: [kpi, iso_week, weeks, dimension, member, other_dimension, other_member]
publish: none
--- */
with asked as (
    select kpi, iso_week, weeks, least_n from guarded_cell
    union all
    select kpi, iso_week, weeks, least_n from league_sum
), shown as (
    select kpi, iso_week, weeks, max(least_n) as least_n
    from asked
    where kpi in (select kpi from dimension_event)
    group by kpi, iso_week, weeks
), week as (
    select distinct iso_week, week_starts_on from dates
), begun as (
    select shown.kpi, shown.iso_week, shown.weeks, shown.least_n, week.week_starts_on,
        max(series_week.week_starts_on) as begins_on
    from shown
    join week on week.iso_week = shown.iso_week
    left join series_week
        on series_week.kpi = shown.kpi and series_week.is_break
        and series_week.week_starts_on <= week.week_starts_on
    group by shown.kpi, shown.iso_week, shown.weeks, shown.least_n, week.week_starts_on
), beside as (
    select kpi, iso_week, dimension, member, 'segment' as other_dimension, segment as other_member from dimension_event
    union all
    select kpi, iso_week, dimension, member, 'region', region from dimension_event
    union all
    select kpi, iso_week, dimension, member, 'channel', channel from dimension_event
    union all
    select kpi, iso_week, dimension, member, 'segment_channel', segment || ' · ' || channel from dimension_event
    union all
    select one.kpi, one.iso_week, one.dimension, one.member, other.dimension, other.member
    from dimension_event as one
    join dimension_event as other on other.event = one.event and other.dimension > one.dimension
), weekly as (
    select beside.kpi, week.week_starts_on, beside.dimension, beside.member, beside.other_dimension,
        beside.other_member, count(*) as n
    from beside
    join week on week.iso_week = beside.iso_week
    group by beside.kpi, week.week_starts_on, beside.dimension, beside.member, beside.other_dimension,
        beside.other_member
), crossed as (
    select kpi, iso_week, weeks, member, n, least_n from guarded_cell where dimension = 'segment_channel'
)
select begun.kpi, begun.iso_week, begun.weeks, weekly.dimension, weekly.member, weekly.other_dimension,
    weekly.other_member, cast(sum(weekly.n) as bigint) as n, begun.least_n
from begun
join weekly
    on weekly.kpi = begun.kpi
    and weekly.week_starts_on >= coalesce(begun.begins_on, weekly.week_starts_on)
    and weekly.week_starts_on <= begun.week_starts_on
    and weekly.week_starts_on > begun.week_starts_on - begun.weeks * interval 7 day
group by begun.kpi, begun.iso_week, begun.weeks, weekly.dimension, weekly.member, weekly.other_dimension,
    weekly.other_member, begun.least_n
union all
select kpi, iso_week, weeks, 'segment_channel', member, 'segment', split_part(member, ' · ', 1), n, least_n from crossed
union all
select kpi, iso_week, weeks, 'segment_channel', member, 'channel', split_part(member, ' · ', 2), n, least_n from crossed
