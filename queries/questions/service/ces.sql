/* ---
question: How many customers say we made it easy?
owner: customer-insight
grain: [iso_week]
kpi: ces
label: Made it easy (CES 2.0)
definition: >
  Share of answers of 6 or 7 to 'made it easy for me' (CES 2.0, top-two-box variant).
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
  - Three ways of counting this question are in use; compare only with others who count 6 and 7.
  - Only those who answer are heard; who stays silent may feel otherwise.
--- */
select iso_week, successes::double / n as share, successes, opposites, n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'ces' and dimension = 'all'
order by iso_week
