/* ---
about: Salesforce cases as interactions
feeds: interaction
--- */
select
    record_key, source, lower(coalesce(channel, 'web')) as channel,
    coalesce(direction, 'reactive') as direction, created_at as opened_at,
    human_requested_at, first_human_at, abandoned_at, closed_at as resolved_at, topic, agent_key,
    closed_at is null as is_open
from landing.salesforce__case
where not is_deleted
