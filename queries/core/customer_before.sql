/* ---
about: >
  Each customer as on the day that splits the order data, from what was known then: the rhythm of buying so far, what
  was bought in the period before (the same length as the period after), and what was bought after. No row where a
  period would be shorter than 90 days
grain: [customer_key]
publish: none
--- */
select
    purchase_day.customer_key,
    count(*) filter (where purchase_day.ordered_on <= value_span.split_on) - 1 as repeat_days,
    date_diff(
        'day', min(purchase_day.ordered_on)::date,
        (max(purchase_day.ordered_on) filter (where purchase_day.ordered_on <= value_span.split_on))::date
    ) as recency_days,
    date_diff('day', min(purchase_day.ordered_on)::date, max(value_span.split_on)::date) as age_days,
    count(*) filter (
        where purchase_day.ordered_on <= value_span.split_on
            and purchase_day.ordered_on > value_span.split_on - value_span.period_days * interval 1 day
    ) as bought_before,
    count(*) filter (where purchase_day.ordered_on > value_span.split_on) as bought_after
from purchase_day
cross join value_span
where purchase_day.ordered_on <= value_span.last_order_on and value_span.period_days >= 90
group by purchase_day.customer_key
having min(purchase_day.ordered_on) <= max(value_span.split_on)
