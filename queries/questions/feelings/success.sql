/* ---
question: Could customers do what they wanted to do?
owner: customer-insight
grain: [iso_week]
kpi: success
label: Got done what they came for
definition: >
  Share of answers of 6 or 7 to the success item (7 completely succeeded).
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
  - People judge whether they got done what they had in mind, which is not always what we can offer.
--- */
select iso_week, successes::double / n as share, successes, opposites, n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'success' and dimension = 'all'
order by iso_week
