/* ---
about: >
  Waits for a person in buckets that widen with the wait (to 5 s under a minute, to 1 min under an hour, to 15 min after):
  finished ones, and those that ended without a person. Weeks under the minimum n are hidden
grain: [kpi, iso_week, dimension, member, bucket_seconds]
--- */
with cut as (
    select 'time_to_' || basis as kpi, dates.iso_week, 'all' as dimension, 'all' as member, seconds, is_finished
    from wait join dates on dates.date_on = wait.asked_on
    union all
    select 'time_to_' || basis, dates.iso_week, 'channel', channel, seconds, is_finished
    from wait join dates on dates.date_on = wait.asked_on
), bucketed as (
    select kpi, iso_week, dimension, member, is_finished,
        cast(case
            when seconds < 60 then ceil(seconds / 5) * 5
            when seconds < 3600 then ceil(seconds / 60) * 60
            else ceil(seconds / 900) * 900
        end as bigint) as bucket_seconds
    from cut
), sized as (
    select *, count(*) over (partition by kpi, iso_week, dimension, member) as n from bucketed
)
select kpi, iso_week, dimension, member, bucket_seconds,
    count(*) filter (where is_finished) as finished, count(*) filter (where not is_finished) as censored
from sized
where n >= $minimum_n
group by kpi, iso_week, dimension, member, bucket_seconds
