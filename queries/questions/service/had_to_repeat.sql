/* ---
question: How many customers had to say the same thing again?
owner: customer-insight
grain: [iso_week]
kpi: had_to_repeat
label: Had to repeat themselves
definition: >
  Share of answers of 6 or 7 to 'I had to repeat myself'. Less is better.
kind: estimate
unit: share
purpose: success
better: down
scale: 1–7
cut_off: 6–7
minimum_n: 10
interval: wilson
clock_weeks: [4, 13]
settling_days: 14
source: survey responses
caveats:
  - The question is turned round, so that hurried people who tick the right-hand side count as having repeated themselves.
  - Only those who answer are heard; who stays silent may feel otherwise.
--- */
select iso_week, successes::double / n as share, successes, opposites, n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'had_to_repeat' and dimension = 'all'
order by iso_week
