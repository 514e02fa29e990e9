/* ---
about: One answered survey; customer_key is null where we do not know who answered
grain: [response_id]
--- */
select
    response.record_key as response_id, identity.customer_key, response.interaction_key as interaction_id,
    response.asked_at, response.answered_at, local_date(response.answered_at) as answered_on,
    response.wave, response.channel, response.language, response.source
from staged.response as response
left join identity on identity.record_key = response.record_key
where response.answered_at <= $as_of
