/* ---
about: >
  Customers by what they spend and how they felt when last asked. Groups under the minimum n are hidden; where those
  of a row or column are together still under it, the next smallest goes too
grain: [value_band, emotion_band]
--- */
with counted as (
    select value_band, emotion_band, count(*) as customers, sum(spend_amount) as spend_amount,
        min(currency) as currency, case when count(*) < $minimum_n then count(*) else 0 end as small
    from customer_value
    where gone_on is null
    group by value_band, emotion_band
), ranked as (
    select *,
        sum(small) over (partition by value_band) as row_small,
        sum(small) over (partition by emotion_band) as column_small,
        row_number() over (partition by value_band, small > 0 order by customers, emotion_band) as row_rank,
        row_number() over (partition by emotion_band, small > 0 order by customers, value_band) as column_rank
    from counted
)
select value_band, emotion_band, customers, spend_amount, currency
from ranked
where customers >= $minimum_n
    and not (row_small between 1 and $minimum_n - 1 and row_rank = 1)
    and not (column_small between 1 and $minimum_n - 1 and column_rank = 1)
