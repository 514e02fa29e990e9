/* ---
about: >
  Per person drawn: ordered again within the horizon after the draw, or not. Everyone drawn is counted,
  whatever was delivered. is_observed: the whole horizon has passed in the order data of every source.
  is_told_before: the draw was on file before its outcome could be known
grain: [initiative_id, unit_key]
--- */
with reach as (
    select source, max(data_through_at) as data_through_at
    from landing.load
    where source in (select distinct source from staged.purchase) and object in ('order', 'opportunity', 'deal')
    group by source
), through as (
    select min(data_through_at) as orders_through_at from reach
), drawn as (
    select assignment.*, initiative.horizon_days,
        assignment.assigned_at + initiative.horizon_days * interval 1 day as ends_at
    from assignment
    join staged.initiative as initiative on initiative.initiative_id = assignment.initiative_id
    where initiative.primary_outcome = 'purchase_within_horizon' and initiative.unit_of_assignment = 'customer'
)
select
    drawn.initiative_id, drawn.unit_key, drawn.arm, drawn.stratum, drawn.probability, drawn.assigned_on,
    drawn.received_at < drawn.ends_at as is_told_before,
    coalesce(bool_and(drawn.ends_at <= $as_of and drawn.ends_at <= through.orders_through_at), false) as is_observed,
    bool_or(purchase.order_id is not null) as is_success
from drawn
cross join through
left join purchase
    on purchase.customer_key = drawn.unit_key
    and purchase.ordered_at > drawn.assigned_at and purchase.ordered_at <= drawn.ends_at
group by
    drawn.initiative_id, drawn.unit_key, drawn.arm, drawn.stratum, drawn.probability, drawn.assigned_on,
    drawn.received_at, drawn.ends_at
