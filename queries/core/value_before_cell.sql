/* ---
about: >
  Customers as on the day that splits the order data, counted exactly, and what they bought after. is_top: of the tenth
  who bought on most days in the period before; among equals who bought before, then the customer key
grain: [is_top, repeat_days, recency_days, age_days]
publish: none
--- */
with ranked as (
    select *,
        row_number() over (order by bought_before desc, age_days desc, customer_key) as place,
        count(*) filter (where bought_before > 0) over () as buyers
    from customer_before
)
select
    bought_before > 0 and place <= round(buyers / 10) as is_top, repeat_days, recency_days, age_days,
    count(*) as customers, cast(sum(bought_before) as bigint) as bought_before,
    cast(sum(bought_after) as bigint) as bought_after,
    cast(sum(bought_after * bought_after) as bigint) as bought_after_squared
from ranked
group by bought_before > 0 and place <= round(buyers / 10), repeat_days, recency_days, age_days
