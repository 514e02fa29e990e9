/* ---
about: >
  The company's own week by week, for initiatives that start for everybody at once where figures from outside are on
  file: answers in the top box of all; or, where orders count, those who ordered among all who had in 26 weeks that
  ended the horizon before, so before the start: else whom it brought back would count among all and lower the share.
  Weeks that are over, also in the order data of every source; not those before a change of scale or wording
grain: [initiative_id, week_starts_on]
publish: none
--- */
with plan as (
    select initiative_id, primary_outcome,
        primary_outcome in ('purchase_within_horizon', 'purchase_in_month') as is_purchase,
        horizon_days + 6 - (horizon_days + 6) % 7 as lag_days
    from staged.initiative
    where unit_of_assignment = 'company' and exists (select 1 from outside_week)
), week as (
    select distinct iso_week, week_starts_on, week_ends_on from dates where is_closed
), series as (
    select kpi, max(week_starts_on) as begins_on from series_week where is_break group by kpi
), bought as (
    select distinct week.week_starts_on, day.customer_key
    from purchase_day as day
    join week on week.week_starts_on <= day.ordered_on and week.week_ends_on >= day.ordered_on
    where exists (select 1 from plan where is_purchase)
), regular as (
    select distinct lag.lag_days, week.week_starts_on, bought.customer_key
    from bought
    cross join (select distinct lag_days from plan where is_purchase) as lag
    join week
        on week.week_starts_on >= bought.week_starts_on + lag.lag_days * interval 1 day
        and week.week_starts_on <= bought.week_starts_on + (lag.lag_days + 175) * interval 1 day
    cross join order_reach
    where week.week_ends_on <= order_reach.last_order_on
        and week.week_starts_on >= (select min(week_starts_on) from bought) + (lag.lag_days + 175) * interval 1 day
), ordering as (
    select regular.lag_days, regular.week_starts_on, count(*) as n, count(bought.customer_key) as successes
    from regular
    left join bought
        on bought.customer_key = regular.customer_key and bought.week_starts_on = regular.week_starts_on
    group by regular.lag_days, regular.week_starts_on
)
select plan.initiative_id, ordering.week_starts_on, ordering.n, ordering.successes
from plan
join ordering on ordering.lag_days = plan.lag_days
where plan.is_purchase
union all
select plan.initiative_id, week.week_starts_on, cell.n, cell.successes
from plan
join kpi_cell as cell on cell.kpi = plan.primary_outcome and cell.dimension = 'all'
join week on week.iso_week = cell.iso_week
left join series on series.kpi = plan.primary_outcome
where not plan.is_purchase and week.week_starts_on >= coalesce(series.begins_on, week.week_starts_on)
