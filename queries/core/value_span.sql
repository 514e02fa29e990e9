/* ---
about: >
  The days that the order data reach from and to, and the day that splits them for a check against what followed: a
  year before the last, or half of a shorter span
grain: [last_order_on]
publish: none
--- */
with span as (
    select min(purchase_day.ordered_on) as first_order_on, max(order_reach.last_order_on) as last_order_on
    from purchase_day
    cross join order_reach
    where purchase_day.ordered_on <= order_reach.last_order_on
), halved as (
    select *, cast(least(365, floor(date_diff('day', first_order_on, last_order_on) / 2)) as integer) as period_days
    from span
    where first_order_on is not null
)
select first_order_on, last_order_on, period_days,
    cast(last_order_on - period_days * interval 1 day as date) as split_on
from halved
