/* ---
about: >
  Every KPI by segment, region, channel and the company's own dimensions over the last 13 closed weeks, or since its
  scale or wording changed, and whether a group is hidden. Groups under the minimum n are; where those of a breakdown
  are together still under it, the next smallest goes too. What we do unasked is not compared by channel: there the
  channel is what is counted
grain: [kpi, iso_week, weeks, dimension, member]
publish: none
--- */
with latest as (
    select iso_week, week_starts_on from dates where is_closed
    qualify row_number() over (order by date_on desc) = 1
), week as (
    select distinct iso_week, week_starts_on from dates
), series as (
    select known.kpi, max(series_week.week_starts_on) as begins_on
    from (select distinct kpi from kpi_cell) as known
    cross join latest
    left join series_week
        on series_week.kpi = known.kpi and series_week.is_break
        and series_week.week_starts_on <= latest.week_starts_on
    group by known.kpi
), summed as (
    select kpi_cell.kpi, latest.iso_week, kpi_cell.dimension, kpi_cell.member, cast(sum(kpi_cell.n) as bigint) as n,
        cast(sum(kpi_cell.successes) as bigint) as successes, cast(sum(kpi_cell.opposites) as bigint) as opposites
    from kpi_cell
    join week on week.iso_week = kpi_cell.iso_week
    join latest
        on week.week_starts_on <= latest.week_starts_on
        and week.week_starts_on > latest.week_starts_on - interval 91 day
    join series
        on series.kpi = kpi_cell.kpi and week.week_starts_on >= coalesce(series.begins_on, week.week_starts_on)
    where (
            kpi_cell.dimension in ('segment', 'region', 'channel')
            or kpi_cell.dimension in (select dimension from declared_dimension)
        )
        and not (kpi_cell.kpi = 'proactive_share' and kpi_cell.dimension = 'channel')
    group by kpi_cell.kpi, latest.iso_week, kpi_cell.dimension, kpi_cell.member
), sized as (
    select *, case when n < $minimum_n then n else 0 end as small_n from summed
), ranked as (
    select *,
        sum(small_n) over (partition by kpi, dimension) as all_small_n,
        row_number() over (partition by kpi, dimension, small_n > 0 order by n, member) as size_rank
    from sized
)
select kpi, iso_week, cast(13 as bigint) as weeks, dimension, member, n, successes, opposites,
    cast($minimum_n as bigint) as least_n,
    small_n > 0 or (all_small_n between 1 and $minimum_n - 1 and size_rank = 1) as is_hidden
from ranked
