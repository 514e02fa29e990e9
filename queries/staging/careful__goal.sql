/* ---
about: Goals as lists told them, every version of each row, and when it was told
feeds: goal
--- */
select
    goal_id, kpi, target_share, due_on, owner, nullif(from_on, date '1900-01-01') as from_on, dimension, member,
    received_at as told_at
from landing.careful__goal
