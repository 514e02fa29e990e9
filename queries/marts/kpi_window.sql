/* ---
about: >
  Every KPI over one week and over the clocks of its definition. Groups under the minimum n, the company's or that of
  the definition if it is larger, are hidden; where those of a breakdown are together still under it, the next smallest goes too, so that the total does not give them away. A
  group crossed with a channel is guarded along both. A range or verdict is as wide as `effective_n` bears; what is made
  of fewer independent ones than the minimum, such as many events of few people, is hidden too
grain: [kpi, iso_week, weeks, dimension, member]
--- */
with bounded as (
    select window_cell.*,
        case
            when kpi_definition.minimum_n > $minimum_n then kpi_definition.minimum_n else $minimum_n
        end as least_n,
        least(n, coalesce(effective_n, n)) as bears
    from window_cell
    left join kpi_definition on kpi_definition.kpi = window_cell.kpi
), placed as (
    select *,
        case when dimension = 'segment_channel' then split_part(member, ' · ', 1) else dimension end as row_margin,
        case when dimension = 'segment_channel' then split_part(member, ' · ', 2) else dimension end as column_margin,
        case when bears < least_n then n else 0 end as small_n
    from bounded
), ranked as (
    select *,
        sum(small_n) over (partition by kpi, iso_week, weeks, dimension, row_margin) as row_small_n,
        sum(small_n) over (partition by kpi, iso_week, weeks, dimension, column_margin) as column_small_n,
        row_number() over (
            partition by kpi, iso_week, weeks, dimension, row_margin, small_n > 0 order by n, member
        ) as row_rank,
        row_number() over (
            partition by kpi, iso_week, weeks, dimension, column_margin, small_n > 0 order by n, member
        ) as column_rank
    from placed
)
select kpi, iso_week, weeks, dimension, member, n, successes, opposites, total, total_of_squares,
    coalesce(effective_n, n) as effective_n, maturity
from ranked
where bears >= least_n
    and (dimension = 'all' or not (
        (row_small_n between 1 and least_n - 1 and row_rank = 1)
        or (column_small_n between 1 and least_n - 1 and column_rank = 1)
    ))
