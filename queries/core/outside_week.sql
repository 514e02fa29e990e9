/* ---
about: >
  Figures from outside that nothing of ours can have moved (an industry index, a sister company), one per series and
  week; of several in a week their mean
grain: [series, week_starts_on]
publish: none
--- */
select outside.series, dates.week_starts_on, avg(outside.value) as value
from staged.outside_series as outside
join dates on dates.date_on = outside.week_starts_on
where dates.is_closed
group by outside.series, dates.week_starts_on
