/* ---
name: Had to come back because it was not solved
care_class: owed
kind: call
cadence_days: 30
due_days: 3
--- */
with reopened as (
    select customer_key, opened_on, channel, topic, reopened_count
    from interaction
    where reopened_count > 0 and customer_key is not null and opened_on > local_date($as_of) - interval 30 day
    qualify row_number() over (partition by customer_key order by reopened_count desc, opened_at desc) = 1
)
select
    customer_key, opened_on as since_on,
    'Had to come back ' || case when reopened_count = 1 then 'once' when reopened_count = 2 then 'twice'
            else reopened_count::varchar || ' times' end
        || coalesce(' about ' || topic, '') || ': what we said was solved on ' || strftime(opened_on, '%Y-%m-%d')
        || ' was not.' as reason
from reopened
