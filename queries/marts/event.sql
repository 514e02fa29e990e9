/* ---
about: What happened that a chart should tell of, to whom, and since when it is known as it is told here
grain: [event_id]
--- */
select
    event_id, kind, says, from_on, coalesce(until_on, from_on) as until_on, coalesce(dimension, 'all') as dimension,
    coalesce(member, 'all') as member, kpi, told_at as known_since
from staged.event
where not coalesce(is_dropped, false) and from_on <= local_date($as_of - interval 1 second)
