/* ---
name: Gave up waiting for us
care_class: owed
kind: call
cadence_days: 14
due_days: 2
--- */
with reached as (
    select customer_key, max(opened_at) as reached_at
    from interaction
    where first_human_at is not null and customer_key is not null
    group by customer_key
), given_up as (
    select customer_key, opened_at, opened_on, channel, topic
    from interaction
    where abandoned_at is not null and customer_key is not null
        and opened_on > local_date($as_of) - interval 14 day
    qualify row_number() over (partition by customer_key order by opened_at desc) = 1
)
select
    given_up.customer_key, given_up.opened_on as since_on,
    'Gave up waiting for us on ' || strftime(given_up.opened_on, '%Y-%m-%d') || ' (' || given_up.channel
        || coalesce(', about ' || given_up.topic, '') || ') and has not reached a person since.' as reason
from given_up
left join reached on reached.customer_key = given_up.customer_key
where reached.reached_at is null or reached.reached_at <= given_up.opened_at
