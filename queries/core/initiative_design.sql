/* ---
about: >
  The facts that decide how an initiative may be judged: who was chosen, whether by lot, on what event of the customer
  (a surprise has none), and when they started. is_priced: what its acts cost was noted, act by act; else whole_amount
  is what was paid for it as a whole, in the reporting currency, unknown where a rate is missing. drawn_for_certain:
  people of lots in which everybody was drawn
grain: [initiative_id]
publish: none
--- */
with listed as (
    select initiative_id,
        count(probability) = count(*) and bool_or(probability > 0 and probability < 1)
            and not bool_or(probability >= 1 and arm <> 'treated') as is_drawn,
        count(*) filter (where probability >= 1) as drawn_for_certain,
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
    select distinct initiative_id from act_cost where is_noted
)
select
    initiative.initiative_id, initiative.unit_of_assignment as unit, $currency as reporting_currency,
    $minimum_n as minimum_n, $told_within_days as told_within_days, local_date($as_of) as looked_on,
    case when initiative.occasion not in ('', 'surprise') then initiative.occasion end as set_off_by,
    coalesce(listed.is_drawn, false) as is_drawn, listed.initiative_id is not null as is_listed,
    coalesce(listed.in_both_arms, 0) as in_both_arms, coalesce(listed.drawn_for_certain, 0) as drawn_for_certain,
    coalesce(started.treated, 0) as treated, coalesce(started.control, 0) as control,
    started.first_started_on, started.last_started_on, coalesce(started.start_months, 0) as start_months,
    priced.initiative_id is not null as is_priced,
    case
        when priced.initiative_id is not null then null
        when coalesce(initiative.currency, $currency) = $currency then cast(initiative.cost_amount as double)
        else cast(initiative.cost_amount as double) * rate.rate
    end as whole_amount
from staged.initiative as initiative
left join listed on listed.initiative_id = initiative.initiative_id
left join started on started.initiative_id = initiative.initiative_id
left join priced on priced.initiative_id = initiative.initiative_id
left join rate
    on rate.currency = initiative.currency
    and initiative.starts_on >= rate.valid_from and initiative.starts_on < rate.valid_until
