/* ---
about: HubSpot tickets as interactions
feeds: interaction
--- */
select
    record_key, source,
    case lower(coalesce(channel, 'web'))
        when 'form' then 'web' when 'help desk' then 'web' when 'calls' then 'phone' when 'call' then 'phone'
        else lower(coalesce(channel, 'web'))
    end as channel,
    coalesce(direction, 'reactive') as direction,
    created_at as opened_at,
    created_at + first_reply_seconds * interval 1 second as first_human_at,
    closed_at as resolved_at, topic, agent_key, closed_at is null as is_open
from landing.hubspot__ticket
