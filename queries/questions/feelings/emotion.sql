/* ---
question: Do our customers feel well cared for?
owner: customer-insight
grain: [iso_week]
kpi: emotion
label: Felt well cared for
definition: >
  Share of answers of 6 or 7 to the emotion item (1 upset to 7 delighted), over four weeks.
kind: estimate
unit: share
purpose: success
better: up
scale: 1–7
cut_off: 6–7
minimum_n: 10
interval: wilson
clock_weeks: 4
settling_days: 14
source: survey responses
--- */
select iso_week, successes::double / n as share, successes, opposites, n, maturity
from kpi_window
where kpi = 'emotion' and weeks = 4 and dimension = 'all'
order by iso_week
