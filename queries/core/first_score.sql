/* ---
about: >
  The first time each person was asked an item in the period, by invitation or by answer: what they said within 28
  days, or that they did not answer, and whether they bought in the 180 days after. The period is the last year of
  which these 28 and 180 days have wholly passed in the order data; where invitations are known it begins no earlier than these, so
  that the silent are there from the start
grain: [item, customer_key]
publish: none
--- */
with answered as (
    select answer.item, response.customer_key, response.answered_on, answer.value, response.answered_at,
        response.response_id
    from answer
    join response on response.response_id = answer.response_id
    where answer.item in ('purchase_more', 'emotion') and answer.scale_min = 1 and answer.scale_max = 7
        and response.customer_key is not null
), invited as (
    select item_survey.item, invitation.customer_key, invitation.invited_on
    from invitation
    join item_survey on item_survey.survey = invitation.survey
    where item_survey.item in ('purchase_more', 'emotion') and invitation.customer_key is not null
), period as (
    select answered.item, order_reach.last_order_on - interval 208 day as last_on,
        greatest(order_reach.last_order_on - interval 573 day, min(invited.invited_on) - interval 1 day) as before_on
    from (select distinct item from answered) as answered
    cross join order_reach
    left join invited on invited.item = answered.item
    group by answered.item, order_reach.last_order_on
), asked as (
    select every.item, every.customer_key, min(every.asked_on) as asked_on
    from (
        select item, customer_key, invited_on as asked_on from invited
        union all
        select item, customer_key, answered_on from answered
    ) as every
    join period on period.item = every.item and every.asked_on > period.before_on and every.asked_on <= period.last_on
    group by every.item, every.customer_key
), said as (
    select asked.item, asked.customer_key, asked.asked_on, answered.answered_on, answered.value
    from asked
    left join answered
        on answered.item = asked.item and answered.customer_key = asked.customer_key
        and answered.answered_on >= asked.asked_on and answered.answered_on <= asked.asked_on + interval 28 day
    qualify row_number() over (
        partition by asked.item, asked.customer_key order by answered.answered_at, answered.response_id
    ) = 1
), moment as (
    select item, customer_key, value, coalesce(answered_on, asked_on) as moment_on from said
)
select
    moment.item, moment.customer_key, moment.moment_on,
    case
        when moment.value is null then 'did not answer'
        when moment.value >= 6 then 'high'
        when moment.value <= 3 then 'low'
        else 'middle'
    end as level,
    count(purchase.order_id) > 0 as came_back
from moment
left join purchase
    on purchase.customer_key = moment.customer_key
    and purchase.ordered_on > moment.moment_on
    and purchase.ordered_on <= moment.moment_on + interval 180 day
group by moment.item, moment.customer_key, moment.moment_on, moment.value
