/* ---
about: The whole months that an initiative started in turn is looked at in
grain: [initiative_id, month_on]
publish: none
--- */
with looked_at as (
    select distinct initiative_id, first_month_on, last_month_on from initiative_unit
)
select distinct looked_at.initiative_id, cast(date_trunc('month', dates.date_on) as date) as month_on
from looked_at
join dates on dates.date_on >= looked_at.first_month_on and dates.date_on < looked_at.last_month_on + interval 1 month
