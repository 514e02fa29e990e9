/* ---
about: One act of care done for a customer; without an initiative it was spontaneous
grain: [act_id]
--- */
select
    act.act_id, act.initiative_id, identity.customer_key, act.done_at, local_date(act.done_at) as done_on,
    act.outcome, act.kind, act.cost_amount, act.currency, act.given_by, act.occasion
from staged.care_act as act
left join identity on identity.record_key = act.record_key
where act.done_at <= $as_of
