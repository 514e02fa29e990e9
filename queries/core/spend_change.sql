/* ---
about: >
  How each person felt when they first said so in the last year whose 180 days after have wholly passed in the order
  data, and what they spent in the 180 days before and after. Only people who had spent something before can spend
  less; an order without a known exchange rate leaves its person out
grain: [customer_key]
publish: none
--- */
with felt as (
    select response.customer_key, response.answered_on as moment_on, answer.value
    from answer
    join response on response.response_id = answer.response_id
    cross join order_reach
    where answer.item = 'emotion' and answer.scale_min = 1 and answer.scale_max = 7
        and response.customer_key is not null
        and response.answered_on > order_reach.last_order_on - interval 545 day
        and response.answered_on <= order_reach.last_order_on - interval 180 day
    qualify row_number() over (
        partition by response.customer_key order by response.answered_at, response.response_id
    ) = 1
), first_order as (
    select min(ordered_on) as first_order_on from purchase
)
select
    felt.customer_key, felt.moment_on,
    case when felt.value >= 6 then 'high' when felt.value <= 3 then 'low' else 'middle' end as level,
    sum(purchase.reporting_amount) filter (where purchase.ordered_on <= felt.moment_on) as spent_before_amount,
    coalesce(sum(purchase.reporting_amount) filter (where purchase.ordered_on > felt.moment_on), 0)
        as spent_after_amount
from felt
join first_order on first_order.first_order_on <= felt.moment_on - interval 180 day
join purchase
    on purchase.customer_key = felt.customer_key
    and purchase.ordered_on > felt.moment_on - interval 180 day
    and purchase.ordered_on <= felt.moment_on + interval 180 day
group by felt.customer_key, felt.moment_on, felt.value
having count(purchase.order_id) = count(purchase.reporting_amount)
    and sum(purchase.reporting_amount) filter (where purchase.ordered_on <= felt.moment_on) > 0
