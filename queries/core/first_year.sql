/* ---
about: >
  A customer whose first known order was a year ago or more: did another follow within 365 days? Judged once the year
  has passed in the order data of every source that still sends any
grain: [customer_key]
--- */
with reach as (
    select source, max(data_through_at) as through_at
    from landing.load
    where source in (select distinct source from purchase) and object in ('order', 'opportunity', 'deal')
    group by source
), alive as (
    select min(through_at) as through_at from reach where through_at > $as_of - interval 35 day
), first_order as (
    select customer_key, ordered_at as first_ordered_at, ordered_on as first_ordered_on, source,
        ordered_at + interval 365 day as ends_at
    from purchase
    where customer_key is not null
    qualify row_number() over (partition by customer_key order by ordered_at, order_id) = 1
)
select
    first_order.customer_key, first_order.first_ordered_on, local_date(first_order.ends_at) as judged_on,
    first_order.source, count(purchase.order_id) > 0 as ordered_again
from first_order
cross join alive
left join purchase
    on purchase.customer_key = first_order.customer_key
    and purchase.ordered_at > first_order.first_ordered_at and purchase.ordered_at <= first_order.ends_at
where first_order.ends_at <= least($as_of, alive.through_at)
group by first_order.customer_key, first_order.first_ordered_on, first_order.source, first_order.ends_at
