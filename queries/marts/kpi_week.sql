/* ---
about: >
  Every KPI in single weeks that do not overlap, which is what alarms are raised on whatever clock is shown. Closed
  weeks are comparable: an answer, a wait or an act counts in the week in which it happened, and what is judged later
  (came back within 7 days, ordered again within a year) in the week in which it could be judged. What arrives later
  still, within the settling days of its definition, marks the week as provisional; the week that is not over is
  partial and is compared with nothing here (kpi_so_far compares it like for like)
grain: [kpi, iso_week, dimension, member]
--- */
select kpi, iso_week, dimension, member, n, successes, opposites, total, total_of_squares, effective_n, maturity
from kpi_window
where weeks = 1
