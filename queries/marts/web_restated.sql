/* ---
about: >
  Figures of whole periods that said something else at a later pull, one row per change. `was_settled`: the figure had
  been asked as long after its period as it takes to settle, so that the change is news. Left out where too few people
  stand behind the figure to be shown
grain: [report, property_id, grain, period_start_on, metric, pulled_at]
--- */
with shown as (
    select distinct report, property_id, grain, period_start_on from web_kpi where value is not null
), looked as (
    select *,
        lag(value) over (
            partition by report, property_id, grain, period_start_on, metric order by pulled_at
        ) as was,
        lag(pulled_at) over (
            partition by report, property_id, grain, period_start_on, metric order by pulled_at
        ) as was_pulled_at,
        lag(age_days) over (
            partition by report, property_id, grain, period_start_on, metric order by pulled_at
        ) as was_age_days
    from web_said
    where is_complete
)
select looked.report, looked.property_id, looked.grain, looked.period_start_on, looked.metric, looked.was,
    looked.value as is_now, looked.was_pulled_at, looked.pulled_at,
    case when looked.was <> 0 then looked.value / looked.was - 1 end as change_share,
    looked.was_age_days >= coalesce(settled_after.settled_after_days, 3) as was_settled
from looked
join shown
    on shown.report = looked.report and shown.property_id = looked.property_id and shown.grain = looked.grain
    and shown.period_start_on = looked.period_start_on
left join settled_after
    on settled_after.report = looked.report and settled_after.grain = looked.grain
    and settled_after.metric = looked.metric
where looked.was <> looked.value
