/* ---
about: >
  Every figure of Google Analytics, at every grain that it was asked for. Only where `is_additive` do figures add up, and
  then within one grain: users, visits and rates are read at the grain that is meant. Members with fewer people than the
  minimum n have no value, and where there is one neither has the next smallest of its breakdown: the whole is known, and
  as people overlap, several small members together may still be few. A figure that our account may not see, and Google
  sends as 0, has no value either
grain: [report, property_id, grain, period_start_on, dimension, member, metric]
--- */
with sized as (
    select report, property_id, grain, period_start_on, dimension, member,
        coalesce(max(people), 0) < $minimum_n as is_small, max(people) as people
    from web_period
    group by report, property_id, grain, period_start_on, dimension, member
), judged as (
    select report, property_id, grain, period_start_on, dimension, member,
        is_small or (
            count(*) filter (where is_small) over (
                partition by report, property_id, grain, period_start_on, dimension
            ) > 0
            and row_number() over (
                partition by report, property_id, grain, period_start_on, dimension, is_small order by people, member
            ) = 1
        ) as is_hidden
    from sized
)
select web_period.report, web_period.property_id, web_period.grain, web_period.period_start_on,
    web_period.period_end_on, web_period.dimension, web_period.member, web_period.metric,
    case when not judged.is_hidden and not web_period.is_restricted then web_period.value end as value,
    web_period.maturity, web_period.is_additive, web_period.is_thresholded, web_period.has_other_row,
    web_period.sampling_share, web_period.is_restricted, web_period.currency, web_period.time_zone,
    web_period.pulled_at, judged.is_hidden
from web_period
join judged
    on judged.report = web_period.report and judged.property_id = web_period.property_id
    and judged.grain = web_period.grain and judged.period_start_on = web_period.period_start_on
    and judged.dimension = web_period.dimension and judged.member = web_period.member
