/* ---
question: How many more promoters than detractors answer us?
owner: customer-insight
grain: [iso_week]
kpi: nps
label: Net Promoter Score
definition: >
  Share of 9–10 minus share of 0–6 on the 0–10 recommendation question, in points.
kind: estimate
unit: points
purpose: success
better: up
scale: 0–10
cut_off: 9–10 less 0–6
minimum_n: 10
interval: nps
clock_weeks: [4, 13]
settling_days: 14
source: survey responses
caveats:
  - It throws much away; whether people answer 0 or 6 makes no difference, so that its range is wide.
  - What people say they would do, not what they did, and only of those who answer.
--- */
select iso_week, (successes - opposites)::double / n as net_share, successes, opposites, n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'nps' and dimension = 'all'
order by iso_week
