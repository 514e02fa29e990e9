/* ---
about: >
  The facts that decide how an initiative may be judged: who was chosen, whether by lot, on what event of the customer
  (a surprise has none), and when they started. What the acts cost, in the reporting currency, or else what was paid
  for it as a whole; unknown where a rate is missing
grain: [initiative_id]
publish: none
--- */
with listed as (
    select initiative_id,
        count(probability) = count(*) and min(probability) > 0 and max(probability) < 1 as is_drawn,
        count(*) filter (where is_in_both_arms) as in_both_arms
    from assignment
    group by initiative_id
), started as (
    select initiative_id,
        count(*) filter (where arm = 'treated') as treated,
        count(*) filter (where arm <> 'treated') as control,
        min(started_on) filter (where arm = 'treated') as first_started_on,
        max(started_on) filter (where arm = 'treated') as last_started_on,
        count(distinct date_trunc('month', started_on)) filter (where arm = 'treated') as start_months
    from initiative_start
    group by initiative_id
), priced as (
    select act.initiative_id, act.cost_amount,
        act.cost_amount * case when coalesce(act.currency, $currency) = $currency then 1 else rate.rate end as amount
    from care_act as act
    left join rate
        on rate.currency = act.currency and act.done_on >= rate.valid_from and act.done_on < rate.valid_until
    where act.initiative_id is not null
), spent as (
    select initiative_id,
        case when count(amount) = count(cost_amount) then cast(sum(amount) as double) end as acts_amount
    from priced
    where cost_amount is not null
    group by initiative_id
)
select
    initiative.initiative_id, initiative.unit_of_assignment as unit, $currency as reporting_currency,
    $minimum_n as minimum_n, local_date($as_of) as looked_on,
    case when initiative.occasion not in ('', 'surprise') then initiative.occasion end as set_off_by,
    coalesce(listed.is_drawn, false) as is_drawn, listed.initiative_id is not null as is_listed,
    coalesce(listed.in_both_arms, 0) as in_both_arms,
    coalesce(started.treated, 0) as treated, coalesce(started.control, 0) as control,
    started.first_started_on, started.last_started_on, coalesce(started.start_months, 0) as start_months,
    case
        when spent.initiative_id is not null then spent.acts_amount
        when coalesce(initiative.currency, $currency) = $currency then cast(initiative.cost_amount as double)
        else cast(initiative.cost_amount as double) * rate.rate
    end as acts_amount
from staged.initiative as initiative
left join listed on listed.initiative_id = initiative.initiative_id
left join started on started.initiative_id = initiative.initiative_id
left join spent on spent.initiative_id = initiative.initiative_id
left join rate
    on rate.currency = initiative.currency
    and initiative.starts_on >= rate.valid_from and initiative.starts_on < rate.valid_until
