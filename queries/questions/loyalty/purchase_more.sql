/* ---
question: How many customers would buy more from us?
owner: customer-insight
grain: [iso_week]
kpi: purchase_more
label: Would buy more
definition: >
  Share of answers of 6 or 7 to the purchase more item.
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
  - What people say they would do, not what they did.
  - Only those who answer are heard; who stays silent may feel otherwise.
--- */
select iso_week, successes::double / n as share, successes, opposites, n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'purchase_more' and dimension = 'all'
order by iso_week
