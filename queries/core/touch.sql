/* ---
about: Each day on which we came to a customer unasked, by what
grain: [customer_key, touched_on, kind]
--- */
select distinct customer_key, done_on as touched_on, 'care' as kind
from care_act
where outcome = 'done' and customer_key is not null
union all
select distinct customer_key, opened_on, 'contact'
from interaction
where direction = 'proactive' and customer_key is not null
union all
select distinct customer_key, invited_on, 'survey' from invitation where customer_key is not null
union all
select distinct customer_key, from_on, 'marketing' from contact_state where state = 'marketing_send'
