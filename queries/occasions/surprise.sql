/* ---
name: A small surprise
care_class: extra
kind: surprise
cadence_days: 180
due_days: 7
is_surprise: true
--- */
/* Each week another sixteenth of the customers comes up, by the first digit of the key: nobody can learn when. */
with this_week as (
    select cast(floor(date_diff('day', date '2024-01-01', local_date($as_of)) / 7) as bigint) % 16 as turn
), loyal as (
    select customer_key, min(ordered_on) as since_on, count(*) as orders
    from purchase
    where customer_key is not null and ordered_on > local_date($as_of) - interval 365 day
    group by customer_key
)
select
    loyal.customer_key, local_date($as_of) as since_on,
    'Ordered ' || loyal.orders::varchar || ' times since ' || strftime(loyal.since_on, '%B') || ', and expects nothing.'
        as reason
from loyal
join this_week on strpos('0123456789abcdef', substr(loyal.customer_key, 1, 1)) - 1 = this_week.turn
where loyal.orders >= 3
