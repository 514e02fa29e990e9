/* ---
name: A top customer without personal care
care_class: extra
kind: handwritten note
cadence_days: 90
due_days: 14
--- */
select
    customer_key,
    coalesce(cast(last_care_on + $care_gap_days * interval 1 day as date), customer_since_on) as since_on,
    'Ordered ' || case when orders = 1 then 'once' when orders = 2 then 'twice' else orders::varchar || ' times' end
        || ' in two years'
        || case when last_emotion <= 3 then '; felt badly treated when last asked' else '' end
        || case when last_care_on is null then '; has never had personal care from us.'
            else '; last had personal care from us on ' || strftime(last_care_on, '%Y-%m-%d') || '.' end as reason
from customer_value
where is_top_customer
    and (last_care_on is null or last_care_on <= local_date($as_of) - $care_gap_days * interval 1 day)
