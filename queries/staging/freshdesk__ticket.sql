/* ---
about: >
  Freshdesk tickets as interactions; an e-mail that we began is proactive. The first response is the time at which it
  was given: the export's hours are hours of business
feeds: interaction
--- */
select
    record_key, source,
    case lower(coalesce(channel, 'web'))
        when 'portal' then 'web' when 'feedback widget' then 'web' when 'outbound email' then 'email'
        else lower(coalesce(channel, 'web'))
    end as channel,
    coalesce(direction, case when lower(channel) = 'outbound email' then 'proactive' else 'reactive' end) as direction,
    created_at as opened_at, human_requested_at, first_response_at as first_human_at, abandoned_at,
    coalesce(resolved_at, closed_at) as resolved_at, topic, agent_key,
    lower(status) not in ('resolved', 'closed') as is_open
from landing.freshdesk__ticket
