/* ---
about: The top customers in one row, and how many of them nobody has cared for within the care gap
grain: []
--- */
with top as (
    select *, coalesce(last_care_on > local_date($as_of) - to_days($care_gap_days), false) as has_care
    from customer_value where is_top_customer
), spend as (
    select sum(spend_amount) as total from customer_value
)
select
    count(*) as top_customers, count_if(has_care)::bigint as with_care, count_if(not has_care)::bigint as without_care,
    count_if(not has_care and contact_advice = 'can be contacted')::bigint as can_be_contacted,
    count_if(not has_care and contact_advice = 'later')::bigint as wait,
    count_if(not has_care and contact_advice = 'must not be contacted')::bigint as must_not_be_contacted,
    (sum(top.spend_amount) / nullif(max(spend.total), 0))::double as spend_share,
    sum(top.spend_amount) as spend_amount, $currency as currency
from top cross join spend
