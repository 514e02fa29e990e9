/* ---
about: >
  What a customer of each group will probably be worth, on average, by the terms of `clv_model`; the range is of
  simulated futures. dimension `all`, `segment`, `rfm_segment` or `value_band`. Groups under the minimum n are hidden;
  where those of a breakdown are together still under it, the next smallest goes too
grain: [dimension, member]
--- */
with ranked as (
    select *,
        sum(case when n < $minimum_n then n else 0 end) over (partition by dimension) as small_n,
        row_number() over (partition by dimension, n < $minimum_n order by n, member) as size_rank
    from clv_group
)
select dimension, member, n, clv, clv_low, clv_high, $currency as currency
from ranked
where n >= $minimum_n and not (dimension <> 'all' and small_n between 1 and $minimum_n - 1 and size_rank = 1)
