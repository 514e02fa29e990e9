/* ---
about: >
  Customers who are here, and how many of them had an act of care within the care gap. Groups under the minimum n are
  hidden; where those of a breakdown are together still under it, the next smallest goes too
grain: [dimension, member]
publish: none
--- */
with person as (
    select segment, region, language, value_band, coalesce(days_since_care < $care_gap_days, false) as has_care
    from customer_value
    where gone_on is null
), cut as (
    select 'all' as dimension, 'all' as member, has_care from person
    union all
    select 'value_band', value_band, has_care from person
    union all
    select 'segment', segment, has_care from person
    union all
    select 'region', region, has_care from person
    union all
    select 'language', language, has_care from person
), counted as (
    select dimension, member, count(*) as customers, count(*) filter (where has_care) as with_care
    from cut
    group by dimension, member
), ranked as (
    select *,
        sum(case when customers < $minimum_n then customers else 0 end) over (partition by dimension) as small,
        row_number() over (partition by dimension, customers < $minimum_n order by customers, member) as size_rank
    from counted
)
select dimension, member, customers, with_care
from ranked
where customers >= $minimum_n and not (small between 1 and $minimum_n - 1 and size_rank = 1)
