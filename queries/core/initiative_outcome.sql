/* ---
about: >
  Per person drawn by lot, what came of it within the horizon after the draw. Everyone drawn is counted, whatever was
  delivered. is_success: bought, or gave the primary outcome's item its top box the last time it was asked (null: did
  not answer). ends_on: the last day of the horizon. is_observed: the whole horizon has passed, in the order data of
  every source. is_told_before: the draw was on file within `told_within_days`, before its outcome could be known.
  Of a lot in which everybody was drawn nobody is here: nobody of it is left to compare with. The margin is that of all
  orders, the discount taken off; null where that of an order is not known. is_sold_through: the order data reach the
  end of the horizon, so the margin may be counted. acts, acts_amount: of this initiative, to this person, in the same
  time, so that a later draw changes neither. is_elsewhere: got another initiative within the horizon. asked_to_stop is
  known only where acts are planned here
grain: [initiative_id, unit_key]
--- */
with reach as (
    select source, max(data_through_at) as data_through_at
    from landing.load
    where source in (select distinct source from staged.purchase) and object in ('order', 'opportunity', 'deal')
    group by source
), through as (
    select min(data_through_at) as orders_through_at from reach
), by_lot as (
    select initiative_id
    from assignment
    group by initiative_id
    having count(probability) = count(*) and bool_or(probability > 0 and probability < 1)
        and not bool_or(probability >= 1 and arm <> 'treated')
), drawn as (
    select assignment.*, initiative.primary_outcome,
        initiative.primary_outcome in ('purchase_within_horizon', 'purchase_in_month') as is_purchase,
        assignment.assigned_at + initiative.horizon_days * interval 1 day as ends_at
    from assignment
    join by_lot on by_lot.initiative_id = assignment.initiative_id
    join staged.initiative as initiative on initiative.initiative_id = assignment.initiative_id
    where initiative.unit_of_assignment = 'customer' and assignment.probability > 0 and assignment.probability < 1
), bought as (
    select drawn.initiative_id, drawn.unit_key,
        count(*) filter (where purchase.ordered_at > drawn.assigned_at) as orders,
        count(*) filter (where purchase.ordered_at <= drawn.assigned_at) as orders_before,
        count(*) filter (where purchase.ordered_at > drawn.assigned_at and purchase.margin_amount is null) as unknown,
        sum(purchase.margin_amount) filter (where purchase.ordered_at > drawn.assigned_at) as margin_amount,
        sum(purchase.discount_amount) filter (where purchase.ordered_at > drawn.assigned_at) as discount_amount
    from drawn
    join purchase
        on purchase.customer_key = drawn.unit_key
        and purchase.ordered_at > drawn.assigned_at - interval 365 day and purchase.ordered_at <= drawn.ends_at
    group by drawn.initiative_id, drawn.unit_key
), said as (
    select drawn.initiative_id, drawn.unit_key, kpi_event.kpi,
        arg_max(kpi_event.is_success, (kpi_event.happened_on, kpi_event.value)) as is_high
    from drawn
    join kpi_event
        on kpi_event.customer_key = drawn.unit_key
        and kpi_event.happened_on > drawn.assigned_on and kpi_event.happened_on <= local_date(drawn.ends_at)
    where kpi_event.kpi in ('emotion', drawn.primary_outcome)
    group by drawn.initiative_id, drawn.unit_key, kpi_event.kpi
), cared as (
    select drawn.initiative_id, drawn.unit_key,
        bool_or(act.initiative_id = drawn.initiative_id and act.done_on >= drawn.assigned_on) as is_received,
        count(*) filter (where act.done_at < drawn.assigned_at) as acts_before
    from drawn
    join care_act as act
        on act.customer_key = drawn.unit_key and act.outcome = 'done'
        and act.done_at > drawn.assigned_at - interval 365 day and act.done_at <= drawn.ends_at
    group by drawn.initiative_id, drawn.unit_key
), spent as (
    select drawn.initiative_id, drawn.unit_key, count(*) as acts,
        case when count(act.amount) = count(*) then sum(act.amount) end as acts_amount
    from drawn
    join act_cost as act
        on act.initiative_id = drawn.initiative_id and act.customer_key = drawn.unit_key
        and act.done_on >= drawn.assigned_on and act.done_at <= drawn.ends_at
    group by drawn.initiative_id, drawn.unit_key
), elsewhere as (
    select distinct drawn.initiative_id, drawn.unit_key
    from drawn
    join initiative_start as other
        on other.customer_key = drawn.unit_key and other.initiative_id <> drawn.initiative_id
        and other.arm = 'treated' and other.started_on >= drawn.assigned_on
        and other.started_on <= local_date(drawn.ends_at)
), planned as (
    select distinct initiative_id from planned_act
), stopped as (
    select distinct initiative_id, customer_key from planned_act where state = 'never_again'
)
select
    drawn.initiative_id, drawn.unit_key, drawn.arm, drawn.stratum, drawn.probability, drawn.assigned_on,
    local_date(drawn.ends_at) as ends_on,
    local_date(drawn.received_at) <= drawn.assigned_on + $told_within_days * interval 1 day
        and drawn.received_at <= drawn.ends_at as is_told_before,
    coalesce(
        drawn.ends_at <= $as_of and (drawn.ends_at <= through.orders_through_at or not drawn.is_purchase), false
    ) as is_observed,
    case when drawn.is_purchase then coalesce(bought.orders, 0) > 0 else said.is_high end as is_success,
    felt.is_high as felt_good,
    case when coalesce(bought.unknown, 0) = 0 and cast($margin_share as double) is not null
            and drawn.ends_at <= through.orders_through_at
        then cast(coalesce(bought.margin_amount, 0) as double)
    end as margin_amount,
    cast(coalesce(bought.discount_amount, 0) as double) as discount_amount,
    coalesce(drawn.ends_at <= through.orders_through_at, false) as is_sold_through,
    coalesce(spent.acts, 0) as acts,
    case when spent.unit_key is null then 0.0 else spent.acts_amount end as acts_amount,
    coalesce(bought.orders_before, 0) as orders_before,
    coalesce(cared.is_received, false) as is_received, coalesce(cared.acts_before, 0) as acts_before,
    elsewhere.unit_key is not null as is_elsewhere,
    case when planned.initiative_id is not null then stopped.customer_key is not null end as asked_to_stop
from drawn
cross join through
left join bought on bought.initiative_id = drawn.initiative_id and bought.unit_key = drawn.unit_key
left join said
    on said.initiative_id = drawn.initiative_id and said.unit_key = drawn.unit_key and said.kpi = drawn.primary_outcome
left join said as felt
    on felt.initiative_id = drawn.initiative_id and felt.unit_key = drawn.unit_key and felt.kpi = 'emotion'
left join cared on cared.initiative_id = drawn.initiative_id and cared.unit_key = drawn.unit_key
left join spent on spent.initiative_id = drawn.initiative_id and spent.unit_key = drawn.unit_key
left join elsewhere on elsewhere.initiative_id = drawn.initiative_id and elsewhere.unit_key = drawn.unit_key
left join planned on planned.initiative_id = drawn.initiative_id
left join stopped on stopped.initiative_id = drawn.initiative_id and stopped.customer_key = drawn.unit_key
