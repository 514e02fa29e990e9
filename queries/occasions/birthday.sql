/* ---
name: Birthday
care_class: extra
kind: greeting card
cadence_days: 300
due_days: 14
--- */
with born as (
    select customer_key, case when birthday_month_day = '02-29' then '02-28' else birthday_month_day end as month_day
    from customer
    where birthday_month_day is not null
), year as (
    select extract(year from local_date($as_of)) as number
    union all
    select extract(year from local_date($as_of)) + 1
), coming as (
    select born.customer_key, cast(year.number::varchar || '-' || born.month_day as date) as birthday_on
    from born
    cross join year
)
select
    customer_key, local_date($as_of) as since_on, birthday_on as due_on,
    'Has a birthday on ' || strftime(birthday_on, '%Y-%m-%d') || '.' as reason
from coming
where birthday_on >= local_date($as_of) and birthday_on < local_date($as_of) + interval 14 day
