/* ---
question: How many customers would forgive us a mistake?
owner: customer-insight
grain: [iso_week]
kpi: forgive
label: Would forgive us a mistake
definition: >
  Share of answers of 6 or 7 to the forgive item.
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
  - What people say they would do, not what they did. Whoever has left is not asked.
  - Only those who answer are heard; who stays silent may feel otherwise.
--- */
select iso_week, successes::double / n as share, successes, opposites, n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'forgive' and dimension = 'all'
order by iso_week
