/* ---
name: Anniversary as a customer
care_class: extra
kind: greeting card
cadence_days: 300
due_days: 14
--- */
with joined as (
    select customer_key, first_seen_on, strftime(first_seen_on, '%m-%d') as month_day
    from customer
), year as (
    select extract(year from local_date($as_of)) as number
    union all
    select extract(year from local_date($as_of)) + 1
), coming as (
    select joined.customer_key, year.number - extract(year from joined.first_seen_on) as years,
        cast(
            year.number::varchar || '-' || case when month_day = '02-29' then '02-28' else month_day end as date
        ) as anniversary_on
    from joined
    cross join year
)
select
    customer_key, local_date($as_of) as since_on, anniversary_on as due_on,
    'Will have been with us for ' || case when years = 1 then 'a year' else years::varchar || ' years' end
        || ' on ' || strftime(anniversary_on, '%Y-%m-%d') || '.' as reason
from coming
where years > 0 and anniversary_on >= local_date($as_of)
    and anniversary_on < local_date($as_of) + interval 14 day
