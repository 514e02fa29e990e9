/* ---
about: Who was drawn, and who was not. Of a person drawn twice (two records merged) the first draw counts
grain: [initiative_id, unit_key]
--- */
select
    assignment.initiative_id, 'customer' as unit_kind, identity.customer_key as unit_key, assignment.arm,
    assignment.stratum, assignment.probability, assignment.assigned_at,
    local_date(assignment.assigned_at) as assigned_on, assignment.received_at
from staged.assignment as assignment
join identity on identity.record_key = assignment.record_key
where assignment.assigned_at <= $as_of
qualify row_number() over (
    partition by assignment.initiative_id, identity.customer_key
    order by assignment.assigned_at, assignment.record_key
) = 1
