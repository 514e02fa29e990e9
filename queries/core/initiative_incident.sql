/* ---
about: >
  Incidents while an initiative that answers them ran: low answers, contacts given up or reopened, complaints and other
  states; or (for an event we do not count) the days on a list that names also those who went without. Treated: it
  followed within 14 days; of several incidents the last one before it, and the others of those days are neither
  treated nor untreated. Incidents after the customer had got it are left out. Outcomes are those of the horizon after
  the incident, treated or not: bought, margin, and the next answer to the primary outcome's item
grain: [initiative_id, incident_key]
publish: none
--- */
with design as (
    select initiative_design.*, initiative.starts_on, initiative.horizon_days, initiative.primary_outcome,
        initiative.primary_outcome in ('purchase_within_horizon', 'purchase_in_month') as is_purchase
    from initiative_design
    join staged.initiative as initiative on initiative.initiative_id = initiative_design.initiative_id
    where initiative_design.set_off_by is not null and not initiative_design.is_drawn
        and initiative_design.unit = 'customer'
), got as (
    select initiative_id, customer_key, started_on from initiative_start where arm = 'treated'
), event as (
    select 'felt_bad' as occasion, customer_key, happened_on, min(value) as severity
    from kpi_event
    where kpi = 'emotion' and is_opposite and customer_key is not null
    group by customer_key, happened_on
    union all
    select 'gave_up_waiting', customer_key, opened_on, 1
    from interaction
    where abandoned_at is not null and customer_key is not null
    group by customer_key, opened_on
    union all
    select 'not_solved', customer_key, opened_on, max(reopened_count)
    from interaction
    where reopened_count > 0 and customer_key is not null
    group by customer_key, opened_on
    union all
    select state, customer_key, from_on, 1 from contact_state
), happened as (
    select design.initiative_id, event.customer_key, event.happened_on, event.severity
    from design
    join event on event.occasion = design.set_off_by
    where event.happened_on >= design.starts_on - interval 14 day and event.happened_on <= design.last_started_on
    union all
    select design.initiative_id, start.customer_key, start.started_on, 1
    from design
    join initiative_start as start on start.initiative_id = design.initiative_id
    where design.set_off_by not in (select occasion from event)
), followed as (
    select happened.initiative_id, happened.customer_key, happened.happened_on
    from happened
    join got
        on got.initiative_id = happened.initiative_id and got.customer_key = happened.customer_key
        and got.started_on >= happened.happened_on and got.started_on <= happened.happened_on + interval 14 day
    qualify row_number() over (
        partition by happened.initiative_id, happened.customer_key order by happened.happened_on desc
    ) = 1
), kept as (
    select happened.*, followed.customer_key is not null as is_treated, design.is_purchase, design.primary_outcome,
        cast(happened.happened_on + design.horizon_days * interval 1 day as date) as ends_on
    from happened
    join design on design.initiative_id = happened.initiative_id
    left join followed
        on followed.initiative_id = happened.initiative_id and followed.customer_key = happened.customer_key
        and followed.happened_on = happened.happened_on
    left join got on got.initiative_id = happened.initiative_id and got.customer_key = happened.customer_key
    where (
            followed.customer_key is not null or got.customer_key is null
            or happened.happened_on < got.started_on - interval 14 day
        )
        and happened.happened_on >= design.starts_on - case when followed.customer_key is null then 0 else 14 end
            * interval 1 day
), bought as (
    select kept.initiative_id, kept.customer_key, kept.happened_on,
        count(*) filter (where purchase.ordered_on > kept.happened_on) as orders,
        count(*) filter (where purchase.ordered_on <= kept.happened_on) as orders_before,
        count(*) filter (where purchase.ordered_on > kept.happened_on and purchase.margin_amount is null) as unknown,
        sum(purchase.margin_amount) filter (where purchase.ordered_on > kept.happened_on) as margin_amount
    from kept
    join purchase
        on purchase.customer_key = kept.customer_key
        and purchase.ordered_on > kept.happened_on - interval 365 day and purchase.ordered_on <= kept.ends_on
    group by kept.initiative_id, kept.customer_key, kept.happened_on
), said as (
    select kept.initiative_id, kept.customer_key, kept.happened_on,
        arg_min(kpi_event.is_success, (kpi_event.happened_on, kpi_event.value))
            filter (where kpi_event.kpi = kept.primary_outcome) as is_high,
        arg_min(kpi_event.is_success, (kpi_event.happened_on, kpi_event.value))
            filter (where kpi_event.kpi = 'emotion') as felt_good
    from kept
    join kpi_event
        on kpi_event.customer_key = kept.customer_key
        and kpi_event.happened_on > kept.happened_on and kpi_event.happened_on <= kept.ends_on
    where kpi_event.kpi in ('emotion', kept.primary_outcome)
    group by kept.initiative_id, kept.customer_key, kept.happened_on
), elsewhere as (
    select distinct kept.initiative_id, kept.customer_key, kept.happened_on
    from kept
    join initiative_start as other
        on other.customer_key = kept.customer_key and other.initiative_id <> kept.initiative_id
        and other.arm = 'treated' and other.started_on > kept.happened_on and other.started_on <= kept.ends_on
)
select
    kept.initiative_id, kept.customer_key || ' ' || kept.happened_on::varchar as incident_key, kept.customer_key,
    cast(date_trunc('month', kept.happened_on) as date) as happened_in, kept.severity, kept.is_treated,
    case when bought.orders_before >= 2 then 2 else coalesce(bought.orders_before, 0) end as orders_before,
    kept.ends_on <= local_date($as_of)
        and (not kept.is_purchase or coalesce(kept.ends_on <= order_reach.last_order_on, false)) as is_observed,
    case when kept.is_purchase then coalesce(bought.orders, 0) > 0 else said.is_high end as is_success,
    said.felt_good, elsewhere.customer_key is not null as is_elsewhere,
    case when coalesce(bought.unknown, 0) = 0 and cast($margin_share as double) is not null
            and kept.ends_on <= order_reach.last_order_on
        then cast(coalesce(bought.margin_amount, 0) as double)
    end as margin_amount
from kept
left join order_reach on true
left join bought
    on bought.initiative_id = kept.initiative_id and bought.customer_key = kept.customer_key
    and bought.happened_on = kept.happened_on
left join said
    on said.initiative_id = kept.initiative_id and said.customer_key = kept.customer_key
    and said.happened_on = kept.happened_on
left join elsewhere
    on elsewhere.initiative_id = kept.initiative_id and elsewhere.customer_key = kept.customer_key
    and elsewhere.happened_on = kept.happened_on
