/* ---
about: The weekly counts summed over 1, 4 and 13 weeks, before small groups are hidden
grain: [kpi, iso_week, weeks, dimension, member]
publish: none
--- */
with clock as (
    select 1 as weeks union all select 4 union all select 13
), week as (
    select iso_week, min(date_on) as week_starts_on, max(date_on) as week_ends_on,
        bool_and(is_closed) as is_closed
    from dates group by iso_week
), spelled as (
    select kpi_cell.*, week.week_starts_on from kpi_cell join week on week.iso_week = kpi_cell.iso_week
)
select
    spelled.kpi, week.iso_week, clock.weeks, spelled.dimension, spelled.member,
    cast(sum(spelled.n) as bigint) as n, cast(sum(spelled.successes) as bigint) as successes,
    cast(sum(spelled.opposites) as bigint) as opposites, sum(spelled.total) as total,
    sum(spelled.total_of_squares) as total_of_squares,
    case
        when not bool_and(week.is_closed) then 'partial'
        when max(week.week_ends_on) + max(coalesce(settling.settling_days, 0)) * interval 1 day >= local_date($as_of) then 'provisional'
        else 'final'
    end as maturity
from week
cross join clock
join spelled
    on spelled.week_starts_on <= week.week_starts_on
    and spelled.week_starts_on > week.week_starts_on - clock.weeks * interval 7 day
left join kpi_settling as settling on settling.kpi = spelled.kpi
where spelled.kpi <> 'top_customers_with_care' or clock.weeks = 1
group by spelled.kpi, week.iso_week, clock.weeks, spelled.dimension, spelled.member
