/* ---
about: >
  A contact that a bot alone closed as solved, seven days later: did the customer come back by any channel, on the
  same topic where both topics are known, or reopen it? Judged once the seven days have passed in the data of its own
  source and of every source of contacts that still sends any. Unknown customers can not be seen coming back and are
  left out
grain: [interaction_id]
--- */
with reach as (
    select source, max(data_through_at) as through_at
    from landing.load
    where object in ('ticket', 'case')
    group by source
), alive as (
    select min(through_at) as through_at from reach where through_at > $as_of - interval 35 day
), closed as (
    select interaction.*, interaction.resolved_at + interval 7 day as ends_at
    from interaction
    join reach on reach.source = interaction.source
    cross join alive
    where interaction.handled_by = 'bot' and interaction.resolved_at is not null and not interaction.is_open
        and interaction.customer_key is not null
        and interaction.resolved_at + interval 7 day <= least(
            $as_of, reach.through_at, coalesce(alive.through_at, reach.through_at)
        )
)
select
    closed.interaction_id, closed.customer_key, closed.topic, closed.channel, closed.resolved_at, closed.source,
    local_date(closed.ends_at) as judged_on,
    max(closed.reopened_count) > 0 or count(later.interaction_id) > 0 as came_back
from closed
left join interaction as later
    on later.customer_key = closed.customer_key and later.interaction_id <> closed.interaction_id
    and later.direction = 'reactive'
    and later.opened_at > closed.resolved_at and later.opened_at <= closed.ends_at
    and coalesce(later.topic = closed.topic, true)
group by
    closed.interaction_id, closed.customer_key, closed.topic, closed.channel, closed.resolved_at, closed.source,
    closed.ends_at
