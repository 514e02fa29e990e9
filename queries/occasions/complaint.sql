/* ---
name: A complaint is open
care_class: owed
kind: call
cadence_days: 14
due_days: 2
--- */
select
    customer_key, min(from_on) as since_on,
    'Has been waiting for an answer to a complaint since ' || strftime(min(from_on), '%Y-%m-%d') || '.' as reason
from contact_state
where state = 'complaint' and is_now
group by customer_key
