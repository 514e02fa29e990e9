/* ---
name: A top customer nobody has spoken to
care_class: extra
kind: call
cadence_days: 90
due_days: 14
--- */
select
    customer_key,
    coalesce(cast(last_contact_on + $care_gap_days * interval 1 day as date), customer_since_on) as since_on,
    'Ordered ' || case when orders = 1 then 'once' when orders = 2 then 'twice' else orders::varchar || ' times' end
        || ' in two years'
        || case when last_emotion <= 3 then '; felt badly treated when last asked' else '' end
        || case when last_contact_on is null then '; nobody has ever spoken to them.'
            else '; nobody has spoken to them since ' || strftime(last_contact_on, '%Y-%m-%d') || '.' end as reason
from customer_value
where is_top_customer
    and (last_contact_on is null or last_contact_on < local_date($as_of) - $care_gap_days * interval 1 day)
