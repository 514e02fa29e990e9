/* ---
question: How many customers say we made it easy?
owner: customer-insight
grain: [iso_week]
kpi: ces
label: Made it easy (CES 2.0)
definition: >
  Share of answers of 6 or 7 to 'made it easy for me' (CES 2.0, top-two-box variant), over thirteen
  weeks.
kind: estimate
unit: share
purpose: success
better: up
scale: 1–7
cut_off: 6–7
minimum_n: 10
interval: wilson
clock_weeks: 13
settling_days: 14
source: survey responses
--- */
select iso_week, successes::double / n as share, successes, opposites, n, maturity
from kpi_window
where kpi = 'ces' and weeks = 13 and dimension = 'all'
order by iso_week
