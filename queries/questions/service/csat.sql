/* ---
question: How many customers are satisfied?
owner: customer-insight
grain: [iso_week]
kpi: csat
label: Satisfied (CSAT)
definition: >
  Share of answers of 4 or 5 on the five-point satisfaction question.
kind: estimate
unit: share
purpose: success
better: up
scale: 1–5
cut_off: 4–5
minimum_n: 10
interval: wilson
clock_weeks: [4, 13]
settling_days: 14
source: survey responses
caveats:
  - Satisfied customers leave too; the answers of one moment say little about loyalty.
  - Only those who answer are heard; who stays silent may feel otherwise.
--- */
select iso_week, successes::double / n as share, successes, opposites, n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'csat' and dimension = 'all'
order by iso_week
