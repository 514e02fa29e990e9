/* ---
about: Where we want a number to be, and by when
grain: [goal_id]
--- */
select goal_id, kpi, target_share, due_on, owner from staged.goal
