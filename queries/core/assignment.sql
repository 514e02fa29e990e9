/* ---
about: >
  Who was drawn, and who was not. Of a person drawn twice (two records merged) the first draw counts.
  is_in_both_arms: records of one person were drawn into different arms before we knew that they are one
grain: [initiative_id, unit_key]
--- */
with drawn as (
    select assignment.*, person.customer_key as unit_key,
        coalesce(assignment.customer_key, assignment.record_key) as known_as
    from staged.assignment as assignment
    join person on person.known_as = coalesce(assignment.customer_key, assignment.record_key)
    where assignment.assigned_at <= $as_of
)
select
    initiative_id, 'customer' as unit_kind, unit_key, arm, stratum, probability, assigned_at,
    local_date(assigned_at) as assigned_on, received_at,
    min(arm) over person_drawn <> max(arm) over person_drawn
        and min(known_as) over person_drawn <> max(known_as) over person_drawn as is_in_both_arms
from drawn
window person_drawn as (partition by initiative_id, unit_key)
qualify row_number() over (partition by initiative_id, unit_key order by assigned_at, record_key) = 1
