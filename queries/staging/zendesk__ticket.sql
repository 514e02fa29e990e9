/* ---
about: Zendesk tickets as interactions; deleted and merged-away tickets are none
feeds: interaction
--- */
select
    record_key, source,
    case channel
        when 'native_messaging' then 'chat' when 'messaging' then 'chat'
        when 'voice' then 'phone' when 'api' then 'web' when 'web_service' then 'web'
        when 'mobile_sdk' then 'web' when 'mobile' then 'web'
        when 'mail' then 'email' when 'web form' then 'web' when 'web service' then 'web' when 'web widget' then 'web'
        else channel
    end as channel,
    coalesce(direction, 'reactive') as direction,
    created_at as opened_at,
    human_requested_at,
    coalesce(first_human_at, created_at + first_reply_minutes * interval 1 minute) as first_human_at,
    abandoned_at,
    solved_at as resolved_at,
    reopened_count, reopened_at, handle_seconds, handled_by, topic, agent_key,
    status not in ('solved', 'closed') as is_open
from landing.zendesk__ticket
where status <> 'deleted' and not is_merged
