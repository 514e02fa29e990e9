/* ---
about: >
  Which customers the known members of an audience are, by segment, region, value band and buying group; beside each,
  how many customers of that kind there are who agreed to care. Groups under the minimum n are hidden; where those
  hidden are together still under it, the next smallest goes too
grain: [property_id, audience, dimension, member]
--- */
with person as (
    select worth.customer_key, worth.segment, worth.region, worth.value_band, worth.rfm_segment
    from customer_value as worth
    join customer on customer.customer_key = worth.customer_key
    where customer.has_care_consent
), kind as (
    select customer_key, 'segment' as dimension, segment as member from person
    union all
    select customer_key, 'region', region from person
    union all
    select customer_key, 'value_band', value_band from person
    union all
    select customer_key, 'rfm_segment', rfm_segment from person
), everyone as (
    select dimension, member, count(*) as of_customers from kind group by dimension, member
), counted as (
    select web_member.property_id, web_member.audience, max(web_member.snapshot_on) as snapshot_on, kind.dimension,
        kind.member, count(distinct web_member.customer_key) as customers
    from web_member
    join kind on kind.customer_key = web_member.customer_key
    group by web_member.property_id, web_member.audience, kind.dimension, kind.member
), ranked as (
    select *,
        sum(case when customers < $minimum_n then customers else 0 end) over (
            partition by property_id, audience, dimension
        ) as small,
        row_number() over (
            partition by property_id, audience, dimension, customers < $minimum_n order by customers, member
        ) as size_rank
    from counted
)
select ranked.property_id, ranked.audience, ranked.snapshot_on, ranked.dimension, ranked.member, ranked.customers,
    everyone.of_customers
from ranked
join everyone on everyone.dimension = ranked.dimension and everyone.member = ranked.member
where ranked.customers >= $minimum_n and not (ranked.small between 1 and $minimum_n - 1 and ranked.size_rank = 1)
