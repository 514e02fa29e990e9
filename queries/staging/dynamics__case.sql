/* ---
about: >
  Dynamics cases as interactions. A resolved case can not be edited, so that it was resolved when it was last changed
feeds: interaction
--- */
with ended as (
    select *,
        coalesce(
            resolved_at,
            case when lower(status) in ('resolved', 'canceled', 'cancelled') then modified_at end
        ) as ended_at
    from landing.dynamics__case
)
select
    record_key, source, lower(coalesce(channel, 'web')) as channel,
    coalesce(direction, 'reactive') as direction, created_at as opened_at,
    human_requested_at, first_human_at, abandoned_at, ended_at as resolved_at, topic, agent_key,
    ended_at is null as is_open
from ended
