/* ---
about: >
  What Google said of its own answers, report by report and grain by grain, of each period as last asked: how many
  periods were thresholded, rolled up into "(other)", sampled, cut off, or came without rows. `unreconciled`: metrics
  that add up and whose rows do not add up to Google's own total in some window; `gap_share`: by how much the sum of the
  rows misses that total at most, where a metric does not add up: the error that summing it would make
grain: [report, property_id, grain]
--- */
with newest as (
    select *
    from landing.ga4__window
    qualify row_number() over (
        partition by report, property_id, grain, period_start_on order by pulled_at desc, load_id desc
    ) = 1
), told as (
    select report, property_id, grain, count(*) as periods, min(period_start_on) as first_on,
        max(period_end_on) as last_on, max(pulled_at) as pulled_at,
        count(*) filter (where is_thresholded) as thresholded, count(*) filter (where has_other_row) as other_rows,
        count(*) filter (where samples_read_count < sampling_space_size) as sampled,
        count(*) filter (where restricted_metrics <> '') as restricted,
        count(*) filter (where truncation <> '') as truncated, count(*) filter (where rows = 0) as without_rows,
        max(truncated_before_on) as truncated_before_on, arg_max(currency, pulled_at) as currency,
        arg_max(time_zone, pulled_at) as time_zone
    from newest
    group by report, property_id, grain
), ever as (
    select property_id, count(distinct time_zone) > 1 as zone_changed, count(distinct currency) > 1 as currency_changed
    from landing.ga4__window
    group by property_id
), settling as (
    select report, grain, max(settled_after_days) as settled_after_days, bool_and(is_measured) as is_measured
    from settled_after
    group by report, grain
), total as (
    select *
    from landing.ga4__total
    qualify row_number() over (
        partition by report, property_id, grain, window_start_on, window_end_on, metric
        order by pulled_at desc, load_id desc
    ) = 1
), reconciled as (
    select report, property_id, grain,
        count(distinct case
            when is_additive and abs(rows_total - api_total) > 0.000001 * greatest(abs(api_total), 1) then metric
        end) as unreconciled,
        max(
            case when not is_additive and api_total > 0 then abs(rows_total - api_total) / api_total end
        ) as gap_share
    from total
    group by report, property_id, grain
)
select told.report, told.property_id, told.grain, told.periods, told.first_on, told.last_on, told.pulled_at,
    told.thresholded, told.other_rows, told.sampled, told.restricted, told.truncated, told.without_rows,
    told.truncated_before_on, told.currency, told.time_zone, ever.zone_changed, ever.currency_changed,
    settling.settled_after_days, settling.is_measured, coalesce(reconciled.unreconciled, 0) as unreconciled,
    reconciled.gap_share
from told
join ever on ever.property_id = told.property_id
left join settling on settling.report = told.report and settling.grain = told.grain
left join reconciled
    on reconciled.report = told.report and reconciled.property_id = told.property_id
    and reconciled.grain = told.grain
