/* ---
about: >
  What Google counts adds up to Google's own total, unless small groups are withheld, rows are rolled up into "(other)"
  or visits are sampled; else rows were lost on the way
severity: warn
--- */
with newest as (
    select *
    from landing.ga4__total
    qualify row_number() over (
        partition by report, property_id, grain, window_start_on, window_end_on, metric
        order by pulled_at desc, load_id desc
    ) = 1
), excused as (
    select load_id, report
    from landing.ga4__window
    where is_thresholded or has_other_row or samples_read_count < sampling_space_size
)
select newest.report, newest.property_id, newest.grain, newest.window_start_on, newest.metric
from newest
left join excused on excused.load_id = newest.load_id and excused.report = newest.report
where newest.is_additive and excused.load_id is null
    and abs(newest.rows_total - newest.api_total) > 0.000001 * greatest(abs(newest.api_total), 1)
