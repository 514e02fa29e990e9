/* ---
about: How many different customers bought or got in touch in the last thirteen closed weeks; no row for too few
grain: []
--- */
with week as (
    select distinct week_starts_on, week_ends_on from dates where is_closed
), latest as (
    select week_starts_on, week_ends_on from week order by week_starts_on desc limit 13
), span as (
    select min(week_starts_on) as starts_on, max(week_ends_on) as ends_on, count(*) as weeks from latest
), met as (
    select customer_key, ordered_on as met_on from purchase
    union all
    select customer_key, opened_on as met_on from interaction
)
select count(distinct met.customer_key) as customers, cast(max(span.weeks) as integer) as weeks
from span
join met on met.met_on between span.starts_on and span.ends_on
having count(distinct met.customer_key) >= $minimum_n
