/* ---
about: >
  Recency, frequency and spend of each customer. Quintiles among customers with an order in the last two years; ties
  go to the customer key, so that they are the same tomorrow. One order is never often, whatever its quintile; new is
  only who was not known to us a year ago
grain: [customer_key]
publish: none
--- */
with bought as (
    select customer_key,
        count(*) as orders,
        count(*) filter (where ordered_on > local_date($as_of) - interval 365 day) as orders_365d,
        sum(reporting_amount) as spend_amount,
        sum(reporting_amount) filter (where ordered_on > local_date($as_of) - interval 365 day) as spend_365d_amount,
        max(ordered_on) as last_order_on
    from purchase
    where customer_key is not null and ordered_on > local_date($as_of) - interval 730 day
    group by customer_key
), scored as (
    select *,
        ntile(5) over (order by last_order_on, customer_key) as recency_score,
        ntile(5) over (order by orders, last_order_on, customer_key) as frequency_score,
        ntile(5) over (order by coalesce(spend_amount, 0), customer_key) as monetary_score,
        row_number() over (order by coalesce(spend_amount, 0) desc, orders desc, customer_key) as spend_rank,
        count(*) over () as buyers
    from bought
)
select
    customer.customer_key, coalesce(scored.orders, 0) as orders, coalesce(scored.orders_365d, 0) as orders_365d,
    scored.spend_amount, scored.spend_365d_amount, scored.last_order_on, scored.recency_score,
    scored.frequency_score, scored.monetary_score, scored.spend_rank,
    case
        when scored.orders is null then 'no orders'
        when orders > 1 and recency_score >= 4 and frequency_score >= 4 and monetary_score >= 4 then 'champions'
        when orders = 1 and recency_score >= 4 and customer.first_seen_on > local_date($as_of) - interval 365 day
            then 'new'
        when orders > 1 and frequency_score >= 4 and recency_score >= 3 then 'loyal'
        when recency_score >= 3 then 'promising'
        when orders > 1 and frequency_score >= 3 or monetary_score >= 4 then 'at risk'
        else 'sleeping'
    end as rfm_segment,
    case
        when scored.orders is null then 'no orders'
        when spend_rank <= $top_customers then 'top'
        when spend_rank <= buyers * 4 / 10 then 'high'
        when spend_rank <= buyers * 7 / 10 then 'middle'
        else 'low'
    end as value_band
from customer
left join scored on scored.customer_key = customer.customer_key
