/* ---
about: What somebody did for a customer of her own accord, outside every list
feeds: care_act
--- */
select
    record_key, customer_key, thing_id as act_id, written_at as done_at, 'done' as outcome, kind,
    cost as cost_amount, currency, 'kindness' as occasion
from landing.journal__kindness
