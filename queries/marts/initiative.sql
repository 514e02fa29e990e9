/* ---
about: What we do on purpose to care, and how far it got
grain: [initiative_id]
--- */
with act as (
    select initiative_id, count(*) filter (where outcome = 'done') as done,
        count(*) filter (where outcome <> 'done') as not_delivered
    from care_act
    where initiative_id is not null
    group by initiative_id
), plan as (
    select initiative_id, count(*) filter (where arm = 'treated') as planned from assignment group by initiative_id
)
select
    initiative.initiative_id, initiative.name, initiative.tactic, initiative.care_class, initiative.hypothesis,
    initiative.primary_outcome, initiative.unit_of_assignment, initiative.horizon_days,
    initiative.smallest_effect_worth_having, initiative.starts_on, initiative.cost_amount, initiative.currency,
    initiative.occasion, initiative.looks_on, initiative.written_on, initiative.owner,
    coalesce(act.done, 0) as acts_done, coalesce(act.not_delivered, 0) as acts_not_delivered,
    plan.planned as acts_planned
from staged.initiative as initiative
left join act on act.initiative_id = initiative.initiative_id
left join plan on plan.initiative_id = initiative.initiative_id
