/* ---
about: What we plan to try, as written last; a list of the same name that the company sent stands
feeds: initiative
--- */
select
    initiative_id, name, tactic, care_class, hypothesis, outcome as primary_outcome,
    'customer' as unit_of_assignment, horizon_days, smallest_effect as smallest_effect_worth_having, starts_on,
    currency, occasion, looks as looks_on, local_date(written_at) as written_on
from landing.journal__plan
where initiative_id not in (select initiative_id from landing.careful__initiative)
qualify row_number() over (partition by initiative_id order by entry_id desc) = 1
