/* ---
about: >
  The top customers of each of the last 26 weeks, chosen on what was known then: most spent in the two years
  before the week's end, more orders first among equals
grain: [iso_week, customer_key]
publish: none
--- */
with week as (
    select iso_week, week_ends_on
    from dates
    where is_closed and date_on = week_ends_on and date_on > local_date($as_of) - interval 183 day
), spent as (
    select week.iso_week, week.week_ends_on, purchase.customer_key, sum(purchase.reporting_amount) as spend,
        count(*) as orders
    from week
    join purchase
        on purchase.ordered_on <= week.week_ends_on
        and purchase.ordered_on > week.week_ends_on - interval 730 day
    where purchase.customer_key is not null and purchase.reporting_amount is not null
    group by week.iso_week, week.week_ends_on, purchase.customer_key
), top as (
    select * from spent
    qualify row_number() over (partition by iso_week order by spend desc, orders desc, customer_key) <= $top_customers
), cared as (
    select distinct top.iso_week, top.customer_key
    from top
    join care_act
        on care_act.customer_key = top.customer_key and care_act.outcome = 'done'
        and care_act.done_on <= top.week_ends_on
        and care_act.done_on > top.week_ends_on - $care_gap_days * interval 1 day
)
select top.iso_week, top.customer_key, cared.customer_key is not null as has_care
from top
left join cared on cared.iso_week = top.iso_week and cared.customer_key = top.customer_key
