/* ---
about: Where we want a number to be, and by when, as it counts on the day of $as_of
grain: [goal_id]
--- */
select goal_id, kpi, target_share, due_on, owner, from_on, dimension, member
from goal_target
where until_on is null
