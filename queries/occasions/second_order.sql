/* ---
name: Thank-you after the second order
care_class: extra
kind: handwritten note
cadence_days: 365
due_days: 14
--- */
with numbered as (
    select customer_key, ordered_on,
        row_number() over (partition by customer_key order by ordered_at, order_id) as nth,
        min(ordered_on) over (partition by customer_key) as first_order_on
    from purchase
    where customer_key is not null
)
select
    customer_key, ordered_on as since_on,
    'Came back on ' || strftime(ordered_on, '%Y-%m-%d') || ' for a second order; the first was on '
        || strftime(first_order_on, '%Y-%m-%d') || '.' as reason
from numbered
where nth = 2 and ordered_on > local_date($as_of) - interval 30 day
