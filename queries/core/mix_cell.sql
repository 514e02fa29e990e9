/* ---
about: >
  The parts of every KPI over its windows, for the last 26 closed weeks, beside the fixed mix they are weighted to:
  of answers the segments of the customer base; of contacts, and of answers about them, the channels of these 26
  weeks. What we do unasked has no usual channel: there the channel is what is counted. A part of the mix without
  answers is there with n = 0. Parts that kpi_window hides are one here, `all others`, with all that is hidden beside
  them: a line made of published counts alone gives no hidden one away. A window under the minimum n is left out
grain: [kpi, iso_week, weeks, dimension, member]
publish: none
--- */
with closed as (
    select distinct iso_week from dates where is_closed and week_ends_on >= local_date($as_of) - interval 182 day
), mix as (
    select item.kpi, 'segment' as dimension, base.segment as member, base.customers as mix_n
    from (select distinct item as kpi from answer) as item
    cross join (select segment, sum(customers) as customers from customer_cell group by segment) as base
    union all
    select kpi, dimension, member, sum(n)
    from kpi_cell
    where dimension = 'channel' and iso_week in (select iso_week from closed)
        and kpi <> 'proactive_share' and member <> 'not known'
    group by kpi, dimension, member
), window_of as (
    select distinct window_cell.kpi, window_cell.iso_week, window_cell.weeks, window_cell.dimension
    from window_cell
    join closed on closed.iso_week = window_cell.iso_week
), cell as (
    select window_cell.kpi, window_cell.iso_week, window_cell.weeks, window_cell.dimension, window_cell.member,
        window_cell.n, window_cell.successes, window_cell.opposites, kpi_window.member is null as is_hidden
    from window_cell
    left join kpi_window
        on kpi_window.kpi = window_cell.kpi and kpi_window.dimension = window_cell.dimension
        and kpi_window.member = window_cell.member and kpi_window.iso_week = window_cell.iso_week
        and kpi_window.weeks = window_cell.weeks
    where window_cell.dimension in ('segment', 'channel') and window_cell.iso_week in (select iso_week from closed)
), guarded as (
    select *,
        sum(n) over (partition by kpi, iso_week, weeks, dimension, is_hidden) as all_n,
        sum(successes) over (partition by kpi, iso_week, weeks, dimension, is_hidden) as all_successes,
        sum(opposites) over (partition by kpi, iso_week, weeks, dimension, is_hidden) as all_opposites
    from cell
), placed as (
    select mix.kpi, window_of.iso_week, window_of.weeks, mix.dimension,
        case when guarded.is_hidden then 'all others' else mix.member end as member, mix.mix_n,
        case when guarded.is_hidden then guarded.all_n else coalesce(guarded.n, 0) end as n,
        case when guarded.is_hidden then guarded.all_successes else coalesce(guarded.successes, 0) end as successes,
        case when guarded.is_hidden then guarded.all_opposites else coalesce(guarded.opposites, 0) end as opposites
    from mix
    join window_of on window_of.kpi = mix.kpi and window_of.dimension = mix.dimension
    left join guarded
        on guarded.kpi = mix.kpi and guarded.dimension = mix.dimension and guarded.member = mix.member
        and guarded.iso_week = window_of.iso_week and guarded.weeks = window_of.weeks
)
select
    kpi, iso_week, weeks, dimension, member, cast(sum(mix_n) as bigint) as mix_n, cast(max(n) as bigint) as n,
    cast(max(successes) as bigint) as successes, cast(max(opposites) as bigint) as opposites
from placed
group by kpi, iso_week, weeks, dimension, member
qualify sum(max(n)) over (partition by kpi, iso_week, weeks, dimension) >= $minimum_n
