/* ---
question: Do customers feel listened to?
owner: customer-insight
grain: [iso_week]
kpi: listened
label: Felt listened to
definition: >
  Share of answers of 6 or 7 to 'they listened to me'.
kind: estimate
unit: share
purpose: success
better: up
scale: 1–7
cut_off: 6–7
minimum_n: 10
interval: wilson
clock_weeks: [4, 13]
settling_days: 14
source: survey responses
caveats:
  - People judge the whole conversation by how it ended.
  - Only those who answer are heard; who stays silent may feel otherwise.
--- */
select iso_week, successes::double / n as share, successes, opposites, n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'listened' and dimension = 'all'
order by iso_week
