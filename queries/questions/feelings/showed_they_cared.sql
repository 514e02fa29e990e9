/* ---
question: Do customers say that we showed we cared?
owner: customer-insight
grain: [iso_week]
kpi: showed_they_cared
label: Said we showed that we cared
definition: >
  Share of answers of 6 or 7 to 'they showed that they cared'.
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
  - It is the customer's word, not a judgement of any one person of ours.
  - Only those who answer are heard; who stays silent may feel otherwise.
--- */
select iso_week, successes::double / n as share, successes, opposites, n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'showed_they_cared' and dimension = 'all'
order by iso_week
