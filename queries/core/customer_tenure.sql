/* ---
about: >
  How long each customer has been one, for business under contract: days from the first to the last day seen, and
  whether the contract ended then. entered_days: how long it had lasted when we began to see who leaves, with the
  first full export; who left before is not in the data
grain: [customer_key]
publish: none
--- */
with watch as (
    select local_date(min(received_at)) as since_on from landing.load where is_full_export and object = 'contact'
)
select
    customer.customer_key,
    date_diff('day', customer.first_seen_on::date, coalesce(customer.gone_on, local_date($as_of))::date)
        as tenure_days,
    customer.gone_on is not null as has_left,
    greatest(date_diff('day', customer.first_seen_on::date, coalesce(watch.since_on, local_date($as_of))::date), 0)
        as entered_days
from customer
cross join watch
cross join value_terms
where value_terms.has_contracts
