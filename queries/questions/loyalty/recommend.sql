/* ---
question: How many customers would recommend us?
owner: customer-insight
grain: [iso_week]
kpi: recommend
label: Would recommend us
definition: >
  Share of answers of 6 or 7 to the recommend item, over thirteen weeks. What people say they would
  do, not what they did.
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
where kpi = 'recommend' and weeks = 13 and dimension = 'all'
order by iso_week
