/* ---
about: >
  The weekly counts summed over one week and over the clocks that a KPI may be read by, before small groups are
  hidden. A window begins anew with the week in which the scale or the wording changed. It is provisional while an
  answer may still come in, or while what Google said of one of its weeks may still move. Its effective n is that of the
  pooled share, whose variance is made of those of its weeks: a week of many events of few people weighs on it
grain: [kpi, iso_week, weeks, dimension, member]
publish: none
--- */
with clock as (
    select kpi, weeks from kpi_clock_option
    union
    select distinct kpi, 1 from kpi_cell
), week as (
    select iso_week, min(date_on) as week_starts_on, max(date_on) as week_ends_on,
        bool_and(is_closed) as is_closed
    from dates group by iso_week
), spelled as (
    select kpi_cell.*, week.week_starts_on from kpi_cell join week on week.iso_week = kpi_cell.iso_week
), series as (
    select series_week.kpi, week.iso_week, max(series_week.week_starts_on) as begins_on
    from week
    join series_week on series_week.week_starts_on <= week.week_starts_on
    where series_week.is_break
    group by series_week.kpi, week.iso_week
), moving as (
    select distinct 'web_' || web_share_cell.share as kpi, dates.iso_week
    from web_share_cell
    join dates on dates.date_on = web_share_cell.period_start_on
    where web_share_cell.grain = 'week' and web_share_cell.dimension = ''
        and web_share_cell.maturity = 'provisional'
)
select
    spelled.kpi, week.iso_week, clock.weeks, spelled.dimension, spelled.member,
    cast(sum(spelled.n) as bigint) as n, cast(sum(spelled.successes) as bigint) as successes,
    cast(sum(spelled.opposites) as bigint) as opposites, sum(spelled.total) as total,
    sum(spelled.total_of_squares) as total_of_squares,
    cast(
        sum(spelled.n) * sum(spelled.n)
            / sum(cast(spelled.n * spelled.n / coalesce(spelled.effective_n, spelled.n) as decimal(28, 6))) as double
    ) as effective_n,
    case
        when not bool_and(week.is_closed) then 'partial'
        when max(week.week_ends_on) + max(coalesce(settling.settling_days, 0)) * interval 1 day >= local_date($as_of) then 'provisional'
        when count(moving.kpi) > 0 then 'provisional'
        else 'final'
    end as maturity
from week
cross join clock
left join series on series.kpi = clock.kpi and series.iso_week = week.iso_week
join spelled
    on spelled.kpi = clock.kpi
    and spelled.week_starts_on >= coalesce(series.begins_on, spelled.week_starts_on)
    and spelled.week_starts_on <= week.week_starts_on
    and spelled.week_starts_on > week.week_starts_on - clock.weeks * interval 7 day
left join kpi_settling as settling on settling.kpi = spelled.kpi
left join moving on moving.kpi = spelled.kpi and moving.iso_week = spelled.iso_week
group by spelled.kpi, week.iso_week, clock.weeks, spelled.dimension, spelled.member
