/* ---
about: >
  Zoho cases as interactions. A closed case of which no time of closing is told was closed when it was last changed
feeds: interaction
--- */
with ended as (
    select *, coalesce(closed_at, case when lower(status) = 'closed' then modified_at end) as ended_at
    from landing.zoho__case
)
select
    record_key, source, lower(coalesce(channel, 'web')) as channel,
    coalesce(direction, 'reactive') as direction, created_at as opened_at,
    human_requested_at, first_human_at, abandoned_at, ended_at as resolved_at, topic, agent_key,
    ended_at is null and lower(status) <> 'closed' as is_open
from ended
