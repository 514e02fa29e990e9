/* ---
about: Every KPI week by week (the one-week clock of kpi_window)
grain: [kpi, iso_week, dimension, member]
--- */
select kpi, iso_week, dimension, member, n, successes, opposites, total, total_of_squares, maturity
from kpi_window
where weeks = 1
