/* ---
about: >
  How many people gave each score, and of how many the bad end came: the customer is gone, or bought nothing in the
  180 days after. One answer a person and survey: the last one; for purchases the last one that is old enough
grain: [place, item, outcome, scale_min, scale_max, value]
publish: none
--- */
with reach as (
    select max(ordered_on) as until from purchase where customer_key is not null
), last_answered as (
    select response.response_id, response.source as place, 'gone' as outcome,
        customer.gone_on is not null as is_bad
    from response
    join customer on customer.customer_key = response.customer_key
    qualify row_number() over (
        partition by response.source, response.wave, response.customer_key
        order by response.answered_at desc, response.response_id
    ) = 1
), old_enough as (
    select response.response_id, response.source as place, response.customer_key, response.answered_on
    from response
    cross join reach
    where response.customer_key is not null and response.answered_on <= reach.until - interval 180 day
    qualify row_number() over (
        partition by response.source, response.wave, response.customer_key
        order by response.answered_at desc, response.response_id
    ) = 1
), bought as (
    select distinct old_enough.response_id
    from old_enough
    join purchase
        on purchase.customer_key = old_enough.customer_key
        and purchase.ordered_on > old_enough.answered_on
        and purchase.ordered_on <= old_enough.answered_on + interval 180 day
), judged as (
    select response_id, place, outcome, is_bad from last_answered
    union all
    select old_enough.response_id, old_enough.place, 'bought nothing', bought.response_id is null
    from old_enough
    left join bought on bought.response_id = old_enough.response_id
)
select
    judged.place, answer.item, judged.outcome, answer.scale_min, answer.scale_max, answer.value,
    count(*) as n, count(*) filter (where judged.is_bad) as bad
from judged
join answer on answer.response_id = judged.response_id
group by judged.place, answer.item, judged.outcome, answer.scale_min, answer.scale_max, answer.value
