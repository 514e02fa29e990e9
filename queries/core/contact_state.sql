/* ---
about: >
  What a customer is in with us at times: reminded of a bill, written to by marketing, hard up, with a complaint or a
  promise of ours open. is_now: today
grain: [customer_key, state, from_on]
--- */
with told as (
    select person.customer_key, state.state, local_date(state.from_at) as from_on,
        local_date(state.until_at) as until_on
    from staged.contact_state as state
    join person on person.known_as = state.record_key
    where state.from_at <= $as_of
)
select
    customer_key, state, from_on, case when count(until_on) = count(*) then max(until_on) end as until_on,
    case when count(until_on) = count(*) then max(until_on) >= local_date($as_of) else true end as is_now
from told
group by customer_key, state, from_on
