/* ---
about: >
  Every figure that Google Analytics gave for a period, as last told, beside what the answer said of itself. Where a
  period came in several shapes, the API's counts, else the BigQuery export's. `people` is the smallest count of people
  given for the member: what is hidden goes by it. A figure is partial while its period is not over, and provisional
  until it was asked as many days after it as it takes to settle (settled_after; three where no report says); in a
  cohort, each week after the first has an end of its own
grain: [report, property_id, grain, period_start_on, dimension, member, metric]
--- */
with newest as (
    select *, cast((pulled_at at time zone 'UTC') at time zone time_zone as date) as pulled_on
    from landing.ga4__window
    qualify row_number() over (
        partition by report, property_id, grain, period_start_on order by pulled_at desc, load_id desc
    ) = 1
), additive as (
    select metric, bool_and(is_additive) as is_additive from web_metric group by metric
), told as (
    select report, coalesce(property_id, 'not known') as property_id, grain, period_start_on, period_end_on,
        coalesce(dimension, '') as dimension, coalesce(member, '') as member, metric, value, currency,
        shape, pulled_at,
        case shape when 'api' then 1 when 'bigquery' then 2 else 3 end as shape_rank
    from staged.web_period
), best as (
    select * from told
    qualify shape_rank = min(shape_rank) over (partition by report, property_id, grain, period_start_on)
        and row_number() over (
            partition by report, property_id, grain, period_start_on, dimension, member, metric
            order by shape_rank, pulled_at desc
        ) = 1
), judged as (
    select best.*,
        coalesce(additive.is_additive, false) as is_additive, coalesce(newest.is_complete, true) as is_complete,
        coalesce(newest.is_thresholded, false) as is_thresholded,
        coalesce(newest.has_other_row, false) as has_other_row,
        case
            when newest.samples_read_count < newest.sampling_space_size
                then newest.samples_read_count::double / newest.sampling_space_size
        end as sampling_share,
        ',' || replace(coalesce(newest.restricted_metrics, ''), ' ', '') || ',' like '%,' || best.metric || ',%'
            as is_restricted,
        newest.truncated_before_on, newest.empty_reason, newest.time_zone,
        coalesce(newest.pulled_on, local_date(best.pulled_at)) as pulled_on,
        best.period_end_on + 7 * case
            when best.dimension = 'cohort_nth_week'
                then coalesce(cast(nullif(regexp_extract(best.member, '^[0-9]+$'), '') as integer), 0)
            else 0
        end * interval 1 day as ends_on,
        coalesce(settled_after.settled_after_days, 3) as settled_after_days,
        min(
            case
                when best.metric in ('active_users', 'total_purchasers', 'cohort_total_users') then best.value
            end
        ) over (
            partition by best.report, best.property_id, best.grain, best.period_start_on, best.dimension, best.member
        ) as people
    from best
    left join newest
        on best.shape = 'api' and newest.report = best.report and newest.property_id = best.property_id
        and newest.grain = best.grain and newest.period_start_on = best.period_start_on
    left join additive on additive.metric = best.metric
    left join settled_after
        on settled_after.report = best.report and settled_after.grain = best.grain
        and settled_after.metric = best.metric
)
select report, property_id, grain, period_start_on, period_end_on, dimension, member, metric, value, people,
    is_additive, currency, shape, pulled_at,
    date_diff('day', ends_on::date, pulled_on) as age_days,
    case
        when not is_complete or pulled_on <= ends_on::date then 'partial'
        when date_diff('day', ends_on::date, pulled_on) < settled_after_days then 'provisional'
        else 'final'
    end as maturity,
    is_complete, is_thresholded, has_other_row, sampling_share, is_restricted, truncated_before_on, empty_reason,
    time_zone
from judged
