/* ---
question: How many of our visitors have been here before?
owner: customer-insight
grain: [iso_week]
kpi: web_returning
label: Had been here before
definition: >
  Of the visitors of the week, the share that had been on our website before, be it earlier in the same week.
  Both are Google's estimates for that very week, never added up over weeks; of several websites the one with
  most visitors counts. A week is provisional until Google's figures for it stand still, as our own pulls show.
kind: estimate
unit: share
purpose: context
better: up
scale: returning, new
cut_off: returning
minimum_n: 10
interval: wilson
clock_weeks: 1
settling_days: 0
source: website visitors, estimated by Google Analytics
caveats:
  - Google estimates browsers, not people; who clears cookies is new, and how many it fills in is not known.
  - Coming back is no sign of care by itself; people also come back because something went wrong.
--- */
select iso_week, successes::double / n as share, successes, opposites, n, effective_n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'web_returning' and dimension = 'all'
order by iso_week
