/* ---
about: >
  What every pull said of each period, report by report: a metric that adds up summed over the report's rows, any other
  only of a report without dimensions. A period that came back without rows said 0; a metric that Google withheld from
  us said nothing. `age_days` is how many days after the period's last day it was asked, in the property's own zone
grain: [report, property_id, grain, period_start_on, metric, pulled_at]
publish: none
--- */
with pulled as (
    select *, coalesce(
            cast((pulled_at at time zone 'UTC') at time zone time_zone as date), local_date(pulled_at)
        ) as pulled_on
    from landing.ga4__window
    qualify row_number() over (
        partition by report, property_id, grain, period_start_on, pulled_at order by load_id desc
    ) = 1
), asked as (
    select web_metric.report, web_metric.metric, web_metric.is_additive
    from web_metric
    join (select distinct report, dimensions from web_report) as shape on shape.report = web_metric.report
    where web_metric.is_additive or shape.dimensions = ''
), told as (
    select pulled.report, pulled.property_id, pulled.grain, pulled.period_start_on, pulled.period_end_on,
        asked.metric, asked.is_additive, coalesce(said.value, case when pulled.rows = 0 then 0 end) as value,
        pulled.pulled_at, pulled.is_complete,
        date_diff('day', pulled.period_end_on, pulled.pulled_on) as age_days
    from pulled
    join asked on asked.report = pulled.report
    left join landing.ga4__said as said
        on said.load_id = pulled.load_id and said.report = pulled.report and said.property_id = pulled.property_id
        and said.grain = pulled.grain and said.period_start_on = pulled.period_start_on
        and said.metric = asked.metric
    where ',' || replace(coalesce(pulled.restricted_metrics, ''), ' ', '') || ','
        not like '%,' || asked.metric || ',%'
)
select report, property_id, grain, period_start_on, period_end_on, metric, is_additive, value, pulled_at, is_complete,
    age_days
from told
where value is not null
