/* ---
about: >
  How many of each level bought again within 180 days. Levels under the minimum n are hidden; where those of an item
  are together still under it, the next smallest goes too: items asked in one survey have the same total
grain: [item, level]
publish: none
--- */
with counted as (
    select item, level, count(*) as customers, count(*) filter (where came_back) as came_back
    from first_score
    group by item, level
), ranked as (
    select *,
        sum(case when customers < $minimum_n then customers else 0 end) over (partition by item) as small_customers,
        row_number() over (partition by item, customers < $minimum_n order by customers, level) as size_rank
    from counted
)
select item, level, 180 as horizon_days, customers, came_back
from ranked
where customers >= $minimum_n and not (small_customers between 1 and $minimum_n - 1 and size_rank = 1)
