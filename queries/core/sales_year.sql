/* ---
about: What customers bought in the year up to which the order data of every source reach
grain: [currency]
publish: none
--- */
select purchase.reporting_currency as currency, cast(sum(purchase.reporting_amount) as decimal(18, 4)) as sales_amount
from purchase
cross join order_reach
where purchase.ordered_on <= order_reach.last_order_on
    and purchase.ordered_on > order_reach.last_order_on - interval 365 day
    and purchase.reporting_amount is not null
group by purchase.reporting_currency
having count(distinct purchase.customer_key) >= $minimum_n
