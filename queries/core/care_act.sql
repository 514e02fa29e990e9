/* ---
about: >
  One act of care done for a customer; without an initiative it was spontaneous. An act of our lists is told by the
  journal, which knows what came back about it
grain: [act_id]
--- */
select
    act.act_id, act.initiative_id, person.customer_key, act.done_at, local_date(act.done_at) as done_on,
    act.outcome, act.kind, act.cost_amount, act.currency, act.given_by, act.occasion
from staged.care_act as act
left join person on person.known_as = coalesce(act.customer_key, act.record_key)
where act.done_at <= $as_of
    and (act.customer_key is not null or act.act_id not in (select act_id from staged.planned_act))
qualify row_number() over (
    partition by act.act_id order by act.customer_key is null, act.done_at desc, act.record_key
) = 1
