/* ---
about: >
  What became of the acts on the care lists; where no bill says what one cost, what the plan said when it was done, so
  that a new price changes nothing about acts done before
feeds: care_act
--- */
with act as (
    select record_key, customer_key, thing_id, initiative_id, state, kind, occasion, cost_amount, currency,
        coalesce(done_at, written_at) as done_at
    from landing.journal__act
    qualify row_number() over (partition by thing_id order by version desc) = 1
), plan as (
    select initiative_id, cost_each, currency, written_at,
        lead(written_at) over written as replaced_at, row_number() over written = 1 as is_first
    from landing.journal__plan
    window written as (partition by initiative_id order by entry_id)
)
select
    act.record_key, act.customer_key, act.thing_id as act_id, act.initiative_id, act.done_at, act.state as outcome,
    act.kind, coalesce(act.cost_amount, plan.cost_each) as cost_amount,
    coalesce(act.currency, plan.currency) as currency, act.occasion
from act
left join plan
    on plan.initiative_id = act.initiative_id
    and (plan.is_first or plan.written_at <= act.done_at)
    and coalesce(act.done_at < plan.replaced_at, true)
where act.state in ('done', 'not_reached', 'wrong_address', 'never_again')
