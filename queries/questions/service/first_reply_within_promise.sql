/* ---
question: How many had a first human reply in time?
owner: customer-insight
grain: [iso_week]
kpi: first_reply_within_promise
label: Had a first reply within the promise
definition: >
  Of contacts without a recorded request for a person, the share with a first human reply within the
  promise of their channel after opening.
kind: estimate
unit: share
purpose: success
better: up
scale: seconds
cut_off: the promise of the channel
minimum_n: 10
interval: wilson
clock_weeks: 1
settling_days: 0
source: helpdesk tickets
caveats:
  - A first reply is not a solution.
  - Contacts that are still open and within the promise are not judged yet.
--- */
select iso_week, successes::double / n as share, successes, opposites, n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'first_reply_within_promise' and dimension = 'all'
order by iso_week
