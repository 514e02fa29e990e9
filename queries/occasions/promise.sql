/* ---
name: A promise of ours is open
care_class: owed
kind: promise
cadence_days: 7
due_days: 0
--- */
with promised as (
    select customer_key, from_on, until_on
    from contact_state
    where state = 'promise' and (until_on is null or until_on > local_date($as_of) - interval 90 day)
    qualify row_number() over (partition by customer_key order by from_on) = 1
)
select
    customer_key, from_on as since_on, coalesce(until_on, from_on) as due_on,
    'We promised something on ' || strftime(from_on, '%Y-%m-%d')
        || coalesce(', to be done by ' || strftime(until_on, '%Y-%m-%d'), ', with no day set')
        || '; the CRM says what it was.' as reason
from promised
