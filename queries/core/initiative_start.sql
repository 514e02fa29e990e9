/* ---
about: >
  Who got what we do on purpose, who did not, and since when: by the list where there is one, else by the first act
grain: [initiative_id, customer_key]
publish: none
--- */
select initiative_id, unit_key as customer_key, arm, assigned_on as started_on
from assignment
union all
select initiative_id, customer_key, 'treated', min(done_on)
from care_act
where customer_key is not null and initiative_id is not null
    and initiative_id not in (select initiative_id from assignment)
group by initiative_id, customer_key
