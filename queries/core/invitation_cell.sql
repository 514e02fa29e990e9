/* ---
about: >
  Who was asked, and answered, in the 4 and 13 weeks before the end of each of the last 26 closed weeks, by the groups
  of the customer base; people who were not in it when they were asked, or not known, are one group of their own
  (nulls)
grain: [survey, iso_week, weeks, segment, region, value_band]
publish: none
--- */
with clock as (
    select 4 as weeks union all select 13
), closed as (
    select distinct iso_week, week_starts_on from dates
    where is_closed and week_ends_on >= local_date($as_of) - interval 182 day
), base as (
    select customer_key, segment, region, value_band, gone_on from customer_value where segment <> 'not known'
), weekly as (
    select invitation.survey, dates.week_starts_on, base.segment, base.region, base.value_band, count(*) as invited,
        count(*) filter (where invitation.answered) as answered
    from invitation
    join dates on dates.date_on = invitation.invited_on
    left join base
        on base.customer_key = invitation.customer_key
        and (base.gone_on is null or base.gone_on > invitation.invited_on)
    group by invitation.survey, dates.week_starts_on, base.segment, base.region, base.value_band
)
select
    weekly.survey, closed.iso_week, clock.weeks, weekly.segment, weekly.region, weekly.value_band,
    cast(sum(weekly.invited) as bigint) as invited, cast(sum(weekly.answered) as bigint) as answered
from closed
cross join clock
join weekly
    on weekly.week_starts_on <= closed.week_starts_on
    and weekly.week_starts_on > closed.week_starts_on - clock.weeks * interval 7 day
group by weekly.survey, closed.iso_week, clock.weeks, weekly.segment, weekly.region, weekly.value_band
qualify sum(sum(weekly.invited)) over (partition by weekly.survey, closed.iso_week, clock.weeks) >= $minimum_n
