/* ---
question: How many more promoters than detractors answer us?
owner: customer-insight
grain: [iso_week]
kpi: nps
label: Net Promoter Score
definition: >
  Share of 9–10 minus share of 0–6 on the 0–10 recommendation question, in points, over thirteen
  weeks.
kind: estimate
unit: points
purpose: success
better: up
scale: 0–10
cut_off: 9–10 less 0–6
minimum_n: 10
interval: nps
clock_weeks: 13
settling_days: 14
source: survey responses
--- */
select iso_week, successes::double / n as share, successes, opposites, n, maturity
from kpi_window
where kpi = 'nps' and weeks = 13 and dimension = 'all'
order by iso_week
