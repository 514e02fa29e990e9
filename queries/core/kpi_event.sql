/* ---
about: >
  One row per thing that a KPI counts: an answer, a wait, a contact. `is_success` is the top box of the item's
  own scale (6–7 of 7, 9–10 of 10, 4–5 of 5), `is_opposite` its bottom box (1–3 of 7, 0–6 of 10, 1–2 of 5).
grain: []
publish: none
--- */
with answered as (
    select
        answer.item as kpi,
        response.answered_on as happened_on, response.customer_key, response.channel,
        case
            when answer.scale_max - answer.scale_min = 10 then answer.value >= answer.scale_max - 1
            when answer.scale_max - answer.scale_min = 6 then answer.value >= answer.scale_max - 1
            when answer.scale_max - answer.scale_min = 4 then answer.value >= answer.scale_max - 1
            when answer.scale_max - answer.scale_min <= 2 then answer.value >= answer.scale_max
        end as is_success,
        case
            when answer.scale_max - answer.scale_min = 10 then answer.value <= answer.scale_min + 6
            when answer.scale_max - answer.scale_min = 6 then answer.value <= answer.scale_min + 2
            when answer.scale_max - answer.scale_min = 4 then answer.value <= answer.scale_min + 1
            when answer.scale_max - answer.scale_min <= 2 then answer.value <= answer.scale_min
        end as is_opposite,
        answer.value
    from answer
    join response on response.response_id = answer.response_id
), waited as (
    select basis || '_within_promise' as kpi, asked_on, customer_key, channel, is_within_promise,
        not is_within_promise, case when is_within_promise then 1 else 0 end
    from wait
    where is_within_promise is not null
), touched as (
    select 'proactive_share' as kpi, opened_on, customer_key, channel, direction = 'proactive',
        direction = 'reactive', case when direction = 'proactive' then 1 else 0 end
    from interaction
    union all
    select 'proactive_share', done_on, customer_key, coalesce(kind, 'care act'), true, false, 1
    from care_act
    where outcome = 'done'
), every as (
    select kpi, happened_on, customer_key, channel, is_success, is_opposite, value from answered
    union all
    select * from waited
    union all
    select * from touched
)
select
    every.kpi, dates.iso_week, every.customer_key, coalesce(every.channel, 'not known') as channel,
    coalesce(customer.segment, 'not known') as segment, coalesce(customer.region, 'not known') as region,
    every.is_success, every.is_opposite, cast(every.value as double) as value
from every
join dates on dates.date_on = every.happened_on
left join customer on customer.customer_key = every.customer_key
where every.is_success is not null
