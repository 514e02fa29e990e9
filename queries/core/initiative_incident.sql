/* ---
about: >
  Incidents while an initiative that answers them ran: low answers, contacts given up or reopened, complaints and other
  states; or (for an event we do not count) the days on a list that names also those who went without. Each has the day
  and the severity that were known then: a reopened contact is one from its first reopening on, where the helpdesk
  tells when that was (reopened_at), and none otherwise. What follows within 14 days belongs to the first. It ran if
  somebody got it between the incident and the end of its horizon, so that a later act brings in none that was over.
  The landmark is 14 days later: treated is who had got it by then, everyone else is untreated, also who got it
  afterwards; incidents of who had got it before are left out. Outcomes are those of the horizon after the landmark,
  of both groups alike: bought, margin (where is_sold_through: the order data reach its end), and the next answer to the
  primary outcome's item. acts_amount: what its acts cost until then, of the treated
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
    select 'gave_up_waiting', customer_key, local_date(abandoned_at), 1
    from interaction
    where abandoned_at is not null and customer_key is not null
    group by customer_key, local_date(abandoned_at)
    union all
    select 'not_solved', customer_key, local_date(reopened_at), 1
    from interaction
    where reopened_at is not null and customer_key is not null
    group by customer_key, local_date(reopened_at)
    union all
    select state, customer_key, from_on, 1 from contact_state
), episode as (
    select occasion, customer_key, happened_on, severity
    from event
    qualify coalesce(
        happened_on > lag(happened_on) over (partition by occasion, customer_key order by happened_on)
            + interval 14 day,
        true
    )
), running as (
    select distinct design.initiative_id, day.happened_on
    from (select distinct happened_on from episode) as day
    cross join design
    join (select distinct initiative_id, started_on from got) as given
        on given.initiative_id = design.initiative_id and given.started_on >= day.happened_on
        and given.started_on <= day.happened_on + (14 + design.horizon_days) * interval 1 day
), happened as (
    select design.initiative_id, episode.customer_key, episode.happened_on, episode.severity
    from design
    join episode on episode.occasion = design.set_off_by
    join running on running.initiative_id = design.initiative_id and running.happened_on = episode.happened_on
    where episode.happened_on >= design.starts_on - interval 14 day
    union all
    select design.initiative_id, start.customer_key, start.started_on, 1
    from design
    join initiative_start as start on start.initiative_id = design.initiative_id
    where design.set_off_by not in (select occasion from event)
), kept as (
    select happened.*, design.is_purchase, design.primary_outcome,
        coalesce(got.started_on <= happened.happened_on + interval 14 day, false) as is_treated,
        cast(happened.happened_on + interval 14 day as date) as landmark_on,
        cast(happened.happened_on + (14 + design.horizon_days) * interval 1 day as date) as ends_on
    from happened
    join design on design.initiative_id = happened.initiative_id
    left join got on got.initiative_id = happened.initiative_id and got.customer_key = happened.customer_key
    where got.customer_key is null or got.started_on >= happened.happened_on
), bought as (
    select kept.initiative_id, kept.customer_key, kept.happened_on,
        count(*) filter (where purchase.ordered_on > kept.landmark_on) as orders,
        count(*) filter (where purchase.ordered_on <= kept.happened_on) as orders_before,
        count(*) filter (where purchase.ordered_on > kept.landmark_on and purchase.margin_amount is null) as unknown,
        sum(purchase.margin_amount) filter (where purchase.ordered_on > kept.landmark_on) as margin_amount
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
        and kpi_event.happened_on > kept.landmark_on and kpi_event.happened_on <= kept.ends_on
    where kpi_event.kpi in ('emotion', kept.primary_outcome)
    group by kept.initiative_id, kept.customer_key, kept.happened_on
), spent as (
    select kept.initiative_id, kept.customer_key, kept.happened_on, count(*) as acts,
        case when count(act.amount) = count(*) then sum(act.amount) end as acts_amount
    from kept
    join act_cost as act
        on act.initiative_id = kept.initiative_id and act.customer_key = kept.customer_key
        and act.done_on >= kept.happened_on and act.done_on <= kept.ends_on
    where kept.is_treated
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
    kept.ends_on, kept.ends_on <= local_date($as_of)
        and (not kept.is_purchase or coalesce(kept.ends_on <= order_reach.last_order_on, false)) as is_observed,
    case when kept.is_purchase then coalesce(bought.orders, 0) > 0 else said.is_high end as is_success,
    said.felt_good, elsewhere.customer_key is not null as is_elsewhere,
    case when coalesce(bought.unknown, 0) = 0 and cast($margin_share as double) is not null
            and kept.ends_on <= order_reach.last_order_on
        then cast(coalesce(bought.margin_amount, 0) as double)
    end as margin_amount,
    coalesce(kept.ends_on <= order_reach.last_order_on, false) as is_sold_through,
    coalesce(spent.acts, 0) as acts,
    case when spent.customer_key is null then 0.0 else spent.acts_amount end as acts_amount
from kept
left join order_reach on true
left join bought
    on bought.initiative_id = kept.initiative_id and bought.customer_key = kept.customer_key
    and bought.happened_on = kept.happened_on
left join said
    on said.initiative_id = kept.initiative_id and said.customer_key = kept.customer_key
    and said.happened_on = kept.happened_on
left join spent
    on spent.initiative_id = kept.initiative_id and spent.customer_key = kept.customer_key
    and spent.happened_on = kept.happened_on
left join elsewhere
    on elsewhere.initiative_id = kept.initiative_id and elsewhere.customer_key = kept.customer_key
    and elsewhere.happened_on = kept.happened_on
