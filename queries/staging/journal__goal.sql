/* ---
about: Every target that somebody set, from the day it counts (of a day the last); one of a list may be changed too
feeds: goal
--- */
select
    thing_id as goal_id, kpi, target_share, due_on, owner, from_on, dimension, member, is_dropped,
    written_at as told_at
from landing.journal__goal
qualify row_number() over (partition by thing_id, from_on order by version desc) = 1
