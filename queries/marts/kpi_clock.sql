/* ---
about: >
  Over how many weeks each KPI is read: the shortest clock of its definition that holds 400 answers in a usual week
  of the last 13 (a week without answers counts as 0), else the longest; of what one person may do again and again, as
  many as its effective n. Its answers a week are hidden below the minimum n
grain: [kpi]
--- */
with week as (
    select iso_week
    from dates
    where is_closed and date_on = week_ends_on and date_on > local_date($as_of) - interval 98 day
    qualify row_number() over (order by date_on desc) <= 13
), usual as (
    select known.kpi, median(coalesce(kpi_cell.n, 0)) as answers_a_week,
        median(coalesce(kpi_cell.effective_n, kpi_cell.n, 0)) as bears_a_week
    from (select distinct kpi from kpi_clock_option) as known
    cross join week
    left join kpi_cell
        on kpi_cell.kpi = known.kpi and kpi_cell.iso_week = week.iso_week and kpi_cell.dimension = 'all'
    group by known.kpi
)
select
    kpi_clock_option.kpi,
    coalesce(
        min(kpi_clock_option.weeks) filter (where kpi_clock_option.weeks * usual.bears_a_week >= 400),
        max(kpi_clock_option.weeks)
    ) as weeks,
    max(case when usual.answers_a_week >= $minimum_n then usual.answers_a_week end) as answers_a_week
from kpi_clock_option
join usual on usual.kpi = kpi_clock_option.kpi
group by kpi_clock_option.kpi
