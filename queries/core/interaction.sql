/* ---
about: One ticket, chat, call or e-mail thread
grain: [interaction_id]
--- */
select
    contact.record_key as interaction_id, identity.customer_key, contact.channel, contact.direction,
    contact.opened_at, local_date(contact.opened_at) as opened_on,
    contact.human_requested_at, contact.first_human_at, contact.abandoned_at, contact.resolved_at,
    coalesce(contact.reopened_count, 0) as reopened_count, contact.reopened_at, contact.handle_seconds,
    coalesce(contact.handled_by, 'human') as handled_by, contact.topic, contact.agent_key,
    contact.is_open, contact.source
from staged.interaction as contact
left join identity on identity.record_key = contact.record_key
where contact.opened_at <= $as_of
