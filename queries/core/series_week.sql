/* ---
about: >
  With which scale and wording each survey item is asked, week by week. A series breaks with the week in which another
  scale or wording has three quarters of the answers (at least five), unless one of the 13 weeks before rules again
  within 13 weeks: two surveys side by side, stragglers, or exports in turn in two languages break nothing. Between
  breaks the most frequent form is that of the series. Answers whose source tells no wording say nothing of it
grain: [kpi, iso_week, what]
publish: none
--- */
with told as (
    select answer.item as kpi, dates.week_starts_on, dates.iso_week, 'scale' as what,
        cast(answer.scale_min as varchar) || '–' || cast(answer.scale_max as varchar) as form
    from answer
    join response on response.response_id = answer.response_id
    join dates on dates.date_on = response.answered_on
    union all
    select answer.item, dates.week_starts_on, dates.iso_week, 'wording', answer.wording_version
    from answer
    join response on response.response_id = answer.response_id
    join dates on dates.date_on = response.answered_on
    where answer.wording_version is not null
), counted as (
    select kpi, what, week_starts_on, iso_week, form, count(*) as n
    from told
    group by kpi, what, week_starts_on, iso_week, form
), shared as (
    select *, sum(n) over (partition by kpi, what, week_starts_on) as week_n from counted
), ruling as (
    select kpi, what, week_starts_on, form,
        lag(form) over (partition by kpi, what order by week_starts_on) as form_before
    from shared
    where n >= 5 and 4 * n >= 3 * week_n
), turned as (
    select kpi, what, week_starts_on from ruling where form <> form_before
), turned_back as (
    select distinct turned.kpi, turned.what, turned.week_starts_on
    from turned
    join ruling as earlier
        on earlier.kpi = turned.kpi and earlier.what = turned.what
        and earlier.week_starts_on < turned.week_starts_on
        and earlier.week_starts_on >= turned.week_starts_on - interval 91 day
    join ruling as later
        on later.kpi = turned.kpi and later.what = turned.what and later.form = earlier.form
        and later.week_starts_on >= turned.week_starts_on
        and later.week_starts_on < turned.week_starts_on + interval 91 day
), broken as (
    select turned.kpi, turned.what, turned.week_starts_on
    from turned
    left join turned_back
        on turned_back.kpi = turned.kpi and turned_back.what = turned.what
        and turned_back.week_starts_on = turned.week_starts_on
    where turned_back.kpi is null
), week as (
    select distinct kpi, what, week_starts_on, iso_week from counted
), numbered as (
    select week.kpi, week.what, week.week_starts_on, week.iso_week, broken.kpi is not null as is_break,
        count(broken.kpi) over (
            partition by week.kpi, week.what order by week.week_starts_on
            rows between unbounded preceding and current row
        ) as series
    from week
    left join broken
        on broken.kpi = week.kpi and broken.what = week.what and broken.week_starts_on = week.week_starts_on
), named as (
    select numbered.kpi, numbered.what, numbered.series, counted.form
    from numbered
    join counted
        on counted.kpi = numbered.kpi and counted.what = numbered.what
        and counted.week_starts_on = numbered.week_starts_on
    group by numbered.kpi, numbered.what, numbered.series, counted.form
    qualify row_number() over (
        partition by numbered.kpi, numbered.what, numbered.series order by sum(counted.n) desc, counted.form
    ) = 1
)
select numbered.kpi, numbered.iso_week, numbered.what, numbered.week_starts_on, named.form,
    before.form as form_before, numbered.is_break
from numbered
join named
    on named.kpi = numbered.kpi and named.what = numbered.what and named.series = numbered.series
left join named as before
    on before.kpi = numbered.kpi and before.what = numbered.what and before.series = numbered.series - 1
