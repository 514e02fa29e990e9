/* ---
about: >
  How many people answered what together, by each person's last answers in the last 13 closed weeks; what loyalty
  and drivers rest on
grain: [success, effort, emotion, purchase_more, recommend, forgive, trust]
--- */
with period as (
    select max(date_on) as last_on from dates where is_closed
), newest as (
    select response_id from response cross join period
    where answered_on <= period.last_on and response_id in (select response_id from answer where item = 'emotion')
    qualify row_number() over (
        partition by coalesce(customer_key, response_id) order by answered_at desc, response_id
    ) = 1
), wide as (
    select answer.response_id,
        max(case when answer.item = 'success' then answer.value end) as success,
        max(case when answer.item = 'effort' then answer.value end) as effort,
        max(case when answer.item = 'emotion' then answer.value end) as emotion,
        max(case when answer.item = 'purchase_more' then answer.value end) as purchase_more,
        max(case when answer.item = 'recommend' then answer.value end) as recommend,
        max(case when answer.item = 'forgive' then answer.value end) as forgive,
        max(case when answer.item = 'trust' then answer.value end) as trust
    from answer
    join response on response.response_id = answer.response_id
    cross join period
    join newest on newest.response_id = response.response_id
    where answer.scale_min = 1 and answer.scale_max = 7
        and response.answered_on <= period.last_on and response.answered_on > period.last_on - interval 91 day
    group by answer.response_id
)
select success, effort, emotion, purchase_more, recommend, forgive, trust, count(*) as count
from wide
where success is not null or effort is not null or emotion is not null
group by success, effort, emotion, purchase_more, recommend, forgive, trust
