/* ---
about: One ticket, chat, call or e-mail thread as it stood at $as_of; what happened to it later has not happened yet
grain: [interaction_id]
--- */
select
    contact.record_key as interaction_id, identity.customer_key, contact.channel, contact.direction,
    contact.opened_at, local_date(contact.opened_at) as opened_on,
    case when contact.human_requested_at <= $as_of then contact.human_requested_at end as human_requested_at,
    case when contact.first_human_at <= $as_of then contact.first_human_at end as first_human_at,
    case when contact.abandoned_at <= $as_of then contact.abandoned_at end as abandoned_at,
    case when contact.resolved_at <= $as_of then contact.resolved_at end as resolved_at,
    coalesce(contact.reopened_count, 0) as reopened_count,
    case when contact.reopened_at <= $as_of then contact.reopened_at end as reopened_at, contact.handle_seconds,
    coalesce(contact.handled_by, 'human') as handled_by, contact.topic, contact.agent_key,
    contact.is_open or coalesce(contact.resolved_at > $as_of, false) as is_open, contact.source
from staged.interaction as contact
left join identity on identity.record_key = contact.record_key
where contact.opened_at <= $as_of
