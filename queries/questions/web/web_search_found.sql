/* ---
question: Do people who search our website find something?
owner: customer-insight
grain: [iso_week]
kpi: web_search_found
label: Search found something
definition: >
  Of the searches on our website, the share that showed at least one result. A week is provisional until
  Google's figures for it stand still, as our own pulls show.
kind: estimate
unit: share
purpose: success
better: up
scale: found, nothing
cut_off: at least one result
minimum_n: 10
interval: wilson
clock_weeks: [1, 4, 13]
settling_days: 0
source: website searches, counted by Google Analytics
caveats:
  - A result is not yet an answer; whether it was the right one is not known.
  - Searches are counted, not people; what one person does again and again widens the range and is no second witness.
  - Only browsers that let Google count them are there; how many it fills in is not known.
--- */
select iso_week, successes::double / n as share, successes, opposites, n, effective_n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'web_search_found' and dimension = 'all'
order by iso_week
