/* ---
about: >
  One day on which a customer bought: orders of a day are one purchase, what was paid back is taken off, whenever that
  was: no source dates a refund. Its amounts are not known unless those of all its orders are
grain: [customer_key, ordered_on]
publish: none
--- */
select customer_key, ordered_on,
    case when count(*) = count(reporting_amount) then sum(reporting_amount) end as reporting_amount,
    case when count(*) = count(margin_amount) then sum(margin_amount) end as margin_amount
from purchase
where customer_key is not null
group by customer_key, ordered_on
having coalesce(sum(amount), 0) > 0
