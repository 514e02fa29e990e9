/* ---
about: >
  Who reached a person within the promise, by channel and by the hour at which they asked (the company's clock), over
  thirteen weeks. Hours under the minimum n are hidden; where those of a channel are together still under it, the
  next smallest goes too, so that the channel's total does not give them away
grain: [kpi, iso_week, channel, hour]
--- */
with asked as (
    select basis || '_within_promise' as kpi, channel, cast(local_hour(asked_at) as integer) as hour,
        dates.week_starts_on, count(*) as n, count(*) filter (where is_within_promise) as successes
    from wait
    join dates on dates.date_on = wait.asked_on
    where is_within_promise is not null
    group by basis, channel, local_hour(asked_at), dates.week_starts_on
), week as (
    select distinct iso_week, week_starts_on from dates where is_closed
), summed as (
    select asked.kpi, week.iso_week, asked.channel, asked.hour, cast(sum(asked.n) as bigint) as n,
        cast(sum(asked.successes) as bigint) as successes
    from week
    join asked
        on asked.week_starts_on <= week.week_starts_on
        and asked.week_starts_on > week.week_starts_on - interval 91 day
    group by asked.kpi, week.iso_week, asked.channel, asked.hour
), ranked as (
    select *,
        sum(case when n < $minimum_n then n else 0 end) over (partition by kpi, iso_week, channel) as small_n,
        row_number() over (
            partition by kpi, iso_week, channel, n < $minimum_n order by n, hour
        ) as size_rank
    from summed
)
select kpi, iso_week, 13 as weeks, channel, hour, n, successes
from ranked
where n >= $minimum_n and not (small_n between 1 and $minimum_n - 1 and size_rank = 1)
