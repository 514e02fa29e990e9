/* ---
name: Welcome after the first purchase
care_class: extra
kind: greeting card
cadence_days: 3650
due_days: 7
--- */
with bought as (
    select customer_key, count(*) as orders, min(ordered_on) as first_order_on
    from purchase
    where customer_key is not null
    group by customer_key
)
select
    customer_key, first_order_on as since_on,
    'Chose us for the first time on ' || strftime(first_order_on, '%Y-%m-%d') || '.' as reason
from bought
where orders = 1 and first_order_on > local_date($as_of) - interval 14 day
