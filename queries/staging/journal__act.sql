/* ---
about: Every act that was ever on a care list, as it stands
feeds: planned_act
--- */
select
    thing_id as act_id, initiative_id, occasion, kind, customer_key, state, since_on, due_on,
    written_at as changed_at
from landing.journal__act
qualify row_number() over (partition by thing_id order by version desc) = 1
