/* ---
about: >
  Customers of an initiative that was neither drawn nor set off by an event: the month in which each started (null:
  never), how they felt before anybody had (their last answer), and whether they got another initiative since. Only
  those known before the first month looked at, and months from a year before the first start on
grain: [initiative_id, customer_key]
publish: none
--- */
with span as (
    select min(ordered_on) as first_order_on, max(order_reach.last_order_on) as last_order_on
    from purchase cross join order_reach
), design as (
    select initiative_design.initiative_id, initiative_design.first_started_on,
        cast(date_trunc('month', greatest(
            span.first_order_on + interval 1 month - interval 1 day,
            initiative_design.first_started_on - interval 1 year
        )) as date) as first_month_on,
        cast(date_trunc('month', span.last_order_on + interval 1 day) - interval 1 month as date) as last_month_on
    from initiative_design
    cross join span
    where initiative_design.unit = 'customer' and initiative_design.set_off_by is null
        and not initiative_design.is_drawn and initiative_design.treated > 0
), elsewhere as (
    select distinct design.initiative_id, other.customer_key
    from design
    join initiative_start as other
        on other.initiative_id <> design.initiative_id and other.arm = 'treated'
        and other.started_on >= design.first_started_on
), felt as (
    select design.initiative_id, kpi_event.customer_key,
        arg_max(
            case
                when kpi_event.is_success then 'felt good'
                when kpi_event.is_opposite then 'felt bad'
                else 'felt so-so'
            end,
            (kpi_event.happened_on, kpi_event.value)
        ) as mood
    from design
    join kpi_event on kpi_event.happened_on < design.first_started_on
    where kpi_event.kpi = 'emotion' and kpi_event.customer_key is not null
    group by design.initiative_id, kpi_event.customer_key
)
select
    start.initiative_id, start.customer_key, design.first_month_on, design.last_month_on,
    case when start.arm = 'treated' then cast(date_trunc('month', start.started_on) as date) end as started_in,
    coalesce(felt.mood, 'no answer') as stratum, elsewhere.customer_key is not null as is_elsewhere
from initiative_start as start
join design on design.initiative_id = start.initiative_id
join customer on customer.customer_key = start.customer_key
left join felt on felt.initiative_id = start.initiative_id and felt.customer_key = start.customer_key
left join elsewhere on elsewhere.initiative_id = start.initiative_id and elsewhere.customer_key = start.customer_key
where customer.first_seen_on < design.first_month_on
