/* ---
question: Do our customers feel well cared for?
owner: customer-insight
grain: [iso_week]
kpi: emotion
label: Felt well cared for
definition: >
  Share of answers of 6 or 7 to the emotion item (1 upset to 7 delighted).
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
  - Only those who answer are heard; who stays silent may feel otherwise.
  - People who hold back from extreme answers, by habit or culture, look less happy than they are.
--- */
select iso_week, successes::double / n as share, successes, opposites, n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'emotion' and dimension = 'all'
order by iso_week
