/* ---
about: The same customer, day and amount from two sources is probably one purchase seen twice
severity: warn
--- */
select customer_key, ordered_on, amount
from purchase
where customer_key is not null
group by customer_key, ordered_on, amount, currency
having count(distinct source) > 1
