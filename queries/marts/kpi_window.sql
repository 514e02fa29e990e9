/* ---
about: >
  Every KPI over one week and over the clocks of its definition, without the groups that are too small to be shown, nor
  those that would give one of them away (guarded_cell within a breakdown, nested_cell between breakdowns)
grain: [kpi, iso_week, weeks, dimension, member]
--- */
select guarded_cell.kpi, guarded_cell.iso_week, guarded_cell.weeks, guarded_cell.dimension, guarded_cell.member,
    guarded_cell.n, guarded_cell.successes, guarded_cell.opposites, guarded_cell.total, guarded_cell.total_of_squares,
    guarded_cell.effective_n, guarded_cell.maturity
from guarded_cell
left join nested_cell
    on nested_cell.kpi = guarded_cell.kpi and nested_cell.iso_week = guarded_cell.iso_week
    and nested_cell.weeks = guarded_cell.weeks and nested_cell.dimension = guarded_cell.dimension
    and nested_cell.member = guarded_cell.member
where not guarded_cell.is_hidden and nested_cell.kpi is null
