/* ---
about: >
  Some customers of `initiative_unit`, by the order of their keys, and the months in which they bought: for the second
  opinion, which needs them one by one
grain: [initiative_id, customer_key, month_on]
publish: none
--- */
with taken as (
    select initiative_id, customer_key, started_in, stratum
    from initiative_unit
    qualify row_number() over (partition by initiative_id order by md5(customer_key), customer_key) <= 2000
)
select taken.initiative_id, taken.customer_key, taken.started_in, taken.stratum, month.month_on
from taken
left join initiative_month as month
    on month.initiative_id = taken.initiative_id and month.customer_key = taken.customer_key
