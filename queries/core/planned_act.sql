/* ---
about: Every act that was ever on a care list, as it stands, with who its customer is now
grain: [act_id]
--- */
select
    act.act_id, act.initiative_id, act.occasion, act.kind, person.customer_key, act.state, act.since_on,
    act.due_on, act.changed_at, local_date(act.changed_at) as changed_on
from staged.planned_act as act
join person on person.known_as = act.customer_key
where act.changed_at <= $as_of
