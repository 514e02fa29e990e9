/* ---
about: >
  How much of two years' sales comes from the most valuable 1, 5, 10 and 20 of 100 customers who bought. A part with
  fewer customers than the minimum n is left out; each next part holds at least as many more
grain: [top_share]
--- */
with spent as (
    select customer_key, sum(reporting_amount) as amount
    from purchase
    where customer_key is not null and reporting_amount is not null
        and ordered_on > local_date($as_of) - interval 730 day
    group by customer_key
), ranked as (
    select amount, row_number() over (order by amount desc, customer_key) as place, count(*) over () as buyers,
        sum(amount) over () as total
    from spent
    where amount > 0
), part as (
    select 1 as top_percent
    union all
    select 5
    union all
    select 10
    union all
    select 20
), summed as (
    select part.top_percent, max(ranked.buyers) as buyers,
        cast(floor(max(ranked.buyers) * part.top_percent / 100) as bigint) as customers,
        sum(ranked.amount) filter (where ranked.place <= floor(ranked.buyers * part.top_percent / 100)) as amount,
        max(ranked.total) as total
    from part
    cross join ranked
    group by part.top_percent
)
select top_percent / 100 as top_share, customers, buyers, cast(amount as double) / cast(total as double) as sales_share
from summed
where customers >= $minimum_n
