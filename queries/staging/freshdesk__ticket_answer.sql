/* ---
about: >
  What a Freshdesk survey's word says as an answer: happy 2, neutral 1, unhappy 0, however many steps the survey has
feeds: answer
--- */
with rated as (
    select record_key, lower(satisfaction) as word from landing.freshdesk__ticket
)
select
    record_key, 'ticket_satisfaction' as item,
    case
        when word in ('extremely happy', 'very happy', 'happy') then 2
        when word = 'neutral' then 1
        else 0
    end as value,
    0 as scale_min, 2 as scale_max
from rated
where word in (
    'extremely happy', 'very happy', 'happy', 'neutral', 'unhappy', 'very unhappy', 'extremely unhappy'
)
