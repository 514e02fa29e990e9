/* ---
about: >
  How often, how lately and for how much each customer bought, in days with a purchase: those after the first, days
  from the first to the last, days from the first to the end of the data. is_left_truncated: was probably a customer
  before the order data begin, so that the first purchase seen need not be the first. With the groups they are in
grain: [customer_key]
publish: none
--- */
select
    purchase_day.customer_key,
    count(*) - 1 as repeat_days,
    date_diff('day', min(purchase_day.ordered_on)::date, max(purchase_day.ordered_on)::date) as recency_days,
    date_diff('day', min(purchase_day.ordered_on)::date, max(value_span.last_order_on)::date) as age_days,
    count(*) filter (where purchase_day.reporting_amount > 0) as priced_days,
    coalesce(sum(purchase_day.reporting_amount) filter (where purchase_day.reporting_amount > 0), 0)::double
        as spent_amount,
    sum(purchase_day.margin_amount) filter (where purchase_day.reporting_amount > 0)::double as margin_amount,
    max(customer.first_seen_on) < max(value_span.first_order_on)
        or max(customer.first_seen_on) >= min(purchase_day.ordered_on)
        and min(purchase_day.ordered_on) < max(value_span.first_order_on) + interval 90 day as is_left_truncated,
    customer.gone_on is not null as is_gone, customer.segment, customer_rfm.rfm_segment, customer_rfm.value_band,
    coalesce(max(customer_rfm.spend_365d_amount), 0)::double as spent_365d_amount
from purchase_day
cross join value_span
join customer on customer.customer_key = purchase_day.customer_key
join customer_rfm on customer_rfm.customer_key = purchase_day.customer_key
where purchase_day.ordered_on <= value_span.last_order_on
group by
    purchase_day.customer_key, customer.gone_on is not null, customer.segment, customer_rfm.rfm_segment,
    customer_rfm.value_band
