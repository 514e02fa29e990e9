/* ---
about: >
  Figures of reports saved in the interface, for all users and whole days, weeks, months or 28 days that end on a
  Sunday. An exploration does not say what it filters, and other segments are not everyone: they stay in landing. Where
  several pages became one, because what was personal in their paths is left out, only what adds up is told of them
feeds: web_period
--- */
with property as (
    select case when count(distinct property_id) = 1 then max(property_id) end as property_id from landing.ga4__window
), declared as (
    select distinct web_report.report, web_report.dimensions, web_metric.metric, web_metric.is_additive
    from web_report join web_metric on web_metric.report = web_report.report
), figure as (
    select coalesce(property.property_id, cell.property) as property_id,
        case
            when cell.starts_on = cell.ends_on then 'day'
            when cell.starts_on = first_day.week_starts_on and cell.ends_on = first_day.week_ends_on then 'week'
            when cell.starts_on = date_trunc('month', cell.starts_on)::date
                and cell.ends_on = (date_trunc('month', cell.starts_on) + interval 1 month - interval 1 day)::date
                then 'month'
            when date_diff('day', cell.starts_on, cell.ends_on) = 27 and cell.ends_on = last_day.week_ends_on
                then 'rolling_28_days'
        end as grain,
        cell.starts_on, cell.ends_on, coalesce(cell.dimension, '') as dimension, coalesce(cell.member, '') as member,
        cell.metric, cell.value, cell.received_at
    from landing.ga4__cell as cell
    cross join property
    join dates as first_day on first_day.date_on = cell.starts_on
    join dates as last_day on last_day.date_on = cell.ends_on
    where lower(cell.segment) in (
        'all users', 'alle nutzer', 'tous les utilisateurs', 'todos los usuarios', 'tutti gli utenti'
    )
)
select declared.report, figure.property_id, figure.grain, figure.starts_on as period_start_on,
    figure.ends_on as period_end_on, figure.dimension, figure.member, figure.metric,
    case when bool_and(declared.is_additive) or count(*) = 1 then sum(figure.value) end as value,
    'csv' as shape, max(figure.received_at) as pulled_at
from figure
join declared on declared.dimensions = figure.dimension and declared.metric = figure.metric
where figure.grain is not null
    and (
        declared.report in ('visitors', 'purchases', 'channels', 'audiences')
        or declared.report = 'help_pages' and (figure.member like '/help%' or figure.member like '/contact%')
        or declared.report = 'story_pages' and figure.member like '/stories%'
        or declared.report = 'care_events' and figure.member in (
            'help_view', 'contact_view', 'chat_start', 'human_reached', 'form_start', 'form_submit', 'form_abandon'
        )
    )
group by declared.report, figure.property_id, figure.grain, figure.starts_on, figure.ends_on, figure.dimension,
    figure.member, figure.metric
