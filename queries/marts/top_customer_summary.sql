/* ---
about: >
  The top customers in one row, and how many of them nobody has cared for within the care gap; first_order_on is the
  first order that their two years of spend rest on
grain: []
--- */
with top as (
    select *, coalesce(last_care_on > local_date($as_of) - $care_gap_days * interval 1 day, false) as has_care
    from customer_value where is_top_customer
), spend as (
    select sum(spend_amount) as total from customer_value
), history as (
    select min(ordered_on) as first_order_on
    from purchase where ordered_on > local_date($as_of) - interval 730 day
)
select
    count(top.customer_key) as top_customers, count(*) filter (where has_care) as with_care, count(*) filter (where not has_care) as without_care,
    count(*) filter (where not has_care and contact_advice = 'can be contacted') as can_be_contacted,
    count(*) filter (where not has_care and contact_advice = 'later') as wait,
    count(*) filter (where not has_care and contact_advice = 'must not be contacted') as must_not_be_contacted,
    case when count(*) >= $minimum_n then (sum(top.spend_amount) / nullif(max(spend.total), 0))::double end
        as spend_share,
    case when count(*) >= $minimum_n then sum(top.spend_amount) end as spend_amount, $currency as currency, max(history.first_order_on) as first_order_on
from spend cross join history left join top on true
