/* ---
question: Do our help pages help those who read them?
owner: customer-insight
grain: [iso_week]
kpi: web_helpful
label: Help page was helpful
definition: >
  Of the answers to 'Was this helpful?' on our help pages, the share that said yes. A week is provisional until
  Google's figures for it stand still, as our own pulls show.
kind: estimate
unit: share
purpose: success
better: up
scale: answered yes, answered no
cut_off: answered yes
minimum_n: 10
interval: wilson
clock_weeks: [1, 4, 13]
settling_days: 0
source: website answers, counted by Google Analytics
caveats:
  - Few readers answer, mostly the very pleased and the very annoyed; of all the others it tells nothing.
  - Answers are counted, not people; what one person does again and again widens the range and is no second witness.
  - Only browsers that let Google count them are there; how many it fills in is not known.
--- */
select iso_week, successes::double / n as share, successes, opposites, n, effective_n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'web_helpful' and dimension = 'all'
order by iso_week
