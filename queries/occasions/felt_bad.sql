/* ---
name: Felt badly treated
care_class: owed
kind: call
cadence_days: 30
due_days: 3
--- */
with answered as (
    select response.customer_key, response.answered_on, min(answer.value) as value
    from answer
    join response on response.response_id = answer.response_id
    where answer.item = 'emotion' and answer.scale_min = 1 and answer.scale_max = 7
        and response.customer_key is not null
    group by response.customer_key, response.answered_on
), latest as (
    select customer_key, answered_on, value
    from answered
    qualify row_number() over (partition by customer_key order by answered_on desc) = 1
)
select
    customer_key, answered_on as since_on,
    'Gave ' || cast(value as bigint)::varchar || ' of 7 on ' || strftime(answered_on, '%Y-%m-%d')
        || ' when asked how we made them feel.' as reason
from latest
where value <= 3 and answered_on > local_date($as_of) - interval 30 day
