/* ---
about: >
  Of the customer base, how many people were asked in the last 13 closed weeks, and how many of these answered, by one
  property at a time. Groups under the minimum n, of customers or of people asked, are hidden; where those of a
  breakdown are together still under it in either, the next smallest that was asked goes too: the other breakdowns
  have the same totals
grain: [dimension, member]
publish: none
--- */
with period as (
    select max(date_on) as last_on from dates where is_closed
), asked as (
    select invitation.customer_key, bool_or(invitation.answered) as answered
    from invitation
    cross join period
    where invitation.invited_on <= period.last_on and invitation.invited_on > period.last_on - interval 91 day
        and invitation.customer_key is not null
    group by invitation.customer_key
), person as (
    select customer_value.segment, customer_value.region, customer_value.value_band,
        case when asked.customer_key is not null then 1 else 0 end as invited,
        case when asked.answered then 1 else 0 end as answered
    from customer_value
    left join asked on asked.customer_key = customer_value.customer_key
    where customer_value.gone_on is null and customer_value.segment <> 'not known'
        and exists (select 1 from asked as anybody)
), cut as (
    select 'segment' as dimension, segment as member, invited, answered from person
    union all
    select 'region', region, invited, answered from person
    union all
    select 'value_band', value_band, invited, answered from person
), counted as (
    select dimension, member, count(*) as customers, cast(sum(invited) as bigint) as invited,
        cast(sum(answered) as bigint) as answered
    from cut group by dimension, member
), sized as (
    select *, invited between 1 and $minimum_n - 1 or customers < $minimum_n as is_small from counted
), ranked as (
    select *,
        sum(case when is_small then customers else 0 end) over (partition by dimension) as small_customers,
        sum(case when is_small then invited else 0 end) over (partition by dimension) as small_invited,
        row_number() over (
            partition by dimension, is_small order by case when invited > 0 then 0 else 1 end, customers, member
        ) as size_rank
    from sized
)
select dimension, member, customers, invited, answered
from ranked
where not is_small and not (
    (small_customers between 1 and $minimum_n - 1 or small_invited between 1 and $minimum_n - 1) and size_rank = 1
)
