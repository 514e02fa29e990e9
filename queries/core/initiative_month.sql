/* ---
about: The months in which each customer of `initiative_unit` bought, and the margin of the month
grain: [initiative_id, customer_key, month_on]
publish: none
--- */
select
    unit.initiative_id, unit.customer_key, unit.started_in, unit.stratum,
    cast(date_trunc('month', purchase.ordered_on) as date) as month_on,
    case when count(*) = count(purchase.margin_amount) then cast(sum(purchase.margin_amount) as double) end
        as margin_amount
from initiative_unit as unit
join purchase
    on purchase.customer_key = unit.customer_key and purchase.ordered_on >= unit.first_month_on
    and purchase.ordered_on < unit.last_month_on + interval 1 month
group by unit.initiative_id, unit.customer_key, unit.started_in, unit.stratum,
    cast(date_trunc('month', purchase.ordered_on) as date)
