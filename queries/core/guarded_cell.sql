/* ---
about: >
  The counts of every window, and whether a group is hidden. Groups under the minimum n, the company's or that of
  the definition if it is larger, are hidden; where those of a breakdown are together still under it, the next smallest
  goes too, so that the total does not give them away; what another breakdown would give away is in nested_cell. A range
  or verdict is as wide as `effective_n` bears; what is made of fewer independent ones than the minimum, such as many
  events of few people, is hidden too
grain: [kpi, iso_week, weeks, dimension, member]
publish: none
--- */
with bounded as (
    select window_cell.*,
        case
            when kpi_definition.minimum_n > $minimum_n then kpi_definition.minimum_n else $minimum_n
        end as least_n,
        least(n, coalesce(effective_n, n)) as bears
    from window_cell
    left join kpi_definition on kpi_definition.kpi = window_cell.kpi
), sized as (
    select *, case when bears < least_n then n else 0 end as small_n from bounded
), ranked as (
    select *,
        sum(small_n) over (partition by kpi, iso_week, weeks, dimension) as all_small_n,
        row_number() over (
            partition by kpi, iso_week, weeks, dimension, small_n > 0 order by n, member
        ) as size_rank
    from sized
)
select kpi, iso_week, weeks, dimension, member, n, successes, opposites, total, total_of_squares,
    coalesce(effective_n, n) as effective_n, maturity, least_n,
    bears < least_n
        or (dimension <> 'all' and all_small_n between 1 and least_n - 1 and size_rank = 1) as is_hidden
from ranked
