/* ---
about: >
  How many people answered what together, by each person's last answers in the last 13 closed weeks: the three
  drivers and one behaviour at a time, at most 2,401 combinations each, however many people answered
grain: [behaviour, success, effort, emotion, value]
--- */
with asked as (
    select 'purchase_more' as behaviour union all select 'recommend' union all select 'forgive' union all select 'trust'
), told as (
    select asked.behaviour, loyalty_answer.success, loyalty_answer.effort, loyalty_answer.emotion,
        case asked.behaviour
            when 'purchase_more' then loyalty_answer.purchase_more
            when 'recommend' then loyalty_answer.recommend
            when 'forgive' then loyalty_answer.forgive
            else loyalty_answer.trust
        end as value
    from loyalty_answer cross join asked
)
select behaviour, success, effort, emotion, value, count(*) as count
from told
where success is not null and effort is not null and emotion is not null and value is not null
group by behaviour, success, effort, emotion, value
