/* ---
name: Hard up at the moment
care_class: owed
kind: handwritten note
cadence_days: 90
due_days: 7
--- */
select
    customer_key, min(from_on) as since_on,
    'Finds it hard to pay at the moment: time and a kind word, no reminder and no offer.' as reason
from contact_state
where state = 'hardship' and is_now
group by customer_key
