/* ---
about: >
  Answers of the last 13 closed weeks that are in no number because they were given on another scale than their
  week's. Hidden below the minimum n
grain: [kpi, scale]
--- */
with aside as (
    select answer.item as kpi,
        cast(answer.scale_min as varchar) || '–' || cast(answer.scale_max as varchar) as scale,
        series_week.form as counted_scale
    from answer
    join response on response.response_id = answer.response_id
    join dates on dates.date_on = response.answered_on
    join series_week
        on series_week.kpi = answer.item and series_week.iso_week = dates.iso_week and series_week.what = 'scale'
    where dates.is_closed and dates.date_on > local_date($as_of) - interval 98 day
)
select kpi, scale, max(counted_scale) as counted_scale, count(*) as n
from aside
where scale <> counted_scale
group by kpi, scale
having count(*) >= $minimum_n
