/* ---
about: >
  One row per thing that a KPI counts: an answer, a wait, a contact. `is_success` is the top box of the item's
  own scale (6–7 of 7, 9–10 of 10, 4–5 of 5), `is_opposite` its bottom box (1–3 of 7, 0–6 of 10, 1–2 of 5). Answers
  on another scale than the item's in that week (series_week) are not mixed in. The channel of an answer is that of
  the contact it is about. `response_id` and `interaction_id`: the records that it is of, where it is of any
grain: []
publish: none
--- */
with answered as (
    select
        answer.item as kpi,
        response.answered_on as happened_on, response.customer_key, interaction.channel, response.source,
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
        answer.value, response.response_id, response.interaction_id
    from answer
    join response on response.response_id = answer.response_id
    join dates on dates.date_on = response.answered_on
    join series_week
        on series_week.kpi = answer.item and series_week.iso_week = dates.iso_week and series_week.what = 'scale'
        and series_week.form = cast(answer.scale_min as varchar) || '–' || cast(answer.scale_max as varchar)
    left join interaction on interaction.interaction_id = response.interaction_id
), waited as (
    select basis || '_within_promise' as kpi, asked_on, customer_key, channel, source, is_within_promise,
        not is_within_promise, case when is_within_promise then 1 else 0 end, cast(null as varchar) as response_id,
        interaction_id
    from wait
    where is_within_promise is not null
), touched as (
    select 'proactive_share' as kpi, opened_on, customer_key, channel, source, direction = 'proactive',
        direction = 'reactive', case when direction = 'proactive' then 1 else 0 end,
        cast(null as varchar) as response_id, interaction_id
    from interaction
    union all
    select 'proactive_share', done_on, customer_key, coalesce(kind, 'care act'), 'careful', true, false, 1, null, null
    from care_act
    where outcome = 'done'
), came_back as (
    select 'bot_came_back' as kpi, judged_on, customer_key, channel, source, came_back, not came_back,
        case when came_back then 1 else 0 end, cast(null as varchar) as response_id, interaction_id
    from bot_contact
), ordered_again as (
    select 'ordered_again_year' as kpi, judged_on, customer_key, cast(null as varchar) as channel, source,
        ordered_again, not ordered_again, case when ordered_again then 1 else 0 end,
        cast(null as varchar) as response_id, cast(null as varchar) as interaction_id
    from first_year
), every as (
    select kpi, happened_on, customer_key, channel, source, is_success, is_opposite, value, response_id, interaction_id
    from answered
    union all
    select * from waited
    union all
    select * from touched
    union all
    select * from came_back
    union all
    select * from ordered_again
)
select
    every.kpi, dates.iso_week, every.happened_on, every.source, every.customer_key,
    coalesce(every.channel, 'not known') as channel,
    coalesce(customer.segment, 'not known') as segment, coalesce(customer.region, 'not known') as region,
    every.is_success, every.is_opposite, cast(every.value as double) as value, every.response_id,
    every.interaction_id
from every
join dates on dates.date_on = every.happened_on
left join customer on customer.customer_key = every.customer_key
where every.is_success is not null
