/* ---
question: How easy was it for customers?
owner: customer-insight
grain: [iso_week]
kpi: effort
label: Found it easy
definition: >
  Share of answers of 6 or 7 to the effort item (7 very easy). High means little effort.
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
  - A contact that was not needed in the first place would have been easier still.
--- */
select iso_week, successes::double / n as share, successes, opposites, n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'effort' and dimension = 'all'
order by iso_week
