/* ---
about: >
  Every KPI over the last 1, 4 and 13 weeks. Groups under the minimum n are hidden, and where just one group
  of a breakdown would be, the next smallest too, so that the total does not give it away
grain: [kpi, iso_week, weeks, dimension, member]
--- */
with marked as (
    select *, n < $minimum_n as is_small,
        row_number() over (partition by kpi, iso_week, weeks, dimension order by n, member) as size_rank,
        count(*) filter (where n < $minimum_n) over (partition by kpi, iso_week, weeks, dimension) as small_groups
    from window_cell
)
select kpi, iso_week, weeks, dimension, member, n, successes, opposites, total, total_of_squares, maturity
from marked
where not is_small and not (dimension <> 'all' and small_groups = 1 and size_rank = 2)
